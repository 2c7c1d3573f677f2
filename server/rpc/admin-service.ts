/** The service `Admin`: which method is served by what, and what concerns the node as a whole. */
import {
  type AcceptClockResponse,
  loadClaimd,
  type StatsResponse,
  type AcceptClockRequest__Output,
  type StatsRequest__Output,
} from "@claimd/proto";
import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { Log } from "../log.ts";
import type { NodeStats } from "../stats.ts";
import { namespaceAdmin } from "./admin-namespaces.ts";
import { recordAdmin } from "./admin-records.ts";
import { Audit } from "./audit.ts";
import { type Calls, tolerant } from "./calls.ts";
import type { Forwarding } from "./forwarding.ts";
import type { NodeService } from "./node.ts";
import { milliseconds } from "./reply-messages.ts";

const ADMIN = "claimd.v1.Admin";

export interface AdminParts {
  readonly node: NodeService;
  readonly calls: Calls;
  readonly log: Log;
  readonly sessions: { readonly count: number };
  readonly forwarding: Forwarding;
  /** Keys as they are in the audit log, instead of a short hash. */
  readonly logKeys: boolean;
}

export function adminDefinition(): ServiceDefinition {
  return tolerant(loadClaimd().Admin.service);
}

export function adminMethods(parts: AdminParts): UntypedServiceImplementation {
  const { node, calls, log, sessions, logKeys, forwarding } = parts;
  const audit = new Audit(log);
  const namespaces = namespaceAdmin(node.namespaces, audit);
  const records = recordAdmin(node, audit, logKeys);
  const { service } = loadClaimd().Admin;
  return {
    PutNamespace: calls.unary(ADMIN, "PutNamespace", namespaces.put),
    GetNamespace: calls.unary(ADMIN, "GetNamespace", namespaces.get),
    ListNamespaces: calls.unary(ADMIN, "ListNamespaces", namespaces.list),
    DeleteNamespace: calls.unary(ADMIN, "DeleteNamespace", namespaces.remove),
    SetPaused: calls.unary(ADMIN, "SetPaused", namespaces.setPaused),
    ListRecords: calls.serverStream(ADMIN, "ListRecords", records.list),
    Resolve: calls.unary(ADMIN, "Resolve", forwarding.led(service.Resolve, records.resolve)),
    ListDoubles: calls.unary(ADMIN, "ListDoubles", records.doubles),
    AcceptClock: calls.unary<AcceptClockRequest__Output, AcceptClockResponse>(
      ADMIN,
      "AcceptClock",
      async (_request, context) => {
        const before = node.stats().clock;
        const accept = () => Promise.resolve().then(() => node.acceptClock());
        const movedMs = await audit.act("AcceptClock", context, { before }, accept, (moved) => ({
          movedMs: moved,
        }));
        return { movedMs: Math.round(movedMs) };
      },
    ),
    Stats: calls.unary<StatsRequest__Output, StatsResponse>(ADMIN, "Stats", () =>
      Promise.resolve().then(() => statsResponse(node.stats(), sessions.count)),
    ),
  };
}

function statsResponse(stats: NodeStats, sessions: number): StatsResponse {
  const { storage, clock } = stats;
  return {
    nodeId: stats.nodeId,
    version: stats.version,
    uptimeMs: milliseconds(stats.uptimeMs),
    namespaces: stats.namespaces.map(({ name, records, bytes, unsettled }) => ({
      name,
      records,
      bytes,
      indexed: unsettled !== undefined,
      ...(unsettled === undefined
        ? {}
        : { ...unsettled, oldestLeaseMs: milliseconds(unsettled.oldestLeaseMs) }),
    })),
    storage: {
      journalSequence: storage.journalSequence,
      appliedSequence: storage.appliedSequence,
      journalBytes: storage.journalBytes,
      overlayRecords: storage.overlayRecords,
      generations: storage.generations,
      diskFreeBytes: storage.diskFreeBytes,
      grantsRefused: storage.grantsRefused,
    },
    clock: { offsetMs: Math.round(clock.offsetMs), alarm: clock.alarm },
    sessions,
    waitingCommands: stats.waitingCommands,
    parkedClaims: stats.parkedClaims,
    ...(stats.cluster === undefined ? {} : { cluster: clusterStats(stats.cluster) }),
  };
}

function clusterStats({ roles, peers, ...stats }: NonNullable<NodeStats["cluster"]>) {
  return {
    ...stats,
    serving: roles.SERVING,
    recovering: roles.RECOVERING,
    sealed: roles.SEALED,
    following: roles.FOLLOWING,
    peers: peers.map(({ node, ...peer }) => ({ ...peer, nodeId: node ?? "" })),
  };
}
