/**
 * The entries of a journal frame: what a turn changed, as physical records, never as commands, so
 * that replay needs no clock and no policy. Integers are little-endian.
 *
 *     record     1 (1) | 0 (1) | partition (2) | epoch (4) | index (8) | token (8)
 *                | namespace id (4) | generation (6) | previous generation (6) | previous bytes (4)
 *                | record bytes (4) | key bytes (2) | key | record
 *     namespace  2 (1) | present (1) | id (4) | value bytes (4) | value
 *     marks      3 to 8, of a partition's log: see mark-entry.ts
 *
 * Never looks inside a record or a policy: their bytes come back as they went in. Never makes sense
 * of bytes that were not written by it: whatever does not fit is JOURNAL_DAMAGED, not a guess.
 *
 * Must stay true: a layout that was once released keeps its type number for ever; a new layout
 * takes a new number, and then SEGMENT_VERSION rises, so that an older claimd refuses the segment.
 */
import { assert, ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import {
  readUint48,
  readUint53,
  writeUint16,
  writeUint32,
  writeUint48,
  writeUint53,
} from "./byte-integers.ts";
import { markBytes, type PartitionMark, readMark, writeMark } from "./mark-entry.ts";

export interface RecordEntry {
  readonly type: "record";
  /** 0 to 65,535. */
  readonly partition: number;
  /**
   * Place in the partition's log, < 2^53. 0 = it stands in no log and counts at once: a record that
   * is installed as part of a state, or erased.
   */
  readonly index: number;
  /** < 2^32. */
  readonly epoch: number;
  readonly namespaceId: number;
  /** 1 to 512 bytes. */
  readonly key: Uint8Array;
  /** Where the record now stands, < 2^48; 0 if and only if it was removed. */
  readonly generation: number;
  /** Where an older copy stands, 0 = none. */
  readonly previousGeneration: number;
  /** Bytes of that older copy's value, for counting; 0 = none. */
  readonly previousBytes: number;
  /** The encoded record, undefined = removed. */
  readonly record: Uint8Array | undefined;
  /** Highest fencing token handed out in the partition so far, < 2^53. */
  readonly token: number;
}

export interface NamespaceEntry {
  readonly type: "namespace";
  readonly id: number;
  /** The encoded policy, undefined = deleted. */
  readonly value: Uint8Array | undefined;
}

export type JournalEntry = RecordEntry | NamespaceEntry | PartitionMark;

const RECORD = 1;
const NAMESPACE = 2;

const RECORD_HEAD_BYTES = 50;
const NAMESPACE_HEAD_BYTES = 10;

/** Bytes that `writeEntry` will write. */
export function entryBytes(entry: JournalEntry): number {
  switch (entry.type) {
    case "record":
      return RECORD_HEAD_BYTES + entry.key.length + (entry.record?.length ?? 0);
    case "namespace":
      return NAMESPACE_HEAD_BYTES + (entry.value?.length ?? 0);
    default:
      return markBytes(entry);
  }
}

/** Writes one entry at `at`, where there must be room for its `entryBytes`. */
export function writeEntry(into: Buffer, entry: JournalEntry, at: number): void {
  switch (entry.type) {
    case "record":
      writeRecord(into, entry, at);
      return;
    case "namespace":
      into[at] = NAMESPACE;
      into[at + 1] = entry.value === undefined ? 0 : 1;
      writeUint32(into, entry.id, at + 2);
      writeUint32(into, entry.value?.length ?? 0, at + 6);
      if (entry.value !== undefined) into.set(entry.value, at + NAMESPACE_HEAD_BYTES);
      return;
    default:
      writeMark(into, entry, at);
  }
}

function writeRecord(into: Buffer, entry: RecordEntry, at: number): void {
  const { key, record } = entry;
  assert(key.length >= LIMITS.keyBytes.min && key.length <= LIMITS.keyBytes.max, "key size");
  assert((record === undefined) === (entry.generation === 0), "only a removed record has none");
  into[at] = RECORD;
  into[at + 1] = 0;
  writeUint16(into, entry.partition, at + 2);
  writeUint32(into, entry.epoch, at + 4);
  writeUint53(into, entry.index, at + 8);
  writeUint53(into, entry.token, at + 16);
  writeUint32(into, entry.namespaceId, at + 24);
  writeUint48(into, entry.generation, at + 28);
  writeUint48(into, entry.previousGeneration, at + 34);
  writeUint32(into, entry.previousBytes, at + 40);
  writeUint32(into, record?.length ?? 0, at + 44);
  writeUint16(into, key.length, at + 48);
  into.set(key, at + RECORD_HEAD_BYTES);
  if (record !== undefined) into.set(record, at + RECORD_HEAD_BYTES + key.length);
}

/**
 * The `count` entries at the start of `payload`, and where they end.
 *
 * Keys, records and values are views of `payload`. Throws JOURNAL_DAMAGED, naming entry and byte.
 */
export function readEntries(
  payload: Buffer,
  count: number,
): { readonly entries: JournalEntry[]; readonly end: number } {
  const entries: JournalEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const entry = readEntry(payload, at);
    if (entry === undefined) {
      throw new ClaimdError("JOURNAL_DAMAGED", `entry ${i + 1} of ${count} at byte ${at}`);
    }
    entries.push(entry);
    at += entryBytes(entry);
  }
  return { entries, end: at };
}

function readEntry(from: Buffer, at: number): JournalEntry | undefined {
  const room = from.length - at;
  switch (from[at]) {
    case RECORD:
      return room < RECORD_HEAD_BYTES ? undefined : readRecord(from, at);
    case NAMESPACE:
      return room < NAMESPACE_HEAD_BYTES ? undefined : readNamespace(from, at);
    default:
      return readMark(from, at);
  }
}

function readRecord(from: Buffer, at: number): RecordEntry | undefined {
  const index = readUint53(from, at + 8);
  const token = readUint53(from, at + 16);
  const generation = readUint48(from, at + 28);
  const recordBytes = from.readUInt32LE(at + 44);
  const keyBytes = from.readUInt16LE(at + 48);
  const recordAt = at + RECORD_HEAD_BYTES + keyBytes;
  const end = recordAt + recordBytes;
  if (index === undefined || token === undefined || from[at + 1] !== 0) return undefined;
  if (keyBytes < LIMITS.keyBytes.min || keyBytes > LIMITS.keyBytes.max) return undefined;
  if (end > from.length || (generation === 0 && recordBytes !== 0)) return undefined;
  return {
    type: "record",
    partition: from.readUInt16LE(at + 2),
    index,
    epoch: from.readUInt32LE(at + 4),
    namespaceId: from.readUInt32LE(at + 24),
    key: from.subarray(at + RECORD_HEAD_BYTES, recordAt),
    generation,
    previousGeneration: readUint48(from, at + 34),
    previousBytes: from.readUInt32LE(at + 40),
    record: generation === 0 ? undefined : from.subarray(recordAt, end),
    token,
  };
}

function readNamespace(from: Buffer, at: number): NamespaceEntry | undefined {
  const present = from[at + 1] ?? 0;
  const valueAt = at + NAMESPACE_HEAD_BYTES;
  const end = valueAt + from.readUInt32LE(at + 6);
  if (present > 1 || end > from.length || (present === 0 && end > valueAt)) return undefined;
  const value = present === 1 ? from.subarray(valueAt, end) : undefined;
  return { type: "namespace", id: from.readUInt32LE(at + 2), value };
}
