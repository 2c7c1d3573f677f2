/**
 * The first frame each way: who speaks, and whether the two belong together.
 *
 * Must stay true: what differs is named with both sides' values, so that one look at either node's
 * log tells which of the two is wrong.
 */
import type { PeerHandshake, PeerHandshake__Output } from "@claimd/proto";
import { LIMITS } from "../../limits.ts";
import type { Incarnation } from "../partition-record.ts";

/** Of proto/claimd/peer/v1/peer.proto; nodes of different versions don't understand each other. */
export const PEER_PROTOCOL = 1;

export interface PeerIdentity extends Incarnation {
  readonly cluster: string;
  readonly node: string;
  readonly partitions: number;
  /** The name of the function that maps keys to partitions. */
  readonly hash: string;
}

/** As they are part of a URI and of log lines: no slash, no space. */
const NAME = /^[A-Za-z0-9._-]+$/;

export function handshakeOf(self: PeerIdentity): PeerHandshake {
  const { cluster, partitions, hash, node, store, boot } = self;
  return { protocol: PEER_PROTOCOL, cluster, partitions, hash, node, store, boot };
}

/** Who the other one is, or why it is not to be spoken with. */
export function peerOf(
  theirs: PeerHandshake__Output | null | undefined,
  self: PeerIdentity,
): PeerIdentity | string {
  if (theirs === null || theirs === undefined) return "handshake: missing in the first frame";
  const { protocol, cluster, partitions, hash, node, store, boot } = theirs;
  const problem =
    nameProblem("node", node) ?? nameProblem("store", store) ?? bootProblem(boot, node);
  if (problem !== undefined) return problem;
  const differences = [
    ["protocol", PEER_PROTOCOL, protocol],
    ["cluster", self.cluster, cluster],
    ["partitions", self.partitions, partitions],
    ["hash", self.hash, hash],
  ].filter(([, mine, others]) => mine !== others);
  if (differences.length > 0) {
    return differences
      .map(
        ([name, mine, others]) =>
          `${name}: ${said(mine)} at ${self.node}, ${said(others)} at ${node}`,
      )
      .join("; ");
  }
  if (store === self.store)
    return `store: ${store} is that of ${self.node}, and ${node} has it too`;
  return { cluster, node, store, boot, partitions, hash };
}

function nameProblem(field: string, name: string): string | undefined {
  const { max } = LIMITS.peerNameBytes;
  if (name.length <= max && NAME.test(name)) return undefined;
  return `${field}: ${said(name)}, 1 to ${max} of [A-Za-z0-9._-]`;
}

function bootProblem(boot: number, node: string): string | undefined {
  if (Number.isSafeInteger(boot) && boot >= 1) return undefined;
  return `boot: ${boot} at ${node}, whole, 1 to 2^53 - 1`;
}

/** It may be anything that fits a frame. */
function said(value: unknown): string {
  return JSON.stringify(value).slice(0, 100);
}
