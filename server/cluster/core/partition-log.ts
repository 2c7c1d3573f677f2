/**
 * Where the entries of a partition's log stand, without the entries: a run of indexes per epoch.
 *
 *     base (what is not kept any more, all of it committed) │ run │ run │ … last
 *
 * Two logs that have an entry of the same epoch at the same index are equal up to it: an epoch has
 * one leader, which never begins it twice (R5), and entries are taken behind equal ones (R8).
 */
import { assert } from "../../errors.ts";

/** Names an entry. { epoch: 0, index: 0 } is the beginning of every log. */
export interface LogPoint {
  readonly epoch: number;
  readonly index: number;
}

export interface LogRun {
  readonly epoch: number;
  readonly firstIndex: number;
}

export interface LogShape {
  readonly base: LogPoint;
  /** In order; epochs and indexes grow. */
  readonly runs: readonly LogRun[];
  readonly lastIndex: number;
}

export class PartitionLog {
  #base: LogPoint;
  #runs: LogRun[];
  #lastIndex: number;

  constructor(shape: LogShape = { base: { epoch: 0, index: 0 }, runs: [], lastIndex: 0 }) {
    this.#base = shape.base;
    this.#runs = [...shape.runs];
    this.#lastIndex = shape.lastIndex;
  }

  get base(): LogPoint {
    return this.#base;
  }

  get last(): LogPoint {
    return { epoch: this.epochAt(this.#lastIndex) ?? 0, index: this.#lastIndex };
  }

  get lastIndex(): number {
    return this.#lastIndex;
  }

  shape(): LogShape {
    return { base: this.#base, runs: [...this.#runs], lastIndex: this.#lastIndex };
  }

  /** Undefined where there is no entry, or none that is still known. */
  epochAt(index: number): number | undefined {
    if (index === this.#base.index) return this.#base.epoch;
    if (index < this.#base.index || index > this.#lastIndex) return undefined;
    return this.#runs.findLast(({ firstIndex }) => firstIndex <= index)?.epoch;
  }

  has({ epoch, index }: LogPoint): boolean {
    return this.epochAt(index) === epoch;
  }

  append(epoch: number): LogPoint {
    const { epoch: lastEpoch } = this.last;
    assert(epoch >= lastEpoch, "epochs in a log never fall");
    this.#lastIndex += 1;
    if (epoch !== this.#runs.at(-1)?.epoch) {
      this.#runs.push({ epoch, firstIndex: this.#lastIndex });
    }
    return { epoch, index: this.#lastIndex };
  }

  /** The entry at `index` and all behind it go. */
  cut(index: number): void {
    assert(index > this.#base.index && index <= this.#lastIndex, "only what is there is cut");
    this.#lastIndex = index - 1;
    this.#runs = this.#runs.filter(({ firstIndex }) => firstIndex < index);
  }

  /** Everything is replaced by a state that ends at `point`. */
  reset(point: LogPoint): void {
    this.#base = point;
    this.#runs = [];
    this.#lastIndex = point.index;
  }

  /** What stands up to `index` is not kept any more. */
  release(index: number): void {
    const epoch = this.epochAt(index);
    if (epoch === undefined || index <= this.#base.index) return;
    this.#base = { epoch, index };
    const from = this.#runs.findLastIndex(({ firstIndex }) => firstIndex <= index);
    const rest = this.#runs.slice(from);
    const [first] = rest;
    if (first !== undefined) rest[0] = { epoch: first.epoch, firstIndex: index + 1 };
    this.#runs = index === this.#lastIndex ? [] : rest;
  }

  /**
   * The last index up to which this log and another are known to be equal; undefined when the
   * other ends before what is kept here begins, or begins behind the end of this one.
   */
  agreement(other: LogShape): number | undefined {
    const theirs = new PartitionLog(other);
    let index = Math.min(this.#lastIndex, other.lastIndex);
    const lowest = Math.max(this.#base.index, other.base.index);
    while (index >= lowest) {
      const mine = this.epochAt(index);
      if (mine !== undefined && mine === theirs.epochAt(index)) return index;
      index = Math.max(lowest, this.#runStart(index), theirs.#runStart(index)) - 1;
    }
    return undefined;
  }

  /** Where the run with this index begins; the base counts as one. */
  #runStart(index: number): number {
    if (index <= this.#base.index) return index;
    return this.#runs.findLast(({ firstIndex }) => firstIndex <= index)?.firstIndex ?? index;
  }
}
