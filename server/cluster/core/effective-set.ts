/**
 * Whom a leader must hear before anything counts: the confirmed set and every change to it that may
 * still be applied. All of a leader's changes to its record are made here.
 *
 * Must stay true: a change counts from the moment it is sent until a higher revision is read, no
 * matter what the transaction was answered.
 */
import type { Incarnation, PartitionRecord } from "../partition-record.ts";
import type { ReplicaState, Seen } from "./replica-state.ts";

const MOST_HEARTBEATS = 8;

export class EffectiveSet<E, S> {
  readonly #state: ReplicaState<E, S>;
  #seen: Seen;
  /** Sent on `#seen.revision`, and not known to be void. */
  #pending: PartitionRecord | undefined;
  #sentAtMs: number;
  /** Until it is sent once more: longer each time, as many partitions may wait for etcd. */
  #againMs: number;

  constructor(state: ReplicaState<E, S>, seen: Seen, nowMs: number) {
    this.#state = state;
    this.#seen = seen;
    this.#sentAtMs = nowMs;
    this.#againMs = state.rules.heartbeatMs;
  }

  get record(): PartitionRecord {
    return this.#seen.record;
  }

  get confirmed(): readonly Incarnation[] {
    return this.#seen.record.inSync;
  }

  get isLargeEnough(): boolean {
    return this.confirmed.length >= this.#state.rules.minInSync;
  }

  effective(): readonly Incarnation[] {
    const pending = this.#pending?.inSync ?? [];
    return [...this.confirmed, ...pending.filter((each) => !isIn(this.confirmed, each))];
  }

  /** A higher revision was read: nothing sent before can be applied any more, or it was. */
  confirm(seen: Seen): void {
    this.#seen = seen;
    this.#pending = undefined;
    this.#againMs = this.#state.rules.heartbeatMs;
  }

  /** Unless it is in, or something else is under way. Its earlier boot goes by the same change. */
  expand({ store, boot }: Incarnation, nowMs: number): void {
    if (this.#pending !== undefined || isIn(this.confirmed, { store, boot })) return;
    const { record } = this.#seen;
    const inSync = [...this.confirmed.filter((each) => each.store !== store), { store, boot }];
    const replicas = record.replicas.map((each) =>
      each.store === store ? { ...each, role: "VOTER" as const } : each,
    );
    this.#send({ ...record, inSync, replicas }, nowMs);
  }

  /** Unless it is out, the set would be too small, or something else is under way. */
  shrink({ store }: { readonly store: string }, nowMs: number): void {
    const inSync = this.confirmed.filter((each) => each.store !== store);
    if (this.#pending !== undefined || inSync.length === this.confirmed.length) return;
    if (inSync.length < this.#state.rules.minInSync) return;
    this.#send({ ...this.#seen.record, inSync }, nowMs);
  }

  handOver(store: string, nowMs: number): void {
    const target = this.confirmed.find((each) => each.store === store);
    if (this.#pending !== undefined || target === undefined) return;
    const { record } = this.#seen;
    const change = { leader: target.store, leaderBoot: target.boot, epoch: record.epoch + 1 };
    this.#send({ ...record, ...change }, nowMs);
  }

  /** What was not settled is read, and sent once more on the same revision (R9). */
  tick(nowMs: number): void {
    if (this.#pending === undefined) return;
    if (nowMs - this.#sentAtMs < this.#againMs) return;
    this.#againMs = Math.min(2 * this.#againMs, MOST_HEARTBEATS * this.#state.rules.heartbeatMs);
    this.#state.effect({ type: "read" });
    this.#send(this.#pending, nowMs);
  }

  #send(change: PartitionRecord, nowMs: number): void {
    const { revision } = this.#seen;
    const record = { ...change, nonce: this.#state.nonce() };
    this.#pending = record;
    this.#sentAtMs = nowMs;
    this.#state.effect({ type: "transact", revision, record, candidate: undefined });
  }
}

function isIn(set: readonly Incarnation[], { store, boot }: Incarnation): boolean {
  return set.some((each) => each.store === store && each.boot === boot);
}
