/**
 * The next step of one partition towards its goal, as far as it is the controller's. Pure.
 *
 *     a store of the goal has no replica       → LEARNER, with the next join
 *     not in sync, and in sync for nothing     → LEAVING
 *     LEAVING                                  → removed; the store then deletes its data (R11)
 *     the goal is all there is                 → no goal
 *
 * Nobody leaves before the whole goal is in sync, but learners that are not wanted any more.
 */
import { isGoalInSync, isGoalReached } from "./controller-goal.ts";
import type { PartitionRecord, Replica } from "./partition-record.ts";
import { MAX_REPLICAS } from "./partition-record-shape.ts";

/** `learner`: whom to add, if anybody. Undefined: nothing is to be done now. */
export function moveStep(
  record: PartitionRecord,
  learner: string | undefined,
  nonce: string,
): PartitionRecord | undefined {
  if (record.frozen) return undefined;
  const kept = record.replicas
    .filter(({ role }) => role !== "LEAVING")
    .map((each): Replica => (isUnwanted(record, each) ? { ...each, role: "LEAVING" } : each));
  const goal = isGoalReached(record) ? undefined : record.goal;
  const changed = kept.some((each) => !record.replicas.includes(each));
  const removed = kept.length < record.replicas.length;
  if (!changed && !removed && learner === undefined && goal === record.goal) return undefined;
  if (learner === undefined) return { ...record, replicas: kept, goal, nonce };
  const joins = record.joins + 1;
  const replicas: Replica[] = [...kept, { store: learner, join: joins, role: "LEARNER" }];
  return { ...record, replicas, joins, goal, nonce };
}

/** Whom the partition needs as a learner next; undefined = nobody, or one is learning already. */
export function wantedLearner(
  { frozen, goal = [], replicas }: PartitionRecord,
  isAlive: (store: string) => boolean,
): string | undefined {
  if (frozen || replicas.length >= MAX_REPLICAS) return undefined;
  if (replicas.some(({ store, role }) => role === "LEARNER" && isAlive(store))) return undefined;
  return goal.find((store) => isAlive(store) && !replicas.some((each) => each.store === store));
}

function isUnwanted(record: PartitionRecord, { store, role }: Replica): boolean {
  const { goal, inSync } = record;
  if (inSync.some((each) => each.store === store)) return false;
  if (goal === undefined) return role === "LEARNER";
  return !goal.includes(store) && (role === "LEARNER" || isGoalInSync(record));
}
