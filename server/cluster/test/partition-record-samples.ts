/**
 * A partition record with a replica of every kind, who may write to it, and what the rules say.
 */
import type { Incarnation, PartitionRecord, Replica, ReplicaRole } from "../partition-record.ts";
import { type Actor, recordProblem } from "../partition-record-rules.ts";

export const at = (store: string, boot: number): Incarnation => ({ store, boot });
export const replica = (store: string, join: number, role: ReplicaRole): Replica => ({
  store,
  join,
  role,
});

export const A = replica("a", 1, "VOTER");
export const B = replica("b", 2, "VOTER");
export const C = replica("c", 4, "VOTER");
export const D = replica("d", 5, "LEARNER");
export const E = replica("e", 3, "LEAVING");
export const F = replica("f", 6, "VOTER");

/** a leads, b and c follow, d learns, e leaves, f is behind. */
export const OLD: PartitionRecord = {
  epoch: 7,
  leader: "a",
  leaderBoot: 3,
  inSync: [at("a", 3), at("b", 5), at("c", 2)],
  replicas: [A, B, C, D, E, F],
  joins: 8,
  goal: ["d", "b"],
  frozen: false,
  nonce: "old",
};
export const SMALL: PartitionRecord = { ...OLD, inSync: [at("a", 3), at("b", 5)] };

export const FIRST: PartitionRecord = {
  epoch: 1,
  leader: "a",
  leaderBoot: 3,
  inSync: [at("a", 3), at("b", 5)],
  replicas: [A, B, replica("c", 3, "LEARNER")],
  joins: 3,
  goal: undefined,
  frozen: false,
  nonce: "first",
};

export const LEADER: Actor = { type: "leader", incarnation: at("a", 3), epoch: 7 };
export const PROMOTER: Actor = { type: "promoter" };
export const PLANNER: Actor = { type: "planner" };
export const FOUNDER: Actor = { type: "founder" };

export type Change = Partial<PartitionRecord>;

/** Of the old record with some fields changed, and a new nonce. */
export function problem(
  old: PartitionRecord | undefined,
  by: Actor,
  change: Change,
  minInSync = 2,
): string | undefined {
  return recordProblem(old, { ...(old ?? FIRST), nonce: "new", ...change }, by, { minInSync });
}
