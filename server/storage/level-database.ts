/**
 * What the records ask of LevelDB, and nothing more; and that asked of classic-level.
 *
 * Every batch is written with a sync. A handle whose write failed is not to be trusted again: later
 * writes on it may be acknowledged and gone (see applier.ts). The twin that fails on demand is
 * test/faulty-level-database.ts.
 *
 * Must stay true: reads see the database as it is when they are called, not when they finish;
 * LevelDB checks no checksum of its own on them, so every value carries one (record-format.ts).
 */
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { syncDirectory } from "./log-file-on-disk.ts";

/** All keys from `from` on that sort before `before`. */
export interface LevelRange {
  readonly from: Uint8Array;
  readonly before: Uint8Array;
}

/** Writes that become visible and durable together. Used once. */
export interface LevelBatch {
  /** Key and value are copied before it returns. */
  put(key: Uint8Array, value: Uint8Array): void;
  del(key: Uint8Array): void;
  write(): Promise<void>;
}

export interface LevelIterator {
  /** The next entries, at most `limit`; none at the end. */
  next(limit: number): Promise<[key: Buffer, value: Buffer][]>;
  close(): Promise<void>;
}

export interface LevelReads {
  get(key: Uint8Array): Promise<Buffer | undefined>;
  iterate(range: LevelRange): LevelIterator;
}

/** The database as it was at one moment. Pins old versions while it is open: keep it short. */
export interface LevelSnapshot extends LevelReads {
  close(): Promise<void>;
}

export interface LevelHandle extends LevelReads {
  getMany(keys: Uint8Array[]): Promise<(Buffer | undefined)[]>;
  snapshot(): LevelSnapshot;
  batch(): LevelBatch;
  /** Deletes what is in the range, bit by bit and unsynced. Holds a pool thread meanwhile. */
  clear(range: LevelRange): Promise<void>;
  /** Gives back the space of what was deleted. Holds a pool thread meanwhile. */
  compact(range: LevelRange): Promise<void>;
  /** Table files that every look-up has to ask; LevelDB slows writes at 8 and stops them at 12. */
  levelZeroFiles(): number;
  /**
   * The table files that the database is made of, as their names in its directory. They are whole
   * and never change, but may go. Others there are being written, or of no use any more.
   */
  tables(): string[];
  close(): Promise<void>;
}

export interface LevelDatabase {
  /** For messages. */
  readonly path: string;
  /** Rejects when it is missing, unless it may be made; when it is damaged or open elsewhere. */
  open(options: { readonly createIfMissing: boolean }): Promise<LevelHandle>;
}

export interface LevelSizes {
  readonly writeBufferBytes: number;
  readonly cacheBytes: number;
}

/**
 * So few keys are read without a thread hop, mostly false positives of a filter, which LevelDB's
 * own filters turn away: 2 to 8 µs each on 5 million keys against some 50 µs for the hop.
 */
const KEYS_READ_AT_ONCE = 4;
/**
 * As much as a scan takes at once: an iterator's default of 16 KiB is a thread hop per 200 keys.
 */
const ITERATOR_BYTES = 256 * 1024;
/** Fewer, larger table files: with the default of 2 MiB, 10 million keys are 600 of them. */
const TABLE_BYTES = 8 * 1024 * 1024;
const OPEN_FILES = 500;

type Level = ClassicLevel<Uint8Array, Uint8Array>;
type Snapshot = ReturnType<Level["snapshot"]>;

export function levelDatabase(path: string, sizes: LevelSizes): LevelDatabase {
  return {
    path,
    async open({ createIfMissing }) {
      const level: Level = new ClassicLevel(path, {
        keyEncoding: "buffer",
        valueEncoding: "buffer",
      });
      await level.open({
        createIfMissing,
        writeBufferSize: sizes.writeBufferBytes,
        cacheSize: sizes.cacheBytes,
        maxFileSize: TABLE_BYTES,
        maxOpenFiles: OPEN_FILES,
      });
      try {
        await syncOpened(path);
      } catch (error) {
        await level.close();
        throw error;
      }
      return new ClassicHandle(level);
    },
  };
}

/**
 * LevelDB leaves the first MANIFEST and the renaming of CURRENT unsynced when it opens: after a
 * power cut CURRENT could name a file that is not there. Nothing is written before both are
 * durable.
 */
async function syncOpened(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (!/^(CURRENT|MANIFEST-.+)$/.test(name)) continue;
    const file = await open(join(path, name), "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
  await syncDirectory(path);
}

function iterate(level: Level, range: LevelRange, snapshot?: Snapshot): LevelIterator {
  const iterator = level.iterator({
    gte: range.from,
    lt: range.before,
    fillCache: false,
    highWaterMarkBytes: ITERATOR_BYTES,
    ...(snapshot === undefined ? {} : { snapshot }),
  });
  return {
    next: (limit) => iterator.nextv(limit) as Promise<[Buffer, Buffer][]>,
    close: () => iterator.close(),
  };
}

class ClassicHandle implements LevelHandle {
  readonly #level: Level;

  constructor(level: Level) {
    this.#level = level;
  }

  get(key: Uint8Array): Promise<Buffer | undefined> {
    return this.#level.get(key) as Promise<Buffer | undefined>;
  }

  async getMany(keys: Uint8Array[]): Promise<(Buffer | undefined)[]> {
    const level = this.#level;
    if (keys.length > KEYS_READ_AT_ONCE) return (await level.getMany(keys)) as Buffer[];
    return keys.map((key) => level.getSync(key) as Buffer | undefined);
  }

  iterate(range: LevelRange): LevelIterator {
    return iterate(this.#level, range);
  }

  snapshot(): LevelSnapshot {
    const level = this.#level;
    const snapshot = level.snapshot();
    return {
      async get(key) {
        const [value] = await level.getMany([key], { snapshot, fillCache: false });
        return value as Buffer | undefined;
      },
      iterate: (range) => iterate(level, range, snapshot),
      close: () => snapshot.close(),
    };
  }

  batch(): LevelBatch {
    const batch = this.#level.batch();
    return {
      put: (key, value) => void batch.put(key, value),
      del: (key) => void batch.del(key),
      write: () => batch.write({ sync: true }),
    };
  }

  clear(range: LevelRange): Promise<void> {
    return this.#level.clear({ gte: range.from, lt: range.before });
  }

  compact(range: LevelRange): Promise<void> {
    return this.#level.compactRange(range.from, range.before);
  }

  levelZeroFiles(): number {
    return Number(this.#level.getProperty("leveldb.num-files-at-level0"));
  }

  tables(): string[] {
    // A line each: its number, its size, its first key and its last one.
    const lines = this.#level.getProperty("leveldb.sstables").matchAll(/^ (\d+):\d+\['/gm);
    return [...lines].map(([, number = ""]) => `${number.padStart(6, "0")}.ldb`);
  }

  close(): Promise<void> {
    return this.#level.close();
  }
}
