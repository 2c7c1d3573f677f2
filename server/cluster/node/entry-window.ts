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

export class EntryWindow {
  readonly #maxBytes: number;
  readonly #entries = new Map<number, Entry[]>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isFull(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  partitions(): Iterable<number> {
    return this.#entries.keys();
  }

  append(partition: number, entry: Entry): void {
    const entries = this.#of(partition);
    const last = entries.at(-1);
    assert(last === undefined || entry.index === last.index + 1, "a window has no hole");
    entries.push(entry);
    this.#bytes += bytesOf(entry);
  }

  /** From one index to another, both included; undefined when some are not kept any more. */
  slice(partition: number, from: number, to: number): readonly Entry[] | undefined {
    if (from > to) return [];
    const entries = this.#of(partition);
    const [first] = entries;
    if (first === undefined || from < first.index || to > first.index + entries.length - 1) {
      return undefined;
    }
    return entries.slice(from - first.index, to - first.index + 1);
  }

  /** The entry and all behind it are gone. */
  cut(partition: number, index: number): void {
    const entries = this.#of(partition);
    const at = entries.findIndex((each) => each.index >= index);
    if (at >= 0) this.#drop(entries.splice(at));
  }

  clear(partition: number): void {
    this.#drop(this.#of(partition));
    this.#entries.delete(partition);
  }

  /** Lets go of the older half up to `commit`; gives the last index that went, 0 = none. */
  release(partition: number, commit: number): number {
    const entries = this.#of(partition);
    const committed = entries.filter(({ index }) => index <= commit).length;
    const gone = entries.splice(0, Math.ceil(committed / 2));
    this.#drop(gone);
    return gone.at(-1)?.index ?? 0;
  }

  #of(partition: number): Entry[] {
    let entries = this.#entries.get(partition);
    if (entries === undefined) {
      entries = [];
      this.#entries.set(partition, entries);
    }
    return entries;
  }

  #drop(entries: readonly Entry[]): void {
    for (const each of entries) this.#bytes -= bytesOf(each);
  }
}

function bytesOf({ payload: { key, record } }: Entry): number {
  return HEAD_BYTES + key.length + (record?.length ?? 0);
}
