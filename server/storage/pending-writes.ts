/**
 * Writes that are in the journal and not committed: what a member of a cluster has beyond what it
 * may apply. What it says of a key is newer than overlay and LevelDB.
 *
 *     planned → committed → applied (into a layer of the overlay)
 *             → cut: as if it had never been
 *
 * Must stay true: the writes of a partition have consecutive indexes and are applied in their
 * order; nothing here is in LevelDB yet. The journal frame of each is at most `WRITE_FORWARD_BYTES`
 * behind the end, so that no partition that is stuck pins the journal.
 */
import { assert } from "../errors.ts";
import { type EncodedRecord, EncodedRecords } from "./encoded-records.ts";
import type { RecordEntry } from "./journal-entry.ts";
import { keyOfId } from "./key-ref.ts";
import { REMOVED, type StoredRecord } from "./layer.ts";

export interface PendingWrite {
  readonly entry: RecordEntry;
  /** `keyId` of its key. */
  readonly id: string;
  readonly stored: StoredRecord;
  /** What it replaces. */
  readonly before: StoredRecord | undefined;
  /** Bytes of journal there were before it. */
  journaledAt: number;
  isPending: boolean;
}

/** An entry as it is kept: its key and record are made of what is kept anyway, when asked for. */
class PendingEntry implements RecordEntry {
  readonly type = "record";
  readonly partition: number;
  readonly index: number;
  readonly epoch: number;
  readonly namespaceId: number;
  readonly generation: number;
  readonly previousGeneration: number;
  readonly previousBytes: number;
  readonly token: number;
  readonly #id: string;
  readonly #encoded: EncodedRecord | undefined;

  constructor(entry: RecordEntry, id: string, encoded: EncodedRecord | undefined) {
    this.partition = entry.partition;
    this.index = entry.index;
    this.epoch = entry.epoch;
    this.namespaceId = entry.namespaceId;
    this.generation = entry.generation;
    this.previousGeneration = entry.previousGeneration;
    this.previousBytes = entry.previousBytes;
    this.token = entry.token;
    this.#id = id;
    this.#encoded = encoded;
  }

  get key(): Buffer {
    return keyOfId(this.#id);
  }

  get record(): Buffer | undefined {
    return this.#encoded?.value;
  }
}

const HEAD_BYTES = 128;
/** Writes that are over and still stand in the order of their age, behind one that is not. */
const MOST_OVER = 1024;

export class PendingWrites {
  readonly #encoded = new EncodedRecords();
  readonly #byPartition = new Map<number, PendingWrite[]>();
  /** Of each key the writes that are pending, oldest first. */
  readonly #byKey = new Map<string, PendingWrite[]>();
  /** In the order in which they stand in the journal, from `#oldest` on; some are over. */
  #byAge: PendingWrite[] = [];
  #oldest = 0;
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(id: string): StoredRecord | undefined {
    return this.#byKey.get(id)?.at(-1)?.stored;
  }

  /** Undefined when nothing of the partition is pending. */
  lastIndexOf(partition: number): number | undefined {
    return this.#byPartition.get(partition)?.at(-1)?.entry.index;
  }

  of(partition: number): readonly PendingWrite[] {
    return this.#byPartition.get(partition) ?? [];
  }

  /** Those of its entries that stand behind this index. */
  after(partition: number, index: number): readonly RecordEntry[] {
    const writes = this.of(partition);
    const first = writes[0]?.entry.index ?? 0;
    return writes.slice(Math.max(0, index + 1 - first)).map(({ entry }) => entry);
  }

  partitions(): Iterable<number> {
    return this.#byPartition.keys();
  }

  /** Key and record of the entry are copied; `id` is that key's. */
  add(
    entry: RecordEntry,
    id: string,
    before: StoredRecord | undefined,
    journaledAt: number,
  ): PendingWrite {
    const { partition, index, generation } = entry;
    const writes = this.#byPartition.get(partition) ?? [];
    const last = writes.at(-1);
    assert(last === undefined || index === last.entry.index + 1, "a log has no hole");
    const value = entry.record && this.#encoded.add(generation, entry.record);
    const write: PendingWrite = {
      entry: new PendingEntry(entry, id, value),
      id,
      stored: value ?? REMOVED,
      before,
      journaledAt,
      isPending: true,
    };
    writes.push(write);
    this.#byAge.push(write);
    this.#byPartition.set(partition, writes);
    const ofKey = this.#byKey.get(id);
    if (ofKey === undefined) this.#byKey.set(id, [write]);
    else ofKey.push(write);
    this.#count += 1;
    this.#bytes += bytesOf(write);
    return write;
  }

  /** Takes out what is committed, in the order of the log. */
  takeUpTo(partition: number, index: number): readonly PendingWrite[] {
    const writes = this.#byPartition.get(partition) ?? [];
    const [first] = writes;
    if (first === undefined) return [];
    const taken = writes.splice(0, Math.max(0, index - first.entry.index + 1));
    for (const each of taken) this.#remove(each, "oldest");
    if (writes.length === 0) this.#byPartition.delete(partition);
    return taken;
  }

  /** Takes out what is void from this index on, the last first. */
  takeFrom(partition: number, index: number): readonly PendingWrite[] {
    const writes = this.#byPartition.get(partition) ?? [];
    const at = writes.findIndex((each) => each.entry.index >= index);
    if (at < 0) return [];
    const taken = writes.splice(at).reverse();
    for (const each of taken) this.#remove(each, "newest");
    if (writes.length === 0) this.#byPartition.delete(partition);
    return taken;
  }

  /** One that stands in the journal before this many bytes of it, if there is any. */
  journaledBefore(bytes: number): PendingWrite | undefined {
    if (this.#byAge.length > 2 * this.#count + MOST_OVER) {
      this.#byAge = this.#byAge.slice(this.#oldest).filter(({ isPending }) => isPending);
      this.#oldest = 0;
    }
    while (this.#byAge[this.#oldest]?.isPending === false) this.#oldest += 1;
    const oldest = this.#byAge[this.#oldest];
    return oldest !== undefined && oldest.journaledAt < bytes ? oldest : undefined;
  }

  /** The one that `journaledBefore` gave stands in the journal once more, at its end. */
  journaledAgain(write: PendingWrite, bytes: number): void {
    write.journaledAt = bytes;
    this.#oldest += 1;
    this.#byAge.push(write);
  }

  #remove(write: PendingWrite, end: "oldest" | "newest"): void {
    const ofKey = this.#byKey.get(write.id) ?? [];
    const removed = end === "oldest" ? ofKey.shift() : ofKey.pop();
    assert(removed === write, "writes of a key end in their order");
    if (ofKey.length === 0) this.#byKey.delete(write.id);
    write.isPending = false;
    this.#count -= 1;
    this.#bytes -= bytesOf(write);
  }
}

function bytesOf({ id, stored }: PendingWrite): number {
  return HEAD_BYTES + id.length + stored.bytes;
}
