/**
 * The runs of slices: which one a key that is new in its slice goes into.
 *
 * Random keys in one range make LevelDB rewrite nearly all of it with every file that comes in.
 * With a number in front of them that grows every so many keys, files hardly overlap, and are moved
 * instead of merged. The price: a new key asks the filter of every run, so runs grow with their
 * number, and are never much smaller than what stands before them.
 *
 * A key that stands in the slice already stays in its run: to move it would write as much into the
 * same range of LevelDB, a deletion, and the record once more elsewhere.
 *
 * Must stay true: a number is given once in a process; what is being dropped under it never meets
 * what is new.
 */
import { firstRunOf, type GenerationId, runOf, RUNS_OF_A_SLICE } from "./generation.ts";

/** How many keys runs are for. Each is for twice as many as the one before it, up to the most. */
export interface RunKeys {
  readonly first: number;
  readonly most: number;
}

export const RUN_KEYS: RunKeys = { first: 65_536, most: 524_288 };
/** Of what the slice's runs before hold, where that is more: so that runs stay few. */
const LEAST_SHARE = 1 / 16;

/** How many keys a run is for, by its number and by what the slice's runs before it hold. */
export function runCapacity({ first, most }: RunKeys, run: number, recordsBefore: number): number {
  return Math.max(Math.min(first * 2 ** run, most), Math.ceil(recordsBefore * LEAST_SHARE));
}

/** As much of a generation as matters here. */
interface Run {
  readonly id: GenerationId;
  readonly records: number;
  readonly filter: { readonly keys: number; readonly capacity: number };
}

interface Slice<R extends Run> {
  newest: R | undefined;
  /** Above every number that was given. */
  nextRun: number;
}

export class SliceRuns<R extends Run> {
  /** By the slice's first run. */
  readonly #slices = new Map<GenerationId, Slice<R>>();

  /** There is a further run, found at the start or begun now. */
  add(run: R): void {
    const first = firstRunOf(run.id);
    const slice = this.#slices.get(first) ?? { newest: undefined, nextRun: 0 };
    this.#slices.set(first, slice);
    if (runOf(run.id) < slice.nextRun - 1) return;
    slice.newest = run;
    slice.nextRun = runOf(run.id) + 1;
  }

  /** No further key goes into it. */
  close(run: R): void {
    const slice = this.#slices.get(firstRunOf(run.id));
    if (slice?.newest === run) slice.newest = undefined;
  }

  /** Whether no further key will ever go into it. */
  isClosed(run: R): boolean {
    return this.#slices.get(firstRunOf(run.id))?.newest !== run;
  }

  /** Where a key goes that is new in the slice: into its newest run, or into a further one. */
  next(first: GenerationId): GenerationId {
    const slice = this.#slices.get(first);
    if (slice === undefined) return first;
    const { newest, nextRun } = slice;
    if (newest !== undefined && (!isFull(newest) || nextRun === RUNS_OF_A_SLICE)) return newest.id;
    return first + Math.min(nextRun, RUNS_OF_A_SLICE - 1);
  }

  /** Slices of which nothing is left are forgotten when they are over. */
  forget(isOver: (slice: GenerationId) => boolean): void {
    for (const first of this.#slices.keys()) if (isOver(first)) this.#slices.delete(first);
  }
}

/** By the filter's keys: a run stays full when records are removed from it. */
function isFull({ records, filter }: Run): boolean {
  return Math.max(records, filter.keys) >= filter.capacity;
}
