/** What a command is told whose partition is not served here: who leads it, where that is known. */
import type { Refusal } from "../../claim/reply.ts";
import type { PartitionRecord } from "../partition-record.ts";

export interface Around {
  /** This node's own. */
  readonly store: string;
  /** host:port for clients; undefined = it is not alive. */
  readonly addressOf: (store: string) => string | undefined;
}

export function notLeader(
  partition: number,
  record: PartitionRecord | undefined,
  { store, addressOf }: Around,
): Refusal {
  const isOther = record !== undefined && record.leader !== store;
  const address = isOther ? addressOf(record.leader) : undefined;
  const message =
    address === undefined
      ? `partition ${partition} has no leader that serves it yet`
      : `partition ${partition} is led by another node`;
  const leader = {
    address: address ?? "",
    epoch: address === undefined ? 0 : (record?.epoch ?? 0),
  };
  return { type: "refused", code: "NOT_LEADER", message, retryAfterMs: 0, leader };
}
