/**
 * Which stores may hold partitions, as far as is known: whom the planner counts on. Pure.
 *
 * A store that is away for a while is a member still: a restart moves nothing. One that is away for
 * long is replaced, if there is somebody to replace it. One that is damaged, or whose node is back
 * with another store, is replaced at once.
 */
import type { ClusterState } from "./cluster-view.ts";
import { placeOf } from "./controller-goal.ts";
import type { Member } from "./planner.ts";

export interface MemberRules {
  readonly replicas: number;
  /** How long a store may be away before others take its place. */
  readonly replaceAfterMs: number;
}

/** By store: the boot that a living node says it serves. */
export function livingBoots({ nodes }: ClusterState): ReadonlyMap<string, number> {
  const boots = new Map<string, number>();
  for (const { record } of nodes.values()) {
    boots.set(record.store, Math.max(record.boot, boots.get(record.store) ?? 0));
  }
  return boots;
}

/** `awayMs`: how long a store has been missing, as far as this controller knows. */
export function membersOf(
  state: ClusterState,
  awayMs: (store: string) => number,
  { replicas, replaceAfterMs }: MemberRules,
): readonly Member[] {
  const living = livingBoots(state);
  const holders = holdersIn(state);
  const members: Member[] = [];
  const away: (Member & { readonly awayMs: number })[] = [];
  for (const [store, { record }] of state.stores) {
    if (record.state !== "ACTIVE" || record.draining) continue;
    const member = { store, zone: record.zone };
    if (living.has(store)) members.push(member);
    else if (holders.has(store) && !isReplaced(state, store, record.node)) {
      away.push({ ...member, awayMs: awayMs(store) });
    }
  }
  away.sort((a, b) => a.awayMs - b.awayMs || (a.store < b.store ? -1 : 1));
  for (const { store, zone, awayMs: since } of away) {
    if (since < replaceAfterMs || members.length < replicas) members.push({ store, zone });
  }
  return members.sort((a, b) => (a.store < b.store ? -1 : 1));
}

/** Its node lives with another store: with an emptied disk, or a new one. */
function isReplaced({ nodes }: ClusterState, store: string, node: string): boolean {
  const now = nodes.get(node)?.record.store;
  return now !== undefined && now !== store;
}

function holdersIn({ partitions }: ClusterState): ReadonlySet<string> {
  const holders = new Set<string>();
  for (const { record } of partitions.values()) {
    for (const { store } of record.replicas) holders.add(store);
    for (const store of placeOf(record)) holders.add(store);
  }
  return holders;
}
