/**
 * A node that stops: what it leads goes to others, then it asks the leaders of the rest not to
 * count on it any more, and ends when nobody does or when that takes too long.
 *
 * A few partitions at a time: while one changes hands its callers wait, and a hundred at once would
 * wait for each other. Nothing rests on it: a node that ends without a word is dropped too, later.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { ClusterState } from "../cluster-view.ts";
import type { PartitionRecord } from "../partition-record.ts";
import type { Member } from "./member.ts";

export interface DepartureParts {
  readonly view: Pick<ClusterState, "nodes" | "partitions">;
  readonly member: Pick<Member, "handOver" | "leads" | "leave">;
  /** The one that stops. */
  readonly store: string;
  readonly minInSync: number;
  readonly monotonicMs: () => number;
}

const AT_ONCE = { handOvers: 1, leaves: 4 };
/** For etcd to agree; a word that got lost is said again. */
const AGAIN_MS = 20;
/** Well within the half minute that Kubernetes gives. */
const WITHIN_MS = 10_000;

export async function depart(parts: DepartureParts): Promise<void> {
  const { view, member, store, minInSync, monotonicMs } = parts;
  const untilMs = monotonicMs() + WITHIN_MS;

  async function whileAny(
    isLeft: (partition: number, record: PartitionRecord) => boolean,
    act: (partition: number, record: PartitionRecord) => void,
    atOnce: number,
  ): Promise<void> {
    while (monotonicMs() < untilMs) {
      const all = [...view.partitions];
      const left = all.filter(([partition, { record }]) => isLeft(partition, record));
      if (left.length === 0) return;
      for (const [partition, { record }] of left.slice(0, atOnce)) act(partition, record);
      await delay(AGAIN_MS);
    }
  }

  const successorOf = ({ inSync }: PartitionRecord): string | undefined => {
    const alive = new Set([...view.nodes.values()].map(({ record }) => record.store));
    return inSync.find((each) => each.store !== store && alive.has(each.store))?.store;
  };
  await whileAny(
    (partition, record) =>
      record.leader === store && member.leads(partition) && successorOf(record) !== undefined,
    (partition, record) => {
      member.handOver(partition, successorOf(record) ?? store);
    },
    AT_ONCE.handOvers,
  );
  await whileAny(
    (_, { leader, inSync }) =>
      leader !== store && inSync.length > minInSync && inSync.some((each) => each.store === store),
    (partition) => {
      member.leave(partition);
    },
    AT_ONCE.leaves,
  );
}
