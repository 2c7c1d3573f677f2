/**
 * A node that stops: what it leads goes to others, then it asks the leaders of the rest not to
 * count on it any more, and ends when nobody does or when that takes too long.
 *
 * A few partitions at a time: while one changes hands its callers wait, and a hundred at once would
 * wait for each other. Nothing rests on it: a node that ends without a word is dropped too, later.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { ClusterState } from "../cluster-view.ts";
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

  async function whileAny(left: () => readonly (() => void)[], atOnce: number): Promise<void> {
    while (monotonicMs() < untilMs) {
      const acts = left();
      if (acts.length === 0) return;
      for (const act of acts.slice(0, atOnce)) act();
      await delay(AGAIN_MS);
    }
  }

  const handOvers = () => {
    const alive = new Set([...view.nodes.values()].map(({ record }) => record.store));
    return [...view.partitions].flatMap(
      ([
        partition,
        {
          record: { leader, inSync },
        },
      ]) => {
        if (leader !== store || !member.leads(partition)) return [];
        const successor = inSync.find((each) => each.store !== store && alive.has(each.store));
        if (successor === undefined) return [];
        return () => {
          member.handOver(partition, successor.store);
        };
      },
    );
  };
  const leaves = () =>
    [...view.partitions].flatMap(
      ([
        partition,
        {
          record: { leader, inSync },
        },
      ]) => {
        if (leader === store || inSync.length <= minInSync) return [];
        if (!inSync.some((each) => each.store === store)) return [];
        return () => {
          member.leave(partition);
        };
      },
    );
  await whileAny(handOvers, AT_ONCE.handOvers);
  await whileAny(leaves, AT_ONCE.leaves);
}
