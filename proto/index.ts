/**
 * The public entry of @claimd/proto: the wire contract as server and clients load it.
 *
 * Message types come in two forms: `X` is what may be sent (every field optional), `X__Output` what
 * is received (every field there). The types promise more than the wire keeps: an unknown enum
 * value arrives as a number, so a server validates by hand.
 *
 * Must stay true: LOADER_OPTIONS equal the options of `npm run generate`.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { ProtoGrpcType } from "./generated/claimd.ts";
import type { ProtoGrpcType as PeerGrpcType } from "./generated/peer.ts";

export { hash32, keyHash, partitionOf } from "./partition.ts";

const PROTO_FILE = "claimd/v1/claimd.proto";
const PEER_PROTO_FILE = "claimd/peer/v1/peer.proto";

/**
 * The folder that holds `claimd/v1/claimd.proto`. Found through the package's own exports, so that
 * it is the same from the sources and from `dist`.
 */
export const PROTO_DIRECTORY = dirname(
  dirname(dirname(createRequire(import.meta.url).resolve(`@claimd/proto/${PROTO_FILE}`))),
);

/** The contract itself, for those who load it in their own way. */
export const PROTO_PATH = join(PROTO_DIRECTORY, PROTO_FILE);

export const LOADER_OPTIONS = {
  keepCase: false,
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
} as const;

/** What `claimd.v1` defines: `Claims` and `Admin`, each a client constructor with its `service`. */
export type ClaimdPackage = ProtoGrpcType["claimd"]["v1"];

/** What `claimd.peer.v1` defines: `Peers`, between the nodes of a cluster. Not for clients. */
export type PeersPackage = PeerGrpcType["claimd"]["peer"]["v1"];

let loaded: ClaimdPackage | undefined;
let loadedPeers: PeersPackage | undefined;

/** The service definitions, parsed from the proto file the first time. */
export function loadClaimd(): ClaimdPackage {
  loaded ??= (load(PROTO_FILE) as ProtoGrpcType).claimd.v1;
  return loaded;
}

/** As `loadClaimd`, of the nodes' own service. */
export function loadPeers(): PeersPackage {
  loadedPeers ??= (load(PEER_PROTO_FILE) as PeerGrpcType).claimd.peer.v1;
  return loadedPeers;
}

function load(file: string): unknown {
  const definition = loadSync(file, { ...LOADER_OPTIONS, includeDirs: [PROTO_DIRECTORY] });
  return loadPackageDefinition(definition);
}

export type * from "./generated/claimd/peer/v1/PeerFrame.ts";
export type * from "./generated/claimd/peer/v1/PeerHandshake.ts";
export type * from "./generated/claimd/peer/v1/PeerMessages.ts";
export type * from "./generated/claimd/peer/v1/Peers.ts";
export type * from "./generated/claimd/v1/AcceptClockRequest.ts";
export type * from "./generated/claimd/v1/AcceptClockResponse.ts";
export type * from "./generated/claimd/v1/Admin.ts";
export type * from "./generated/claimd/v1/Answers.ts";
export type * from "./generated/claimd/v1/BatchRequest.ts";
export type * from "./generated/claimd/v1/BatchResponse.ts";
export type * from "./generated/claimd/v1/Cancel.ts";
export type * from "./generated/claimd/v1/ClaimAnswers.ts";
export type * from "./generated/claimd/v1/ClaimRequest.ts";
export type * from "./generated/claimd/v1/ClaimResponse.ts";
export type * from "./generated/claimd/v1/Claims.ts";
export type * from "./generated/claimd/v1/ClockStats.ts";
export type * from "./generated/claimd/v1/ClusterStats.ts";
export type * from "./generated/claimd/v1/Commands.ts";
export type * from "./generated/claimd/v1/CompleteRequest.ts";
export type * from "./generated/claimd/v1/DeleteNamespaceRequest.ts";
export type * from "./generated/claimd/v1/DeleteNamespaceResponse.ts";
export type * from "./generated/claimd/v1/Double.ts";
export type * from "./generated/claimd/v1/Error.ts";
export type * from "./generated/claimd/v1/ExtendRequest.ts";
export type * from "./generated/claimd/v1/FailRequest.ts";
export type * from "./generated/claimd/v1/FingerprintMode.ts";
export type * from "./generated/claimd/v1/ForgetAnswers.ts";
export type * from "./generated/claimd/v1/ForgetRequest.ts";
export type * from "./generated/claimd/v1/ForgetResponse.ts";
export type * from "./generated/claimd/v1/GetAnswers.ts";
export type * from "./generated/claimd/v1/GetNamespaceRequest.ts";
export type * from "./generated/claimd/v1/GetRequest.ts";
export type * from "./generated/claimd/v1/GetResponse.ts";
export type * from "./generated/claimd/v1/LeaseExpiry.ts";
export type * from "./generated/claimd/v1/ListDoublesRequest.ts";
export type * from "./generated/claimd/v1/ListDoublesResponse.ts";
export type * from "./generated/claimd/v1/ListNamespacesRequest.ts";
export type * from "./generated/claimd/v1/ListNamespacesResponse.ts";
export type * from "./generated/claimd/v1/ListRecordsRequest.ts";
export type * from "./generated/claimd/v1/ListedRecord.ts";
export type * from "./generated/claimd/v1/Namespace.ts";
export type * from "./generated/claimd/v1/NamespaceStats.ts";
export type * from "./generated/claimd/v1/PeerStats.ts";
export type * from "./generated/claimd/v1/Node.ts";
export type * from "./generated/claimd/v1/Outcome.ts";
export type * from "./generated/claimd/v1/PutNamespaceRequest.ts";
export type * from "./generated/claimd/v1/Quota.ts";
export type * from "./generated/claimd/v1/Record.ts";
export type * from "./generated/claimd/v1/Refusals.ts";
export type * from "./generated/claimd/v1/ResolveRequest.ts";
export type * from "./generated/claimd/v1/Result.ts";
export type * from "./generated/claimd/v1/SessionRequest.ts";
export type * from "./generated/claimd/v1/SessionResponse.ts";
export type * from "./generated/claimd/v1/SetPausedRequest.ts";
export type * from "./generated/claimd/v1/SettleAnswers.ts";
export type * from "./generated/claimd/v1/SettleResponse.ts";
export type * from "./generated/claimd/v1/StatsRequest.ts";
export type * from "./generated/claimd/v1/StatsResponse.ts";
export type * from "./generated/claimd/v1/StorageStats.ts";
export type * from "./generated/claimd/v1/Topology.ts";
export type * from "./generated/claimd/v1/TopologyRequest.ts";
export type * from "./generated/claimd/v1/Verb.ts";
