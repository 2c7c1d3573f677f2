/**
 * The filters of full runs in files beside LevelDB, so that a start need not read millions of
 * records before it can say "surely never seen".
 *
 *     <records>-filters/<generation, 12 hexadecimal digits>.filter      the filter's words
 *     LevelDB, filter mark (meta-format.ts)                             what it is, its checksum
 *
 *     run is full, filter complete → sealed → file durable → mark durable
 *
 * Never trusts a file that no mark in LevelDB describes to the last bit: it is removed, and the
 * scan after the start rebuilds the filter. A mark says as well that its run takes no further key,
 * at this start and at every later one, whether its file can be used or not.
 *
 * Must stay true: a filter that is loaded has every key that stands in its generation. It may have
 * more. Why it does:
 * - It was complete when it was sealed, and its run was not the newest of its slice any more: a key
 *   comes into a run only while that is the newest (slice-runs.ts) or stands in it already. The
 *   mark keeps it so at later starts.
 * - Records that are rewritten, moved or removed leave it with keys too many, as does a crash that
 *   takes an unanswered turn back.
 * - Replay puts into the run only what was staged into it, and thereby into the filter, before.
 * - A crash leaves a file without a mark, which is removed; or a mark without a file, or with a
 *   file that a power cut has spoilt, which its checksum shows.
 * - LevelDB that is rebuilt or comes from a backup brings marks of its own state, or none.
 * - A run's number comes back only when all its namespaces were deleted and there was a start
 *   since. That start has removed its file for good, and its mark, before anything was written.
 */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { ClaimdError } from "../errors.ts";
import type { Applier, ApplierLog } from "./applier.ts";
import { writeDurably } from "./durable-file.ts";
import type { GenerationId } from "./generation.ts";
import { FILTER_FORMAT, GenerationFilter } from "./generation-filter.ts";
import type { Generation, Generations, KeptFilters } from "./generations.ts";
import type { LevelHandle } from "./level-database.ts";
import { syncDirectory } from "./log-file-on-disk.ts";
import { decodeFilterMark, encodeFilterMark, type FilterMark } from "./meta-format.ts";
import { ALL_FILTER_MARKS, filterMarkKey, parseFilterMarkKey } from "./record-key.ts";

export interface FilterFilesParts {
  readonly path: string;
  readonly applier: Pick<Applier, "ready" | "failed">;
  readonly generations: Generations;
  readonly log: ApplierLog;
}

/** Beside LevelDB's directory. */
export function filtersPath(recordsPath: string): string {
  return `${recordsPath}-filters`;
}

const FILE = /\.filter(\.tmp)?$/;
const MARKS_AT_ONCE = 1000;

export interface LoadOptions {
  readonly path: string;
  readonly handle: LevelHandle;
  /** Whether anything was counted in the generation. */
  readonly exists: (generation: GenerationId) => boolean;
  readonly log: ApplierLog;
}

/**
 * What is kept of the generations that there are. What else is kept is gone for good when it
 * resolves. Before anything is written. Throws STORAGE_UNAVAILABLE, or RECORDS_DAMAGED.
 */
export async function loadFilters(options: LoadOptions): Promise<KeptFilters> {
  try {
    return await loadAll(options);
  } catch (cause) {
    if (cause instanceof ClaimdError) throw cause;
    throw new ClaimdError("STORAGE_UNAVAILABLE", `${options.path} can't be used`, { cause });
  }
}

async function loadAll({ path, handle, exists, log }: LoadOptions): Promise<KeptFilters> {
  await makeDirectory(path);
  const kept = new Map<GenerationId, GenerationFilter | undefined>();
  const batch = handle.batch();
  let stale = 0;
  for (const [generation, mark] of await readMarks(handle)) {
    if (exists(generation)) {
      kept.set(generation, await load(join(path, fileName(generation)), mark, log));
    } else {
      batch.del(filterMarkKey(generation));
      stale += 1;
    }
  }
  const used = new Set([...kept].flatMap(([id, filter]) => (filter ? [fileName(id)] : [])));
  const files = (await readdir(path)).filter((name) => FILE.test(name));
  const unused = files.filter((name) => !used.has(name));
  for (const name of unused) await rm(join(path, name));
  // Marks go behind their files, those included that were removed before a kill.
  if (unused.length > 0 || stale > 0) await syncDirectory(path);
  if (stale > 0) await batch.write();
  return kept;
}

export class FilterFiles {
  readonly #parts: FilterFilesParts;
  /** Which have a mark in LevelDB. */
  readonly #marked: Set<GenerationId>;
  /** Not tried again before the next start. */
  readonly #failed = new Set<GenerationId>();
  #running: Promise<void> | undefined;
  readonly #stopSignal = new AbortController();

  constructor(parts: FilterFilesParts, kept: KeptFilters) {
    this.#parts = parts;
    this.#marked = new Set(kept.keys());
  }

  /** Keeps what can be kept by now, removes what is of no use any more. */
  wake(): void {
    if (this.#running !== undefined || this.#stopped()) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when it has ended what it was woken for. */
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
    const { generations } = this.#parts;
    for (const generation of generations.closed()) {
      const { id, filter } = generation;
      if (filter.complete && !filter.isSealed) await this.#try(id, () => this.#keep(generation));
    }
    for (const id of [...this.#marked]) {
      if (generations.get(id) === undefined) await this.#try(id, () => this.#remove(id));
    }
  }

  async #try(id: GenerationId, act: () => Promise<void>): Promise<void> {
    if (this.#stopped() || this.#failed.has(id)) return;
    try {
      await act();
    } catch (error) {
      if (this.#stopped()) return;
      this.#failed.add(id);
      this.#parts.log.warn({ error, file: fileName(id) }, "a filter's file can't be changed");
    }
  }

  async #keep({ id, filter }: Generation): Promise<void> {
    const words = filter.seal();
    const { capacity, keys } = filter;
    const mark = { format: FILTER_FORMAT, capacity, keys, checksum: crc32(words) };
    await writeDurably(this.#parts.path, fileName(id), words);
    await this.#write((batch) => {
      batch.put(filterMarkKey(id), encodeFilterMark(id, mark));
    });
    this.#marked.add(id);
  }

  async #remove(id: GenerationId): Promise<void> {
    await rm(join(this.#parts.path, fileName(id)), { force: true });
    await this.#write((batch) => {
      batch.del(filterMarkKey(id));
    });
    this.#marked.delete(id);
  }

  async #write(fill: (batch: ReturnType<LevelHandle["batch"]>) => void): Promise<void> {
    const { applier } = this.#parts;
    const handle = await applier.ready();
    const batch = handle.batch();
    fill(batch);
    try {
      await batch.write();
    } catch (error) {
      applier.failed(handle, error);
      throw error;
    }
  }
}

async function makeDirectory(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncDirectory(dirname(path));
}

function fileName(generation: GenerationId): string {
  return `${generation.toString(16).padStart(12, "0")}.filter`;
}

async function readMarks(handle: LevelHandle): Promise<[GenerationId, FilterMark][]> {
  const marks: [GenerationId, FilterMark][] = [];
  const iterator = handle.iterate(ALL_FILTER_MARKS);
  try {
    for (;;) {
      const found = await iterator.next(MARKS_AT_ONCE);
      if (found.length === 0) return marks;
      for (const [key, value] of found) {
        const generation = parseFilterMarkKey(key);
        marks.push([generation, decodeFilterMark(generation, value)]);
      }
    }
  } finally {
    await iterator.close();
  }
}

async function load(
  file: string,
  { format, capacity, keys, checksum }: FilterMark,
  log: ApplierLog,
): Promise<GenerationFilter | undefined> {
  if (format !== FILTER_FORMAT) return undefined;
  try {
    const words = await readFile(file);
    if (crc32(words) === checksum) return GenerationFilter.sealed(capacity, keys, words);
    log.warn({ file }, "a filter's file is not as it was written, the filter is rebuilt");
  } catch (error) {
    log.warn({ error, file }, "a filter's file can't be read, the filter is rebuilt");
  }
  return undefined;
}
