/**
 * Keys in LevelDB. Integers are big-endian, so that LevelDB's order is theirs.
 *
 *     record     generation (6) | namespace id (4) | partition (2) | key       first byte 1 to 30
 *     meta       0xff | what (1) | …
 *       1 applied mark                                  how far the journal is in LevelDB
 *       2 partition state     partition (2)
 *       3 namespace           namespace id (4)          policy-format.ts
 *       4 counts              generation (6) | namespace id (4)
 *       5 next namespace id                             ids are never used twice
 *       6 store id                                      whose records these are
 *       7 filter mark         generation (6)            filter-files.ts
 *
 * A generation is one range, so is a namespace in it, and a partition of that.
 *
 * Must stay true: no record's first byte is 0xff, and no meta key's anything else. The values of
 * the meta keys are in meta-format.ts.
 */
import { assert, ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import {
  type GenerationId,
  isGeneration,
  MAX_CLASS,
  MIN_CLASS,
  RUNS_OF_A_SLICE,
  runOf,
} from "./generation.ts";
import type { LevelRange } from "./level-database.ts";

const META = 0xff;
const APPLIED_MARK = 1;
const PARTITION_STATE = 2;
const NAMESPACE = 3;
const COUNTS = 4;
const NEXT_NAMESPACE_ID = 5;
const STORE_ID = 6;
const FILTER_MARK = 7;

export const RECORD_KEY_HEAD_BYTES = 12;
const GENERATION_BYTES = 6;

export interface RecordPlace {
  readonly generation: GenerationId;
  readonly namespaceId: number;
  readonly partition: number;
  /** A copy. */
  readonly key: Buffer;
}

const scratch = Buffer.allocUnsafeSlow(RECORD_KEY_HEAD_BYTES + LIMITS.keyBytes.max);
/** Of the scratch, by length: a Buffer costs more to make than a key to copy. */
const scratchViews: Buffer[] = [];

export function recordKey(
  generation: GenerationId,
  namespaceId: number,
  partition: number,
  key: Uint8Array,
): Buffer {
  return Buffer.from(recordKeyView(generation, namespaceId, partition, key));
}

/** The same, in bytes that the next call overwrites: for whoever copies them at once. */
export function recordKeyView(
  generation: GenerationId,
  namespaceId: number,
  partition: number,
  key: Uint8Array,
): Buffer {
  assert(isGeneration(generation), "a generation of a known class");
  writeGeneration(scratch, generation, 0);
  scratch.writeUInt32BE(namespaceId, 6);
  scratch.writeUInt16BE(partition, 10);
  scratch.set(key, RECORD_KEY_HEAD_BYTES);
  const length = RECORD_KEY_HEAD_BYTES + key.length;
  return (scratchViews[length] ??= scratch.subarray(0, length));
}

/** Where a record stands by its key in LevelDB. Throws RECORDS_DAMAGED. */
export function parseRecordKey(bytes: Uint8Array): RecordPlace {
  const from = view(bytes);
  const keyBytes = from.length - RECORD_KEY_HEAD_BYTES;
  const wrong = keyBytes < LIMITS.keyBytes.min || keyBytes > LIMITS.keyBytes.max;
  if (wrong || !isGeneration(readGeneration(from, 0))) throw damaged("record", from);
  return {
    generation: readGeneration(from, 0),
    namespaceId: from.readUInt32BE(6),
    partition: from.readUInt16BE(10),
    key: Buffer.from(from.subarray(RECORD_KEY_HEAD_BYTES)),
  };
}

export const ALL_RECORDS: LevelRange = {
  from: Buffer.of(MIN_CLASS),
  before: Buffer.of(MAX_CLASS + 1),
};

export function namespaceRange(generation: GenerationId, namespaceId: number): LevelRange {
  return startingWith(Buffer.concat([generationBytes(generation), uint32(namespaceId)]));
}

/** The keys of a namespace in one partition that begin with `prefix`, which may be empty. */
export function prefixRange(
  generation: GenerationId,
  namespaceId: number,
  partition: number,
  prefix: Uint8Array,
): LevelRange {
  return startingWith(recordKey(generation, namespaceId, partition, prefix));
}

export const APPLIED_MARK_KEY = Buffer.of(META, APPLIED_MARK);
export const NEXT_NAMESPACE_ID_KEY = Buffer.of(META, NEXT_NAMESPACE_ID);
export const STORE_ID_KEY = Buffer.of(META, STORE_ID);
export const ALL_PARTITION_STATES = startingWith(Buffer.of(META, PARTITION_STATE));
export const ALL_NAMESPACES = startingWith(Buffer.of(META, NAMESPACE));
export const ALL_COUNTS = startingWith(Buffer.of(META, COUNTS));
export const ALL_FILTER_MARKS = startingWith(Buffer.of(META, FILTER_MARK));

export function partitionStateKey(partition: number): Buffer {
  return Buffer.of(META, PARTITION_STATE, partition >>> 8, partition);
}

/** Throws RECORDS_DAMAGED, as do the others below. */
export function parsePartitionStateKey(bytes: Uint8Array): number {
  return metaKey(bytes, PARTITION_STATE, 4, "partition state").readUInt16BE(2);
}

export function namespaceKey(namespaceId: number): Buffer {
  return Buffer.concat([Buffer.of(META, NAMESPACE), uint32(namespaceId)]);
}

export function parseNamespaceKey(bytes: Uint8Array): number {
  return metaKey(bytes, NAMESPACE, 6, "namespace").readUInt32BE(2);
}

export function countsKey(generation: GenerationId, namespaceId: number): Buffer {
  const place = [generationBytes(generation), uint32(namespaceId)];
  return Buffer.concat([Buffer.of(META, COUNTS), ...place]);
}

export function parseCountsKey(bytes: Uint8Array): {
  readonly generation: GenerationId;
  readonly namespaceId: number;
} {
  const from = metaKey(bytes, COUNTS, 12, "counts");
  const generation = readGeneration(from, 2);
  if (!isGeneration(generation)) throw damaged("counts", from);
  return { generation, namespaceId: from.readUInt32BE(8) };
}

export function filterMarkKey(generation: GenerationId): Buffer {
  return Buffer.concat([Buffer.of(META, FILTER_MARK), generationBytes(generation)]);
}

export function parseFilterMarkKey(bytes: Uint8Array): GenerationId {
  const from = metaKey(bytes, FILTER_MARK, 8, "filter mark");
  const generation = readGeneration(from, 2);
  if (!isGeneration(generation)) throw damaged("filter mark", from);
  return generation;
}

/** Everything that begins with these bytes, of which at least one is not 0xff. */
function startingWith(from: Buffer): LevelRange {
  let end = from.length;
  while (from[end - 1] === 0xff) end -= 1;
  assert(end > 0, "a range has an end");
  const before = Buffer.from(from.subarray(0, end));
  before[end - 1] = (before[end - 1] as number) + 1;
  return { from, before };
}

function writeGeneration(into: Buffer, generation: GenerationId, at: number): void {
  const run = runOf(generation);
  into.writeUInt32BE((generation - run) / RUNS_OF_A_SLICE, at);
  into.writeUInt16BE(run, at + 4);
}

function readGeneration(from: Buffer, at: number): GenerationId {
  return from.readUInt32BE(at) * RUNS_OF_A_SLICE + from.readUInt16BE(at + 4);
}

function generationBytes(generation: GenerationId): Buffer {
  const bytes = Buffer.allocUnsafe(GENERATION_BYTES);
  writeGeneration(bytes, generation, 0);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function metaKey(bytes: Uint8Array, what: number, length: number, name: string): Buffer {
  const from = view(bytes);
  if (from.length !== length || from[0] !== META || from[1] !== what) throw damaged(name, from);
  return from;
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function damaged(name: string, bytes: Buffer): ClaimdError {
  const start = bytes.subarray(0, 16).toString("hex");
  return new ClaimdError("RECORDS_DAMAGED", `no ${name} key: ${bytes.length} bytes, 0x${start}…`);
}
