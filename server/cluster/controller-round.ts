/**
 * What a controller would write now, from what it knows. Pure: the same view gives the same steps.
 *
 *   1. promotions, where a leader is gone
 *   2. goals, where the planner wants a partition to be elsewhere
 *   3. moves, one step of each partition, so many learners at a time
 *
 * Any number of controllers may do so, with any view: each step is guarded on the revision it was
 * worked out from, and none is given that the rules of records refuse.
 */
import type { ClusterState, Revised } from "./cluster-view.ts";
import { placeOf } from "./controller-goal.ts";
import { livingBoots, type MemberRules } from "./controller-members.ts";
import { moveStep, wantedLearner } from "./controller-moves.ts";
import { isLeaderGone, type LivingBoots, promotionFor } from "./controller-promotions.ts";
import type { PartitionRecord } from "./partition-record.ts";
import { type Actor, recordProblem } from "./partition-record-rules.ts";
import type { Placement } from "./planner.ts";

export interface ControllerRules extends MemberRules {
  readonly minInSync: number;
  /** Learners that are brought up to date at the same time, in the whole cluster. */
  readonly learners: number;
}

export interface Step {
  readonly type: "promotion" | "goal" | "move";
  readonly partition: number;
  /** To be written on this revision. */
  readonly record: PartitionRecord;
  readonly revision: number;
  /** A store's record that must still be as it was. */
  readonly guard: { readonly store: string; readonly revision: number } | undefined;
}

export interface Round {
  /** The most urgent first, at most one for each partition. */
  readonly steps: readonly Step[];
  /** Partitions whose leader is gone, with nobody in sync who could lead. */
  readonly stranded: readonly number[];
  /** What the rules refuse: a mistake in claimd, that must be told. */
  readonly refused: readonly string[];
}

export interface RoundInput {
  readonly state: ClusterState;
  readonly rules: ControllerRules;
  readonly nonce: () => string;
  /** What is still to be published of a plan; undefined = nothing. */
  readonly planned: Planned | undefined;
}

/** Both by partition. */
export interface Planned {
  /** What was planned from: where partitions were, or were on their way to. */
  readonly from: Placement;
  readonly goals: Placement;
}

export function controllerRound(input: RoundInput): Round {
  const { state, rules } = input;
  const living = livingBoots(state);
  const steps: Step[] = [];
  const stranded: number[] = [];
  const refused: string[] = [];
  const led: Known[] = [];
  const give = (
    { partition, record: old, revision }: Known,
    type: Step["type"],
    record: PartitionRecord,
    guard?: Step["guard"],
  ): void => {
    const by: Actor = { type: type === "promotion" ? "promoter" : "planner" };
    const problem = recordProblem(old, record, by, rules);
    if (problem === undefined) steps.push({ type, partition, record, revision, guard });
    else refused.push(`partition ${partition}, ${type}: ${problem}`);
  };
  for (const known of inOrder(state)) {
    if (!isLeaderGone(known.record, state.stores, living)) {
      led.push(known);
      continue;
    }
    const { record } = known;
    const promotion = promotionFor(record, state.stores, living, rules.minInSync, input.nonce());
    if (promotion === undefined) stranded.push(known.partition);
    else give(known, "promotion", promotion.record, promotion.candidate);
  }
  const replanned = new Set<Known>();
  for (const { known, goal } of newGoals(input, led)) {
    replanned.add(known);
    give(known, "goal", { ...known.record, goal, nonce: input.nonce() });
  }
  const settled = led.filter((known) => !replanned.has(known));
  const learners = learnersFor(settled, state, rules, living);
  for (const known of settled) {
    const next = moveStep(known.record, learners.get(known), input.nonce());
    if (next !== undefined) give(known, "move", next);
  }
  return { steps, stranded, refused };
}

interface Known extends Revised<PartitionRecord> {
  readonly partition: number;
}

function inOrder({ partitions }: ClusterState): readonly Known[] {
  return [...partitions]
    .map(([partition, known]) => ({ partition, ...known }))
    .sort((a, b) => a.partition - b.partition);
}

/** Somebody else's goal, newer than the plan, is left alone: two plans must not fight. */
function newGoals({ planned }: RoundInput, led: readonly Known[]) {
  if (planned === undefined) return [];
  return led.flatMap((known) => {
    const goal = openGoal(planned, known.partition, known.record);
    return goal === undefined ? [] : [{ known, goal }];
  });
}

/** Undefined: it has the goal that was planned, or another one since. */
export function openGoal(
  { from, goals }: Planned,
  partition: number,
  record: PartitionRecord,
): readonly string[] | undefined {
  const [before = [], goal = []] = [from[partition], goals[partition]];
  if (record.frozen || goal.length === 0 || isSamePlace(before, goal)) return undefined;
  return isSamePlace(placeOf(record), before) ? goal : undefined;
}

/** The same leader and the same others. */
function isSamePlace(one: readonly string[], other: readonly string[]): boolean {
  if (one[0] !== other[0] || one.length !== other.length) return false;
  return one.every((store) => other.includes(store));
}

/** Whoever has the fewest copies first: a repair comes before every move. */
function learnersFor(
  known: readonly Known[],
  { partitions }: ClusterState,
  { learners }: ControllerRules,
  living: LivingBoots,
): ReadonlyMap<Known, string> {
  const isAlive = (store: string): boolean => living.has(store);
  let free = learners;
  for (const { record } of partitions.values()) {
    free -= record.replicas.filter(
      ({ store, role }) => role === "LEARNER" && isAlive(store),
    ).length;
  }
  const chosen = new Map<Known, string>();
  const byNeed = known.toSorted((a, b) => a.record.inSync.length - b.record.inSync.length);
  for (const each of byNeed) {
    if (chosen.size >= free) break;
    const learner = wantedLearner(each.record, isAlive);
    if (learner !== undefined) chosen.set(each, learner);
  }
  return chosen;
}
