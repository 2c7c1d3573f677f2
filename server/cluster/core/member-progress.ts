/**
 * What a leader knows of one other replica, at its own epoch.
 *
 * R3  An incarnation acknowledges for itself: what was heard of another boot is forgotten.
 */
import type { Replica } from "../partition-record.ts";
import { LEAVING_SLOWS } from "./replica-state.ts";

/** A moment's end of the log: until it is reached the member counts as behind since then. */
interface Mark {
  readonly index: number;
  readonly round: number;
  readonly atMs: number;
}

export class MemberProgress {
  readonly store: string;
  readonly join: number;
  /** 0 = not heard of yet. */
  boot = 0;
  /** Its log equals the leader's up to here, synced. */
  matched = 0;
  /** The last entry sent; undefined = where its log parts from the leader's is not known. */
  sent: number | undefined;
  /** The highest round it has replied to; 0 = it has not promised this epoch yet. */
  round = 0;
  /** As of the last look, it has been behind for too long. */
  isSlow = false;
  /** The leader's clock was too far ahead of its own, and it has taken nothing since. */
  isRefusing = false;
  /** When it last said that it is about to stop. */
  leavingAtMs = Number.NEGATIVE_INFINITY;
  snapshotAtMs = Number.NEGATIVE_INFINITY;
  #mark: Mark;

  constructor({ store, join }: Replica, mark: Mark) {
    this.store = store;
    this.join = join;
    this.#mark = mark;
  }

  /** False for what an earlier boot said. */
  heard(boot: number, round: number): boolean {
    if (boot < this.boot) return false;
    if (boot > this.boot) {
      this.boot = boot;
      this.matched = 0;
      this.sent = undefined;
      this.round = 0;
      this.isRefusing = false;
      this.leavingAtMs = Number.NEGATIVE_INFINITY;
      this.isSlow = false;
    }
    this.round = Math.max(this.round, round);
    return true;
  }

  isLeaving(nowMs: number, slowMs: number): boolean {
    return nowMs - this.leavingAtMs < LEAVING_SLOWS * slowMs;
  }

  /** How long it has been behind. `mark` is where the leader is now. */
  behindMs(mark: Mark): number {
    if (this.matched >= this.#mark.index && this.round >= this.#mark.round) this.#mark = mark;
    return mark.atMs - this.#mark.atMs;
  }
}
