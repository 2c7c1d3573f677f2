/**
 * R4: the record that makes an in-sync store the leader of the next epoch. Written by any
 * controller, in one transaction guarded on the partition's revision and on that store being ACTIVE
 * at that boot.
 *
 * Never adds a member; drops only whom it is told to, and none so that fewer than `minInSync` stay.
 */
import type { Incarnation, PartitionRecord } from "../partition-record.ts";

/** Undefined when the store is not in sync. `gone`: stores to drop, the most important first. */
export function promotionOf(
  record: PartitionRecord,
  candidate: Incarnation,
  gone: readonly string[],
  minInSync: number,
  nonce: string,
): PartitionRecord | undefined {
  if (!record.inSync.some(({ store }) => store === candidate.store)) return undefined;
  let inSync = record.inSync.map((each) => (each.store === candidate.store ? candidate : each));
  for (const store of gone) {
    if (store === candidate.store) continue;
    const rest = inSync.filter((each) => each.store !== store);
    if (rest.length >= minInSync) inSync = rest;
  }
  const { store: leader, boot: leaderBoot } = candidate;
  return { ...record, epoch: record.epoch + 1, leader, leaderBoot, inSync, nonce };
}

/** What is known of the stores, perhaps late: whom to try. */
export interface StoreView {
  readonly store: string;
  readonly boot: number;
  readonly isActive: boolean;
  readonly isAlive: boolean;
}

/**
 * Whom to promote when the leader is gone: a listed incarnation before a store that has been
 * started again, then the order of the goal, then that of the replicas.
 */
export function candidateFor(
  record: PartitionRecord,
  stores: readonly StoreView[],
): Incarnation | undefined {
  const order = [...(record.goal ?? []), ...record.replicas.map(({ store }) => store)];
  const able = record.inSync.flatMap(({ store, boot }) => {
    const view = stores.find((each) => each.store === store);
    // A view from before the listed start is too old to say anything.
    if (view?.isActive !== true || !view.isAlive || view.boot < boot) return [];
    return { store, boot: view.boot, listed: view.boot === boot, place: order.indexOf(store) };
  });
  able.sort((a, b) => Number(b.listed) - Number(a.listed) || a.place - b.place);
  const [best] = able;
  return best === undefined ? undefined : { store: best.store, boot: best.boot };
}
