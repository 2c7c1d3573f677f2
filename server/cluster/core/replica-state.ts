/**
 * What leader and follower of one replica share: what is on disk or on its way there, and what is
 * to be done.
 *
 * Must stay true: `promised` never falls; `commit` never falls and never passes the log's end, but
 * by `erase`, which ends a membership, and by `giveUp`.
 */
import { assert } from "../../errors.ts";
import type { Incarnation, PartitionRecord } from "../partition-record.ts";
import type { DiskWrite, Effect } from "./effects.ts";
import type { HandOverPace } from "./hand-over.ts";
import type { PartitionLog } from "./partition-log.ts";

/** Etcd's record as last seen. It may be old. */
export interface Seen {
  readonly revision: number;
  readonly record: PartitionRecord;
}

/** What a start finds on disk. */
export interface Recovered {
  readonly promised: number;
  /** 0 = no membership. */
  readonly join: number;
  /** The join of the last membership that was erased; none up to it begins again. */
  readonly erasedJoin: number;
  readonly log: PartitionLog;
  readonly commit: number;
  /** Of the last entry; 0 = none. */
  readonly lastStampMs: number;
}

export interface ReplicaRules {
  readonly minInSync: number;
  readonly maxClockOffsetMs: number;
  /** A member that is behind for so long is dropped. */
  readonly slowMs: number;
  /** How often a leader speaks when it has nothing to say, and asks again what got lost. */
  readonly heartbeatMs: number;
  /** Most entries of one Append, 1 or more: who is far behind gets them in turns. */
  readonly appendEntries: number;
}

/** The same for all replicas of a start of a node. */
export interface ReplicaSurroundings {
  readonly self: Incarnation;
  readonly rules: ReplicaRules;
  readonly pace: HandOverPace;
}

/** Who leaves, and is still there after so many times `slowMs`, has stayed. */
export const LEAVING_SLOWS = 8;

interface Pending {
  readonly ticket: number;
  readonly then: () => void;
}

export class ReplicaState<E, S> {
  readonly self: Incarnation;
  readonly rules: ReplicaRules;
  readonly pace: HandOverPace;
  readonly log: PartitionLog;
  /** The highest epoch promised, perhaps not yet synced. */
  promised: number;
  promisedSynced: number;
  join: number;
  erasedJoin: number;
  commit: number;
  lastStampMs: number;
  #seen: Seen | undefined;
  /** Who led before, and until when this one saw it. */
  #before: { readonly store: string; readonly untilMs: number } | undefined;
  #effects: Effect<E, S>[] = [];
  #lastTicket = 0;
  #pending: Pending[] = [];
  #nonces = 0;

  constructor({ self, rules, pace }: ReplicaSurroundings, recovered: Recovered) {
    this.self = self;
    this.rules = rules;
    this.pace = pace;
    this.log = recovered.log;
    this.promised = recovered.promised;
    this.promisedSynced = recovered.promised;
    this.join = recovered.join;
    this.erasedJoin = recovered.erasedJoin;
    this.commit = recovered.commit;
    this.lastStampMs = recovered.lastStampMs;
  }

  get seen(): Seen | undefined {
    return this.#seen;
  }

  see(seen: Seen, nowMs: number): void {
    const store = this.#seen?.record.leader ?? seen.record.leader;
    if (store !== seen.record.leader) this.#before = { store, untilMs: nowMs };
    this.#seen = seen;
  }

  /** It led until a short time ago: it has given that up because it stops, or was lost. */
  hasJustLed(store: string, nowMs: number): boolean {
    if (this.#before?.store !== store) return false;
    return nowMs - this.#before.untilMs < LEAVING_SLOWS * this.rules.slowMs;
  }

  effect(effect: Effect<E, S>): void {
    this.#effects.push(effect);
  }

  drain(): readonly Effect<E, S>[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** `then` runs when this write and all before it are synced. */
  write(writes: readonly DiskWrite<E, S>[], then: () => void): void {
    if (writes.length === 0) {
      this.whenSynced(then);
      return;
    }
    this.#lastTicket += 1;
    this.effect({ type: "write", ticket: this.#lastTicket, writes });
    this.#pending.push({ ticket: this.#lastTicket, then });
  }

  /** When everything written so far is synced; at once if it is. */
  whenSynced(then: () => void): void {
    if (this.#pending.length === 0) then();
    else this.#pending.push({ ticket: this.#lastTicket, then });
  }

  synced(ticket: number): void {
    assert(ticket <= this.#lastTicket, "only what was written is synced");
    // One by one: what waits behind must be seen to wait by what runs now.
    for (;;) {
      const [first] = this.#pending;
      if (first === undefined || first.ticket > ticket) return;
      this.#pending.shift();
      first.then();
    }
  }

  promise(epoch: number, then: () => void): void {
    assert(epoch > this.promised, "promises only grow");
    this.promised = epoch;
    this.write([{ type: "promise", epoch }], () => {
      this.promisedSynced = epoch;
      then();
    });
  }

  /** Entries up to here will never be cut. */
  commitTo(index: number): void {
    if (index <= this.commit) return;
    assert(index <= this.log.lastIndex, "only what is there is committed");
    this.commit = index;
    this.effect({ type: "committed", index });
  }

  /** The membership of this join begins, with nothing in it. */
  begin(join: number): void {
    assert(this.join === 0 && join > this.erasedJoin, "a membership begins once");
    this.join = join;
    this.write([{ type: "join", join }], () => undefined);
  }

  /** The log and what it has led to go; the membership stays. `then` when that is synced. */
  giveUp(then: () => void): void {
    this.log.reset({ epoch: 0, index: 0 });
    this.commit = 0;
    this.effect({ type: "cut", index: 0 });
    this.write([{ type: "void" }], then);
  }

  /** The membership is over. */
  erase(): void {
    const { join } = this;
    this.log.reset({ epoch: 0, index: 0 });
    this.commit = 0;
    this.join = 0;
    this.erasedJoin = join;
    this.write([{ type: "erase", join }], () => undefined);
    this.effect({ type: "cut", index: 0 });
  }

  /** Unique over all incarnations, without randomness. */
  nonce(): string {
    this.#nonces += 1;
    return `${this.self.store}/${this.self.boot}/${this.#nonces}`;
  }

  /** This store's replica in a record, under the join that holds. */
  replicaIn(record: PartitionRecord): PartitionRecord["replicas"][number] | undefined {
    return record.replicas.find(({ store }) => store === this.self.store);
  }

  leads({ leader, leaderBoot }: PartitionRecord): boolean {
    return leader === this.self.store && leaderBoot === this.self.boot;
  }
}
