/**
 * When to ask the planner, and what is still to be published of its answer. Time is passed in.
 *
 *     something changes → settled for some seconds → plan → published, goal by goal → settled …
 *
 * Planning is not cheap, and a plan made while nodes come and go is soon another one: so it is made
 * of what has been the same for a while. The first of the living stores plans first and the others
 * see what it publishes; that saves work and decides nothing, because a plan that meets another
 * one's goals leaves them alone, and the next one starts from all of them.
 */
import { PARTITIONS } from "../limits.ts";
import type { ClusterState } from "./cluster-view.ts";
import { placeOf } from "./controller-goal.ts";
import { livingBoots, type MemberRules, membersOf } from "./controller-members.ts";
import { openGoal, type Planned } from "./controller-round.ts";
import { type Member, type Placement, type Plan, plan } from "./planner.ts";

export interface PlanningRules extends MemberRules {
  readonly minInSync: number;
}

export interface PlanningOptions {
  /** This controller's own. */
  readonly store: string;
  readonly rules: PlanningRules;
  readonly onPlan: (members: readonly Member[], plan: Plan) => void;
}

/** Nodes come and go together: planned once, when they are all there. */
const SETTLE_MS = 5000;
/** More than it takes to publish 256 goals. */
const TURN_MS = 2000;

export class Planning {
  readonly #options: PlanningOptions;
  /** Since when a store has been missing. */
  readonly #awaySinceMs = new Map<string, number>();
  #situation = { key: "", sinceMs: 0 };
  /** The last situation that was planned. */
  #plannedKey = "";
  #open: (Planned & { readonly members: string }) | undefined;

  constructor(options: PlanningOptions) {
    this.#options = options;
  }

  /** Undefined: nothing is to be published now. `nowMs` is monotonic. */
  next(state: ClusterState, nowMs: number): Planned | undefined {
    const { rules, onPlan } = this.#options;
    const members = this.#membersAt(state, nowMs);
    const current = placementIn(state);
    if (current === undefined || members.length < rules.minInSync) return undefined;
    const names = JSON.stringify(members);
    if (this.#open?.members === names && hasOpenGoals(this.#open, state)) return this.#open;
    this.#open = undefined;
    const key = JSON.stringify([names, current, frozenIn(state)]);
    if (key !== this.#situation.key) this.#situation = { key, sinceMs: nowMs };
    const settledMs = nowMs - this.#situation.sinceMs;
    if (key === this.#plannedKey || settledMs < this.#waitMs(state)) return undefined;
    this.#plannedKey = key;
    const { replicas } = rules;
    const made = plan(members, current, { partitions: PARTITIONS, replicas });
    if (made.moves.length === 0) return undefined;
    onPlan(members, made);
    this.#open = { from: current, goals: made.goals, members: names };
    return this.#open;
  }

  #waitMs(state: ClusterState): number {
    const order = [...livingBoots(state).keys()].sort();
    return SETTLE_MS + TURN_MS * Math.max(0, order.indexOf(this.#options.store));
  }

  #membersAt(state: ClusterState, nowMs: number): readonly Member[] {
    const living = livingBoots(state);
    for (const store of state.stores.keys()) {
      if (living.has(store)) this.#awaySinceMs.delete(store);
      else if (!this.#awaySinceMs.has(store)) this.#awaySinceMs.set(store, nowMs);
    }
    const awayMs = (store: string): number => nowMs - (this.#awaySinceMs.get(store) ?? nowMs);
    return membersOf(state, awayMs, this.#options.rules);
  }
}

/** Followers in one order, whatever order they joined in. Undefined: not all are known. */
export function placementIn({ partitions }: ClusterState): Placement | undefined {
  if (partitions.size < PARTITIONS) return undefined;
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    const record = partitions.get(partition)?.record;
    const [leader, ...others] = record === undefined ? [] : placeOf(record);
    return leader === undefined ? [] : [leader, ...others.sort()];
  });
}

/** What can't be moved now may be moved later, although nothing else has changed. */
function frozenIn({ partitions }: ClusterState): readonly number[] {
  return [...partitions].flatMap(([partition, { record }]) => (record.frozen ? [partition] : []));
}

function hasOpenGoals(planned: Planned, { partitions }: ClusterState): boolean {
  return [...partitions].some(
    ([partition, { record }]) => openGoal(planned, partition, record) !== undefined,
  );
}
