/**
 * R10: when a leader gives its partition away for a move, and to whom.
 *
 * A node gives away one partition at a time, with a rest: while one changes hands its callers wait.
 * A node that comes back is to lead dozens again, which would all wait for each other; and what
 * changes hands when etcd goes away stays without a leader until it is back.
 */
import { handOverTarget } from "../controller-goal.ts";
import type { PartitionRecord } from "../partition-record.ts";
import type { ReplicaState } from "./replica-state.ts";

/** What a new leader takes until it serves. */
export const REST_MS = 80;

/** Of all replicas of a node. */
export class HandOverPace {
  #underWay = 0;
  #begunAtMs = Number.NEGATIVE_INFINITY;

  mayBegin(nowMs: number): boolean {
    return this.#underWay === 0 && nowMs - this.#begunAtMs >= REST_MS;
  }

  begin(nowMs: number): void {
    this.#underWay += 1;
    this.#begunAtMs = nowMs;
  }

  end(): void {
    this.#underWay -= 1;
  }
}

/** Of one leader. */
export class HandOver<E, S> {
  readonly #state: ReplicaState<E, S>;
  #to: string | undefined;

  constructor(state: ReplicaState<E, S>) {
    this.#state = state;
  }

  /** The store that is to lead; undefined = none is under way. */
  get to(): string | undefined {
    return this.#to;
  }

  /** Whom a move wants now; not back to one that stops, and would give it here again. */
  wanted(record: PartitionRecord, nowMs: number): string | undefined {
    const { pace } = this.#state;
    const target = handOverTarget(record);
    if (target === undefined || this.#state.hasJustLed(target, nowMs)) return undefined;
    return pace.mayBegin(nowMs) ? target : undefined;
  }

  /** Asked to, it does not wait for its turn. */
  begin(to: string, nowMs: number): void {
    this.#to = to;
    this.#state.pace.begin(nowMs);
  }

  end(): void {
    if (this.#to === undefined) return;
    this.#to = undefined;
    this.#state.pace.end();
  }
}
