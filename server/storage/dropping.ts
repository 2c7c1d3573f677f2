/**
 * Deletes generations that are over, and what deleted namespaces left, in the background: piece by
 * piece, each a bounded range, while claims go on.
 *
 * Never deletes what is still looked at: its targets have been retired (generations.ts). Never runs
 * ahead of the journal: first LevelDB has every layer that was staged until then, so that neither a
 * late write comes back nor a deletion is done that a crash could take back.
 *
 * It rests after each piece, unless it is behind: when a namespace's next slice is over while the
 * one before is still being dropped.
 *
 * The count of a target goes last. Until then every start finds it again, and drops it again.
 */
import { setTimeout as delay } from "node:timers/promises";
import { PARTITIONS } from "../limits.ts";
import type { Applier, ApplierLog } from "./applier.ts";
import type { GenerationId } from "./generation.ts";
import type { LevelHandle, LevelRange } from "./level-database.ts";
import { countsKey, namespaceRange, prefixRange } from "./record-key.ts";

/** What a namespace has in a generation, none of it looked at any more. */
export interface DropTarget {
  readonly generation: { readonly id: GenerationId };
  readonly namespaceId: number;
  readonly records: number;
  readonly bytes: number;
}

export interface DroppingStats {
  /** Since the start. */
  readonly targets: number;
  readonly records: number;
  readonly waiting: number;
}

export interface DroppingParts {
  readonly applier: Applier;
  readonly log: ApplierLog;
  /** Resolves when LevelDB has everything staged so far. */
  readonly flush: () => Promise<void>;
}

/** About 20 ms of a pool thread. */
const RECORDS_AT_ONCE = 8192;
/** A compaction flushes LevelDB's write buffer first, so not too often; not too long either. */
const COMPACT_BYTES = 32 * 1024 * 1024;
/** LevelDB slows writes at 8: then it has better to do than to drop. */
const BUSY_LEVEL_ZERO_FILES = 6;
const BUSY_MS = 50;
/** It rests so many times as long as it worked, so that claims have the cores and the disk. */
const RESTS = 3;
const RETRY_MS = 1000;
const EMPTY = new Uint8Array(0);

export class Dropping {
  readonly #parts: DroppingParts;
  #waiting: DropTarget[] = [];
  #running: Promise<void> | undefined;
  readonly #stopSignal = new AbortController();
  /** Until nothing is left. */
  #isBehind = false;
  #targets = 0;
  #records = 0;

  constructor(parts: DroppingParts) {
    this.#parts = parts;
  }

  get stats(): DroppingStats {
    return { targets: this.#targets, records: this.#records, waiting: this.#waiting.length };
  }

  add(targets: readonly DropTarget[]): void {
    const late = new Set(this.#waiting.map(({ namespaceId }) => namespaceId));
    this.#isBehind ||= targets.some(({ namespaceId }) => late.has(namespaceId));
    this.#waiting.push(...targets);
    if (this.#waiting.length === 0 || this.#running !== undefined || this.#stopped()) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when nothing is left to drop, or it was stopped. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  stop(): void {
    this.#stopSignal.abort();
  }

  #stopped(): boolean {
    return this.#stopSignal.signal.aborted;
  }

  async #run(): Promise<void> {
    const { applier, flush, log } = this.#parts;
    while (this.#waiting.length > 0 && !this.#stopped()) {
      // Those that come while it flushes are for the next round.
      let targets = [...this.#waiting];
      try {
        await flush();
        while (targets.length > 0 && !this.#stopped()) {
          const { id } = (targets[0] as DropTarget).generation;
          const group = targets.filter(({ generation }) => generation.id === id);
          await this.#drop(await applier.ready(), id, group);
          targets = targets.filter((each) => !group.includes(each));
          this.#waiting = this.#waiting.filter((each) => !group.includes(each));
        }
      } catch (error) {
        if (this.#stopped()) return;
        log.warn({ error }, "dropping is interrupted and will go on");
        await this.#pause(RETRY_MS);
      }
    }
    this.#isBehind = false;
  }

  /** All that is to be dropped of a generation: it is compacted together. */
  async #drop(
    handle: LevelHandle,
    generation: GenerationId,
    targets: readonly DropTarget[],
  ): Promise<void> {
    try {
      let cleared: LevelRange | undefined;
      let clearedBytes = 0;
      for (const [range, bytes] of pieces(generation, targets)) {
        await this.#notWhileBusy(handle);
        if (this.#stopped()) return;
        await this.#work(handle.clear(range));
        cleared = { from: cleared?.from ?? range.from, before: range.before };
        clearedBytes += bytes;
        if (clearedBytes < COMPACT_BYTES) continue;
        await this.#work(handle.compact(cleared));
        cleared = undefined;
        clearedBytes = 0;
      }
      if (cleared !== undefined) await this.#work(handle.compact(cleared));
      if (this.#stopped()) return;
      const batch = handle.batch();
      for (const { namespaceId } of targets) batch.del(countsKey(generation, namespaceId));
      await batch.write();
    } catch (error) {
      this.#parts.applier.failed(handle, error);
      throw error;
    }
    this.#targets += targets.length;
    this.#records += targets.reduce((sum, { records }) => sum + records, 0);
  }

  /** Rests when it is done. */
  async #work(done: Promise<void>): Promise<void> {
    const startedMs = performance.now();
    await done;
    if (!this.#isBehind) await this.#pause(RESTS * (performance.now() - startedMs));
  }

  async #notWhileBusy(handle: LevelHandle): Promise<void> {
    while (!this.#stopped() && handle.levelZeroFiles() >= BUSY_LEVEL_ZERO_FILES) {
      await this.#pause(BUSY_MS);
    }
  }

  async #pause(ms: number): Promise<void> {
    const options = { signal: this.#stopSignal.signal, ref: false };
    await delay(ms, undefined, options).catch(() => undefined);
  }
}

/** In LevelDB's order, each with about how many bytes it holds. */
function* pieces(
  generation: GenerationId,
  targets: readonly DropTarget[],
): IterableIterator<[LevelRange, number]> {
  for (const target of targets.toSorted((a, b) => a.namespaceId - b.namespaceId)) {
    const { namespaceId, records, bytes } = target;
    const count = Math.min(PARTITIONS, Math.ceil(Math.max(1, records) / RECORDS_AT_ONCE));
    const step = Math.ceil(PARTITIONS / count);
    for (let from = 0; from < PARTITIONS; from += step) {
      const range = partitionsRange(generation, namespaceId, from, from + step);
      yield [range, (bytes * step) / PARTITIONS];
    }
  }
}

function partitionsRange(
  generation: GenerationId,
  namespaceId: number,
  from: number,
  before: number,
): LevelRange {
  const whole = namespaceRange(generation, namespaceId);
  const start = prefixRange(generation, namespaceId, from, EMPTY);
  if (before >= PARTITIONS) return { from: start.from, before: whole.before };
  return { from: start.from, before: prefixRange(generation, namespaceId, before, EMPTY).from };
}
