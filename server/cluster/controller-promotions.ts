/**
 * Whom to make leader where there is none (R4). Pure.
 *
 * A leader is gone when its store is not alive, was started again, or is damaged. Gone by hints: if
 * it is not, it is refused by its first follower and stands down.
 */
import type { ClusterState, Revised } from "./cluster-view.ts";
import { candidateFor, promotionOf, type StoreView } from "./core/promotion.ts";
import type { PartitionRecord } from "./partition-record.ts";

export interface Promotion {
  readonly record: PartitionRecord;
  /** Of the candidate: the transaction is guarded on its record too. */
  readonly candidate: { readonly store: string; readonly revision: number };
}

export type StoresKnown = ClusterState["stores"];
export type LivingBoots = ReadonlyMap<string, number>;

export function isLeaderGone(
  { leader, leaderBoot }: PartitionRecord,
  stores: StoresKnown,
  living: LivingBoots,
): boolean {
  const store = stores.get(leader)?.record;
  if (store?.state === "DAMAGED" || (store?.boot ?? 0) > leaderBoot) return true;
  return (living.get(leader) ?? 0) < leaderBoot;
}

/** Undefined: nobody of those in sync can lead. */
export function promotionFor(
  record: PartitionRecord,
  stores: StoresKnown,
  living: LivingBoots,
  minInSync: number,
  nonce: string,
): Promotion | undefined {
  const views = record.inSync.flatMap(({ store }) => {
    const known = stores.get(store);
    return known === undefined ? [] : [viewOf(store, known, living)];
  });
  const staying = views.filter(({ store }) => stores.get(store)?.record.draining !== true);
  const candidate = candidateFor(record, staying) ?? candidateFor(record, views);
  const known = candidate && stores.get(candidate.store);
  if (candidate === undefined || known === undefined) return undefined;
  const next = promotionOf(record, candidate, goneOf(record, views), minInSync, nonce);
  if (next === undefined) return undefined;
  return { record: next, candidate: { store: candidate.store, revision: known.revision } };
}

function viewOf(
  store: string,
  { record }: Revised<{ readonly boot: number; readonly state: string }>,
  living: LivingBoots,
): StoreView {
  const { boot } = record;
  return { store, boot, isActive: record.state === "ACTIVE", isAlive: living.get(store) === boot };
}

/** Members that would only be waited for, those that never come back first. */
function goneOf(record: PartitionRecord, views: readonly StoreView[]): readonly string[] {
  const rank = (store: string, boot: number): number => {
    const view = views.find((each) => each.store === store);
    if (view?.isActive !== true) return 3;
    if (!view.isAlive) return 2;
    // Started again: lost until it is brought up to date.
    return view.boot === boot ? 0 : 1;
  };
  return record.inSync
    .map(({ store, boot }) => ({ store, rank: rank(store, boot) }))
    .filter((each) => each.rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ store }) => store);
}
