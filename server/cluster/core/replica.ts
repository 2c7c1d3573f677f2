/**
 * One replica of one partition: the protocol as a whole. Messages, reads, finished writes and time
 * go in by methods, `drain` gives what is to be done. It asks the world for nothing.
 *
 *     FOLLOWING ──the record names me, promise synced──▶ RECOVERING ─▶ SERVING ─▶ SEALED
 *         ▲                                                  │           │          │
 *         └──────── a higher epoch, or the record names another ─────────┴──────────┘
 *
 * R1   A record changes only by a transaction guarded on the revision that was read.
 * R2   (follower.ts)  R3, R6, R7, R9, R10, R12 (leader.ts, effective-set.ts)  R8 (follower.ts)
 * R5   Begins an epoch only if the record names this store and boot and it has promised less; it
 *      makes its promise durable first. An epoch it has promised already is never begun again: it
 *      asks for the next one (R4).
 * R11  Deletes a membership only by a record whose counter is not below its join and which does not
 *      list it, and promises that record's epoch first.
 */
import type { Incarnation, PartitionRecord } from "../partition-record.ts";
import type { Effect, Role } from "./effects.ts";
import { Follower } from "./follower.ts";
import { Leader } from "./leader.ts";
import type { LeaderMessage, MemberReply } from "./messages.ts";
import { promotionOf } from "./promotion.ts";
import {
  type Recovered,
  ReplicaState,
  type ReplicaSurroundings,
  type Seen,
} from "./replica-state.ts";

export class Replica<E, S> {
  readonly #state: ReplicaState<E, S>;
  readonly #follower: Follower<E, S>;
  #leader: Leader<E, S> | undefined;
  /** The epoch whose promise is on its way to disk, to be begun then. */
  #beginning: number | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(surroundings: ReplicaSurroundings, recovered: Recovered) {
    this.#state = new ReplicaState(surroundings, recovered);
    this.#follower = new Follower(this.#state);
  }

  get role(): Role {
    return this.#leader?.role ?? "FOLLOWING";
  }

  get promised(): number {
    return this.#state.promised;
  }

  /** The epoch it leads; undefined when it follows. */
  get epoch(): number | undefined {
    return this.#leader?.epoch;
  }

  /** 0 = it is no member. */
  get join(): number {
    return this.#state.join;
  }

  /** Entries up to here are never cut. */
  get commit(): number {
    return this.#state.commit;
  }

  get lastIndex(): number {
    return this.#state.log.lastIndex;
  }

  /** No entry of a later epoch may be stamped earlier. */
  get lastStampMs(): number {
    return this.#state.lastStampMs;
  }

  get confirmedRound(): number {
    return this.#leader?.confirmedRound ?? 0;
  }

  /**
   * It leads, and all that it hears refuse its clock: it can't grant, and does not know when it can
   * again. Whoever runs it should not look alive, so that another one is promoted.
   */
  get isRefused(): boolean {
    return this.#leader?.isRefused ?? false;
  }

  /** How many entries the last of its set lacks; 0 when it follows. */
  get lagEntries(): number {
    return this.#leader?.lagEntries ?? 0;
  }

  get seen(): Seen | undefined {
    return this.#state.seen;
  }

  drain(): readonly Effect<E, S>[] {
    return this.#state.drain();
  }

  /** The record as it was read or watched; an older one than is known says nothing. */
  observe(revision: number, record: PartitionRecord, nowMs: number): void {
    const state = this.#state;
    if (revision <= (state.seen?.revision ?? 0)) return;
    const seen = { revision, record };
    state.see(seen, nowMs);
    const leader = this.#leader;
    if (leader !== undefined) {
      if (state.leads(record) && record.epoch === leader.epoch) leader.confirm(seen, nowMs);
      else this.#stepDown();
    }
    if (this.#leader === undefined && state.leads(record)) this.#lead(seen, nowMs);
    this.#eraseFormer(record);
  }

  /** Of a leader, for this store. */
  receive(from: Incarnation, message: LeaderMessage<E, S>, nowMs: number): void {
    if (message.epoch > this.#state.promised) this.#stepDown();
    this.#follower.receive(from, message, nowMs);
  }

  /** Of a member, for this store as its leader. */
  hear(reply: MemberReply, nowMs: number): void {
    if (this.#leader === undefined || this.#leader.receive(reply, nowMs)) return;
    this.#stepDown();
    this.#state.effect({ type: "read" });
  }

  /** This write and all before it are on disk. */
  synced(ticket: number): void {
    this.#state.synced(ticket);
  }

  /** The log's end with the new entries: answered when that is committed. Undefined: not served. */
  propose(payloads: readonly E[], stampMs: number): number | undefined {
    return this.#leader?.propose(payloads, stampMs);
  }

  /** What rests on nothing new is answered when this round is confirmed. Undefined: not led. */
  askRound(): number | undefined {
    return this.#leader?.askRound();
  }

  handOver(store: string, nowMs: number): boolean {
    return this.#leader?.handOver(store, nowMs) ?? false;
  }

  /** This process ends soon: asks its leader to count on others. It may be asked again. */
  leave(): void {
    const { join, promisedSynced: epoch, seen, self } = this.#state;
    const to = seen?.record.leader ?? self.store;
    if (to === self.store || join === 0) return;
    const message = { type: "leaving", from: self, join, epoch, round: 0 } as const;
    this.#state.effect({ type: "send", to, message });
  }

  /** What stands in LevelDB up to `index` need not be kept as entries. */
  release(index: number): void {
    this.#state.log.release(Math.min(index, this.#state.commit));
  }

  /** At least every half of `heartbeatMs`. */
  tick(nowMs: number): void {
    this.#leader?.tick(nowMs);
    const { seen } = this.#state;
    if (this.#leader === undefined && seen !== undefined && this.#state.leads(seen.record)) {
      this.#lead(seen, nowMs);
    }
  }

  #stepDown(): void {
    if (this.#leader === undefined) return;
    this.#leader.end();
    this.#leader = undefined;
    this.#state.effect({ type: "role", role: "FOLLOWING" });
  }

  /** The record names this incarnation. */
  #lead(seen: Seen, nowMs: number): void {
    const state = this.#state;
    const { epoch } = seen.record;
    if (this.#beginning === epoch) return;
    if (epoch <= state.promised) {
      this.#askForNextEpoch(seen, nowMs);
      return;
    }
    if (!this.#isMember(seen.record)) return;
    this.#beginning = epoch;
    state.promise(epoch, () => {
      if (this.#beginning === epoch) this.#beginning = undefined;
      const latest = state.seen;
      if (state.promised !== epoch || latest?.record.epoch !== epoch) return;
      if (state.leads(latest.record)) this.#leader = new Leader(state, latest, nowMs);
    });
  }

  /**
   * Nobody may have told a founder of the partition that its membership begins. Whoever was added
   * later was heard under its join, from disk, before it was in sync (R7).
   */
  #isMember(record: PartitionRecord): boolean {
    const state = this.#state;
    const join = state.replicaIn(record)?.join;
    if (join === undefined) return false;
    if (state.join === 0 && join > state.erasedJoin) state.begin(join);
    return state.join === join;
  }

  #askForNextEpoch(seen: Seen, nowMs: number): void {
    const state = this.#state;
    if (nowMs - this.#askedAtMs < state.rules.slowMs) return;
    this.#askedAtMs = nowMs;
    const { self } = state;
    const record = promotionOf(seen.record, self, [], state.rules.minInSync, state.nonce());
    if (record === undefined) return;
    const { revision } = seen;
    state.effect({ type: "transact", revision, record, candidate: self });
    state.effect({ type: "read" });
  }

  #eraseFormer(record: PartitionRecord): void {
    const state = this.#state;
    const { join } = state;
    if (join === 0 || record.joins < join) return;
    if (state.replicaIn(record)?.join === join) return;
    const erase = (): void => {
      if (state.join === join) state.erase();
    };
    if (record.epoch > state.promised) state.promise(record.epoch, erase);
    else state.whenSynced(erase);
  }
}
