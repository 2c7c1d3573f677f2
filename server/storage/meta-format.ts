/**
 * The small values beside the records: all have the version (1), varints, and a CRC-32 of their key
 * and of all before it, little-endian.
 *
 *     applied mark         sequence
 *     partition state      index, epoch, token, stamp in ms, promised, join, erased join,
 *                          1 = what stands is void
 *     counts               records, bytes, sequence
 *     next namespace id    id
 *     store id             its 16 bytes as four numbers of 32 bits
 *     filter mark          format, keys it is for, keys, CRC-32 of its words
 *
 * Must stay true: a flipped bit never passes for another number. A token that falls would be given
 * twice; a mark that grows would hide a hole.
 */
import { crc32 } from "node:zlib";
import { assert, ClaimdError } from "../errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { PartitionState } from "./partition-states.ts";
import {
  APPLIED_MARK_KEY,
  countsKey,
  filterMarkKey,
  NEXT_NAMESPACE_ID_KEY,
  partitionStateKey,
  STORE_ID_KEY,
} from "./record-key.ts";
import { STORE_ID_BYTES } from "./segment-header.ts";

const VERSION = 1;
const CHECKSUM_BYTES = 4;

/** Of a namespace in a generation. */
export interface Counts {
  readonly records: number;
  /** Of keys and values. */
  readonly bytes: number;
  /** The frame up to which they are exact. */
  readonly sequence: number;
}

/** Of a filter that is kept in a file, all of it but its words. */
export interface FilterMark {
  readonly format: number;
  readonly capacity: number;
  readonly keys: number;
  readonly checksum: number;
}

const writer = new ByteWriter();
const reader = new ByteReader();

export function encodeAppliedMark(sequence: number): Buffer {
  return encode(APPLIED_MARK_KEY, [sequence]);
}

/** Throws RECORDS_DAMAGED, as do the others. */
export function decodeAppliedMark(value: Uint8Array): number {
  const [sequence] = decode("the applied mark", APPLIED_MARK_KEY, value, 1);
  return sequence as number;
}

export function encodePartitionState(partition: number, state: PartitionState): Buffer {
  const { index, epoch, token, stampMs, promised, join, erasedJoin, isVoid } = state;
  const numbers = [index, epoch, token, stampMs, promised, join, erasedJoin, isVoid ? 1 : 0];
  return encode(partitionStateKey(partition), numbers);
}

export function decodePartitionState(partition: number, value: Uint8Array): PartitionState {
  const name = `the state of partition ${partition}`;
  const numbers = decode(name, partitionStateKey(partition), value, 8);
  const [index, epoch, token, stampMs] = numbers as [number, number, number, number];
  const [promised, join, erasedJoin, isVoid] = numbers.slice(4) as [number, number, number, number];
  if (isVoid > 1) throw new ClaimdError("RECORDS_DAMAGED", `${name} is void or not, not ${isVoid}`);
  return { index, epoch, token, stampMs, promised, join, erasedJoin, isVoid: isVoid === 1 };
}

export function encodeCounts(generation: number, namespaceId: number, counts: Counts): Buffer {
  const { records, bytes, sequence } = counts;
  return encode(countsKey(generation, namespaceId), [records, bytes, sequence]);
}

export function decodeCounts(generation: number, namespaceId: number, value: Uint8Array): Counts {
  const name = `the counts of namespace ${namespaceId} in generation ${generation}`;
  const numbers = decode(name, countsKey(generation, namespaceId), value, 3);
  const [records, bytes, sequence] = numbers as [number, number, number];
  return { records, bytes, sequence };
}

export function encodeNextNamespaceId(id: number): Buffer {
  return encode(NEXT_NAMESPACE_ID_KEY, [id]);
}

export function decodeNextNamespaceId(value: Uint8Array): number {
  const [id] = decode("the next namespace id", NEXT_NAMESPACE_ID_KEY, value, 1);
  return id as number;
}

export function encodeStoreId(id: Uint8Array): Buffer {
  const bytes = Buffer.from(id);
  assert(bytes.length === STORE_ID_BYTES, "a store id has 16 bytes");
  return encode(
    STORE_ID_KEY,
    [0, 4, 8, 12].map((at) => bytes.readUInt32LE(at)),
  );
}

export function decodeStoreId(value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(STORE_ID_BYTES);
  decode("the store id", STORE_ID_KEY, value, 4).forEach((number, at) => {
    if (number > 0xffff_ffff) throw new ClaimdError("RECORDS_DAMAGED", "the store id is too large");
    bytes.writeUInt32LE(number, at * 4);
  });
  return bytes;
}

export function encodeFilterMark(generation: number, mark: FilterMark): Buffer {
  const { format, capacity, keys, checksum } = mark;
  return encode(filterMarkKey(generation), [format, capacity, keys, checksum]);
}

export function decodeFilterMark(generation: number, value: Uint8Array): FilterMark {
  const name = `the filter mark of generation ${generation}`;
  const numbers = decode(name, filterMarkKey(generation), value, 4);
  const [format, capacity, keys, checksum] = numbers as [number, number, number, number];
  return { format, capacity, keys, checksum };
}

function encode(key: Uint8Array, numbers: readonly number[]): Buffer {
  writer.reset();
  writer.byte(VERSION);
  for (const each of numbers) writer.varint(each);
  writer.uint32(writer.crc(crc32(key)));
  return writer.copy();
}

function decode(name: string, key: Uint8Array, value: Uint8Array, count: number): number[] {
  const end = value.length - CHECKSUM_BYTES;
  if (end < 1 + count) throw new ClaimdError("RECORDS_DAMAGED", `${name} ends too early`);
  reader.reset(value, end, value.length);
  if (reader.uint32() !== crc32(value.subarray(0, end), crc32(key))) {
    throw new ClaimdError("RECORDS_DAMAGED", `${name} fails its checksum`);
  }
  reader.reset(value, 0, end);
  const version = reader.byte();
  if (version !== VERSION) {
    throw new ClaimdError("RECORDS_DAMAGED", `${name} has version ${version}`);
  }
  const numbers = Array.from({ length: count }, () => reader.varint());
  reader.finish();
  return numbers;
}
