/**
 * The goal of a partition that an operator moves: the stores that were named, the first of which is
 * to lead it, then those where it is already, until there are as many as replicas. Pure.
 *
 *     on [a b c], to d        → [d a b]        on [a b c], to c    → [c a b]
 *     on [a b c], to d e f    → [d e f]
 *
 * Never names a store that couldn't take it: such a move would not end.
 */
import { ClaimdError } from "../../errors.ts";
import type { ClusterMeta } from "../cluster-meta.ts";
import type { ClusterState } from "../cluster-view.ts";
import { placeOf } from "../controller-goal.ts";
import { livingBoots } from "../controller-members.ts";
import type { PartitionRecord } from "../partition-record.ts";

/** Throws INVALID_ARGUMENT that names field, value and bound. */
export function moveGoal(
  record: PartitionRecord,
  named: readonly string[],
  state: ClusterState,
  { replicas, minInSync }: Pick<ClusterMeta, "replicas" | "minInSync">,
): readonly string[] {
  const problems: string[] = [];
  if (named.length < 1 || named.length > replicas) {
    problems.push(`stores: ${named.length}, must be 1 to ${replicas}, the cluster's replicas`);
  }
  const living = livingBoots(state);
  for (const [at, store] of named.entries()) {
    if (named.indexOf(store) < at) problems.push(`stores: ${store} is named twice`);
    const problem = storeProblem(state, store);
    if (problem !== undefined) problems.push(`stores: ${store} ${problem}`);
    else if (!living.has(store)) problems.push(`stores: ${store} is away, its node must live`);
  }
  const others = placeOf(record).filter(
    (store) => !named.includes(store) && storeProblem(state, store) === undefined,
  );
  const goal = [...named, ...others].slice(0, Math.max(replicas, named.length));
  if (problems.length === 0 && goal.length < minInSync) {
    problems.push(`stores: ${goal.length}, at least minInSync ${minInSync} must hold a partition`);
  }
  if (problems.length > 0) throw new ClaimdError("INVALID_ARGUMENT", problems.join("; "));
  return goal;
}

/** Stores that partitions may be moved to. */
export function storesThatTake(state: ClusterState): readonly string[] {
  const living = livingBoots(state);
  return [...state.stores.keys()].filter(
    (store) => living.has(store) && storeProblem(state, store) === undefined,
  );
}

/** Why nothing may be moved to it; undefined = nothing speaks against it. */
function storeProblem({ stores }: ClusterState, store: string): string | undefined {
  const record = stores.get(store)?.record;
  if (record === undefined) return "is not known";
  if (record.state !== "ACTIVE") return `is ${record.state}, must be ACTIVE`;
  return record.draining ? "is draining, must be undrained before" : undefined;
}
