/**
 * What a partition's goal asks of its leader, and what an operator does about a goal. Pure.
 *
 *     [a b c], goal [d b c]   d learns → d in sync → a hands over to d → d drops a → a leaves
 *
 * The controller adds d and takes a away; who is in sync and who leads is for the leader alone to
 * change (R6, R10), so it looks at its record's goal again and again.
 *
 * Must stay true: nothing is given up before everything of the goal is in sync; a frozen partition
 * stays as it is.
 */
import type { PartitionRecord } from "./partition-record.ts";

/** The stores it is to live on, the leader first: its goal, or where it is. */
export function placeOf({ leader, replicas, goal }: PartitionRecord): readonly string[] {
  if (goal !== undefined) return goal;
  const voters = replicas.filter(({ store, role }) => role === "VOTER" && store !== leader);
  return [leader, ...voters.map(({ store }) => store)];
}

/** Everything of the goal is in sync. False without a goal. */
export function isGoalInSync({ goal, inSync }: PartitionRecord): boolean {
  return goal?.every((store) => inSync.some((each) => each.store === store)) ?? false;
}

/** Whom the leader is to hand over to (R10); undefined = it stays. */
export function handOverTarget(record: PartitionRecord): string | undefined {
  const [target] = record.goal ?? [];
  if (record.frozen || target === record.leader || !isGoalInSync(record)) return undefined;
  return target;
}

/**
 * The goal is in sync and its leader leads: this store is in sync for nothing. The leader drops it
 * and does not add it again.
 */
export function isOutgrown(record: PartitionRecord, store: string): boolean {
  const { goal, leader, frozen } = record;
  if (frozen || goal === undefined || goal.includes(store)) return false;
  return leader === goal[0] && isGoalInSync(record);
}

/** Nothing is left to do for the goal. */
export function isGoalReached(record: PartitionRecord): boolean {
  const { goal, leader, replicas } = record;
  return goal?.[0] === leader && replicas.length === goal.length && isGoalInSync(record);
}

/** By an operator: the move ends where it is. Learners leave, whoever is in sync stays. */
export function cancelled(record: PartitionRecord, nonce: string): PartitionRecord {
  return { ...record, goal: undefined, nonce };
}
