/**
 * A real LevelDB that has bad days on demand: writes, reads and openings that fail, and writes that
 * wait until a test lets them go.
 *
 * As bad as the real one: after a failed write the same handle acknowledges further writes and
 * loses them.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { LevelBatch, LevelDatabase, LevelHandle, LevelRange } from "../level-database.ts";

function ioError(what: string): Error {
  const cause = Object.assign(new Error(`IO error: ${what}`), { code: "LEVEL_IO_ERROR" });
  return new Error("LevelDB failed", { cause });
}

export class FaultyLevelDatabase implements LevelDatabase {
  readonly path: string;
  readonly #database: LevelDatabase;
  #failWrites = 0;
  #failClears = 0;
  #failReads = 0;
  #failOpens = 0;
  #held: Promise<void> | undefined;
  #release: () => void = () => undefined;
  /** How often it was opened, failed attempts included. */
  opens = 0;
  /** Batches that LevelDB has. */
  writes = 0;
  /** Keys that were looked up by many at a time. */
  keysRead = 0;
  /** Ranges whose space was given back. */
  compactions = 0;
  /** How long a deletion takes at least. */
  clearMs = 0;
  /** When each deletion began and ended. */
  readonly clears: { readonly startedMs: number; readonly endedMs: number }[] = [];
  /** Batches that were acknowledged on a handle that had failed. */
  lostWrites = 0;

  constructor(database: LevelDatabase) {
    this.path = database.path;
    this.#database = database;
  }

  failWrites(times: number): void {
    this.#failWrites = times;
  }

  failClears(times: number): void {
    this.#failClears = times;
  }

  failReads(times: number): void {
    this.#failReads = times;
  }

  failOpens(times: number): void {
    this.#failOpens = times;
  }

  /** Writes begin, and end only after `release`. */
  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#held = undefined;
    this.#release();
  }

  async open(options: { readonly createIfMissing: boolean }): Promise<LevelHandle> {
    this.opens += 1;
    if (this.#failOpens > 0) {
      this.#failOpens -= 1;
      throw ioError("no space left on device");
    }
    return this.#faulty(await this.#database.open(options));
  }

  #faulty(handle: LevelHandle): LevelHandle {
    let failed = false;
    const faultyBatch = (batch: LevelBatch): LevelBatch => ({
      put: (key, value) => {
        batch.put(key, value);
      },
      del: (key) => {
        batch.del(key);
      },
      write: async () => {
        await this.#held;
        if (failed) {
          this.lostWrites += 1;
          return;
        }
        if (this.#failWrites > 0) {
          this.#failWrites -= 1;
          failed = true;
          throw ioError("write");
        }
        await batch.write();
        this.writes += 1;
      },
    });
    return {
      batch: () => faultyBatch(handle.batch()),
      clear: async (range: LevelRange) => {
        if (this.#failClears > 0) {
          this.#failClears -= 1;
          failed = true;
          throw ioError("clear");
        }
        const startedMs = performance.now();
        if (!failed) await handle.clear(range);
        await delay(this.clearMs);
        this.clears.push({ startedMs, endedMs: performance.now() });
      },
      getMany: async (keys) => {
        // What LevelDB says of itself is read by an opening, which has failures of its own.
        if (this.#failReads > 0 && keys[0]?.[0] !== 0xff) {
          this.#failReads -= 1;
          throw ioError("read");
        }
        this.keysRead += keys.length;
        return handle.getMany(keys);
      },
      get: (key) => handle.get(key),
      iterate: (range) => handle.iterate(range),
      snapshot: () => handle.snapshot(),
      compact: (range) => {
        this.compactions += 1;
        return handle.compact(range);
      },
      levelZeroFiles: () => handle.levelZeroFiles(),
      tables: () => handle.tables(),
      close: () => handle.close(),
    };
  }
}
