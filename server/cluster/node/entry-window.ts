/**
 * The newest entries of each partition's log, kept in memory for members that are a little behind.
 * Whoever is further behind gets a snapshot.
 *
 * Must stay true: what stands here of a partition has consecutive indexes and ends with its log.
 * Entries that are not committed are never let go of.
 */
import { assert } from "../../errors.ts";
import type { LogEntry } from "../core/messages.ts";
import type { LogRecord } from "../log-record.ts";

type Entry = LogEntry<LogRecord>;

const HEAD_BYTES = 160;

interface Kept {
  readonly entries: Entry[];
  /** Of each of them: it is not asked twice how long its key and record are. */
  readonly bytes: number[];
}

export class EntryWindow {
  readonly #maxBytes: number;
  readonly #kept = new Map<number, Kept>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isFull(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  partitions(): Iterable<number> {
    return this.#kept.keys();
  }

  append(partition: number, entry: Entry): void {
    const { entries, bytes } = this.#of(partition);
    const last = entries.at(-1);
    assert(last === undefined || entry.index === last.index + 1, "a window has no hole");
    const size = bytesOf(entry);
    entries.push(entry);
    bytes.push(size);
    this.#bytes += size;
  }

  /** From one index to another, both included; undefined when some are not kept any more. */
  slice(partition: number, from: number, to: number): readonly Entry[] | undefined {
    if (from > to) return [];
    const { entries } = this.#of(partition);
    const [first] = entries;
    if (first === undefined || from < first.index || to > first.index + entries.length - 1) {
      return undefined;
    }
    return entries.slice(from - first.index, to - first.index + 1);
  }

  /** The entry and all behind it are gone. */
  cut(partition: number, index: number): void {
    const kept = this.#of(partition);
    const first = kept.entries[0]?.index ?? index;
    this.#drop(kept, Math.max(0, index - first), kept.entries.length);
  }

  clear(partition: number): void {
    const kept = this.#of(partition);
    this.#drop(kept, 0, kept.entries.length);
    this.#kept.delete(partition);
  }

  /** Lets go of the older half up to `commit`; gives the last index that went, 0 = none. */
  release(partition: number, commit: number): number {
    const kept = this.#of(partition);
    const first = kept.entries[0]?.index ?? commit + 1;
    const committed = Math.min(kept.entries.length, Math.max(0, commit + 1 - first));
    const half = Math.ceil(committed / 2);
    this.#drop(kept, 0, half);
    return half === 0 ? 0 : first + half - 1;
  }

  #of(partition: number): Kept {
    let kept = this.#kept.get(partition);
    if (kept === undefined) {
      kept = { entries: [], bytes: [] };
      this.#kept.set(partition, kept);
    }
    return kept;
  }

  #drop({ entries, bytes }: Kept, from: number, to: number): void {
    entries.splice(from, to - from);
    for (const size of bytes.splice(from, to - from)) this.#bytes -= size;
  }
}

function bytesOf({ payload: { key, record } }: Entry): number {
  return HEAD_BYTES + key.length + (record?.length ?? 0);
}
