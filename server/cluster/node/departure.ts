/**
 * A node that stops: what it leads goes to others, then it asks the leaders of the rest not to
 * count on it any more, and ends when nobody does or when that takes too long.
 *
 * A few partitions at a time: while one changes hands its callers wait, and a hundred at once would
 * wait for each other. A rest follows each hand-over, because its new leader does not serve yet.
 * Nothing depends on all this: a node that ends without a word is dropped too, later.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { ClusterState } from "../cluster-view.ts";
import { REST_MS } from "../core/hand-over.ts";
import type { Member } from "./member.ts";

export interface DepartureParts {
  readonly view: Pick<ClusterState, "nodes" | "partitions">;
  readonly member: Pick<Member, "handOver" | "leads" | "leave">;
  /** The one that stops. */
  readonly store: string;
  readonly minInSync: number;
  readonly monotonicMs: () => number;
}

const LEAVES_AT_ONCE = 4;
/** For etcd to agree; a word that got lost is said again. */
const AGAIN_MS = 20;
/** Well within the half minute that Kubernetes gives. */
const WITHIN_MS = 10_000;

export async function depart(parts: DepartureParts): Promise<void> {
  const { view, member, store, minInSync, monotonicMs } = parts;
  const untilMs = monotonicMs() + WITHIN_MS;

  /** `acts` are what is left to do, `restMs` what is well after some of it. */
  async function whileAny(
    acts: () => readonly (() => void)[],
    { atOnce, restMs }: { readonly atOnce: number; readonly restMs: number },
  ): Promise<void> {
    for (;;) {
      const leftMs = untilMs - monotonicMs();
      const left = acts();
      if (leftMs <= 0 || left.length === 0) return;
      for (const act of left.slice(0, atOnce)) act();
      await delay(Math.max(AGAIN_MS, Math.min(restMs, leftMs / 2 / left.length)));
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
  await whileAny(handOvers, { atOnce: 1, restMs: REST_MS });
  await whileAny(leaves, { atOnce: LEAVES_AT_ONCE, restMs: AGAIN_MS });
}
