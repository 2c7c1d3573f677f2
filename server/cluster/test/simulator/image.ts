/**
 * What stands of a replica, on a disk or in memory: the fold of its writes, in their order. A start
 * finds what this says; memory is the same fold of what was given to the disk so far.
 */
import type { ClaimRecord } from "../../../storage/claim-record.ts";
import type { DiskWrite } from "../../core/effects.ts";
import type { LogEntry } from "../../core/messages.ts";
import { type LogPoint, type LogRun, PartitionLog } from "../../core/partition-log.ts";
import type { Recovered } from "../../core/replica-state.ts";

export interface Payload {
  readonly key: string;
  readonly record: ClaimRecord | "removed";
  /** Of the grant, 0 = removed. */
  readonly token: number;
  /** The key's entry that this was decided on, 0 = none. */
  readonly basis: number;
  /** In true time, for invariants alone. */
  readonly decidedAtMs: number;
  /** Whose claim it was; for invariants alone. */
  readonly job: number;
}

export type Entry = LogEntry<Payload>;

export interface KeptState {
  /** The last entry of each key. */
  readonly kept: ReadonlyMap<string, Entry>;
  readonly lastToken: number;
}

export type StoreWrite =
  | DiskWrite<Payload, KeptState>
  /** The nonce last confirmed, then those that may have become the store's. */
  | { readonly type: "nonces"; readonly nonces: readonly string[] }
  /** What stands up to there is kept as state from now on. */
  | { readonly type: "release"; readonly index: number };

const START: LogPoint = { epoch: 0, index: 0 };
const NOTHING: KeptState = { kept: new Map(), lastToken: 0 };

export class ReplicaImage {
  promised = 0;
  join = 0;
  erasedJoin = 0;
  commit = 0;
  nonces: readonly string[] = [];
  /** How many writes it is made of. */
  writes = 0;
  #base = START;
  #stampMs = 0;
  #state = NOTHING;
  /** From behind the base on. */
  #entries: Entry[] = [];

  copy(): ReplicaImage {
    const copy = new ReplicaImage();
    copy.promised = this.promised;
    copy.join = this.join;
    copy.erasedJoin = this.erasedJoin;
    copy.commit = this.commit;
    copy.nonces = this.nonces;
    copy.writes = this.writes;
    copy.#base = this.#base;
    copy.#stampMs = this.#stampMs;
    copy.#state = this.#state;
    copy.#entries = [...this.#entries];
    return copy;
  }

  get lastIndex(): number {
    return this.#base.index + this.#entries.length;
  }

  get base(): LogPoint {
    return this.#base;
  }

  /** At the base. */
  get state(): KeptState {
    return this.#state;
  }

  entry(index: number): Entry | undefined {
    return this.#entries[index - this.#base.index - 1];
  }

  epochAt(index: number): number | undefined {
    return index === this.#base.index ? this.#base.epoch : this.entry(index)?.epoch;
  }

  /** Behind `from`, up to `to`. */
  entries(from: number, to: number): readonly Entry[] {
    return this.#entries.slice(from - this.#base.index, to - this.#base.index);
  }

  /** The last entry of the key up to there. */
  latest(key: string, upTo = this.lastIndex): Entry | undefined {
    for (let index = upTo; index > this.#base.index; index--) {
      const entry = this.entry(index);
      if (entry?.payload.key === key) return entry;
    }
    return this.#state.kept.get(key);
  }

  get lastToken(): number {
    const tokens = this.#entries.map(({ payload }) => payload.token);
    return Math.max(this.#state.lastToken, ...tokens);
  }

  apply(write: StoreWrite): void {
    this.writes += 1;
    switch (write.type) {
      case "promise":
        this.promised = write.epoch;
        return;
      case "entries":
        for (const entry of write.entries) this.#append(entry);
        return;
      case "cut":
        if (write.from.index > this.#base.index) {
          this.#entries.length = write.from.index - 1 - this.#base.index;
        }
        return;
      case "commit":
        this.commit = Math.max(this.commit, write.index);
        return;
      case "snapshot":
        this.#begin(write.upTo, write.state, write.stampMs);
        return;
      case "void":
        this.#begin(START, NOTHING, 0);
        return;
      case "join":
        this.join = write.join;
        this.#begin(START, NOTHING, 0);
        return;
      case "erase":
        this.erasedJoin = write.join;
        this.join = 0;
        this.#begin(START, NOTHING, 0);
        return;
      case "nonces":
        this.nonces = write.nonces;
        return;
      case "release":
        this.#release(write.index);
        return;
    }
  }

  /** What is committed, as a state. */
  snapshot(): { readonly upTo: LogPoint; readonly stampMs: number; readonly state: KeptState } {
    const folded = this.copy();
    folded.#release(this.commit);
    return { upTo: folded.#base, stampMs: folded.#stampMs, state: folded.#state };
  }

  recovered(): Recovered {
    const { promised, join, erasedJoin, lastIndex } = this;
    const runs: LogRun[] = [];
    for (const { epoch, index } of this.#entries) {
      if (runs.at(-1)?.epoch !== epoch) runs.push({ epoch, firstIndex: index });
    }
    const log = new PartitionLog({ base: this.#base, runs, lastIndex });
    const commit = Math.max(this.#base.index, Math.min(this.commit, lastIndex));
    const stamps = this.#entries.map(({ stampMs }) => stampMs);
    const lastStampMs = Math.max(this.#stampMs, ...stamps);
    return { promised, join, erasedJoin, log, commit, lastStampMs };
  }

  #append(entry: Entry): void {
    if (entry.index !== this.lastIndex + 1) {
      throw new Error(`entry ${entry.index} written behind ${this.lastIndex}`);
    }
    this.#entries.push(entry);
  }

  #begin(base: LogPoint, state: KeptState, stampMs: number): void {
    this.#base = base;
    this.#state = state;
    this.#stampMs = stampMs;
    this.#entries = [];
    this.commit = base.index;
  }

  #release(index: number): void {
    if (index <= this.#base.index) return;
    this.commit = Math.max(this.commit, index);
    const gone = this.entries(this.#base.index, index);
    const last = gone.at(-1);
    if (last === undefined) return;
    const kept = new Map(this.#state.kept);
    let { lastToken } = this.#state;
    for (const entry of gone) {
      kept.set(entry.payload.key, entry);
      lastToken = Math.max(lastToken, entry.payload.token);
      this.#stampMs = Math.max(this.#stampMs, entry.stampMs);
    }
    this.#entries = this.#entries.slice(gone.length);
    this.#state = { kept, lastToken };
    this.#base = { epoch: last.epoch, index: last.index };
  }
}
