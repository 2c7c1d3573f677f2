/**
 * The head of a journal segment, and its name. Integers are little-endian.
 *
 *     0   "claimd.j"                           8
 *     8   version                              u32
 *     12  salt of the CRCs of its frames       u32   random
 *     16  store id                             16
 *     32  first sequence                       u64   < 2^53, as in the name
 *     40  stamp of the last frame before it    u64   < 2^53, 0 = there was none
 *     48  zeros                                12
 *     60  crc of bytes 0 to 59                 u32
 *     64  frames (journal-frame.ts), then zeros to the end of the file
 *
 * The name is the first sequence in 20 digits, `00000000000000000001.journal`: names sort as
 * sequences do.
 *
 * Must stay true: the head is durable before the file takes its name. A segment with a head that
 * can't be read is therefore damaged, never the trace of a crash.
 */
import { crc32 } from "node:zlib";
import { assert } from "../errors.ts";
import { readUint53, writeUint53 } from "./byte-integers.ts";

export const SEGMENT_HEADER_BYTES = 64;
export const SEGMENT_VERSION = 3;
export const STORE_ID_BYTES = 16;

const MAGIC = Buffer.from("claimd.j");
const NAME = /^(\d{20})\.journal$/;

export interface SegmentHeader {
  readonly storeId: Uint8Array;
  readonly firstSequence: number;
  readonly lastStampMs: number;
  readonly salt: number;
}

export function segmentName(firstSequence: number): string {
  return `${String(firstSequence).padStart(20, "0")}.journal`;
}

/** The first sequence of a segment of this name; undefined when no segment is called so. */
export function segmentSequence(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  const sequence = digits === undefined ? 0 : Number(digits);
  return Number.isSafeInteger(sequence) && sequence >= 1 ? sequence : undefined;
}

export function writeSegmentHeader(header: SegmentHeader): Buffer {
  assert(header.storeId.length === STORE_ID_BYTES, "a store id has 16 bytes");
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  bytes.set(MAGIC, 0);
  bytes.writeUInt32LE(SEGMENT_VERSION, 8);
  bytes.writeUInt32LE(header.salt, 12);
  bytes.set(header.storeId, 16);
  writeUint53(bytes, header.firstSequence, 32);
  writeUint53(bytes, header.lastStampMs, 40);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  return bytes;
}

/** The head at the start of `from`, or in words why it can't be read. */
export function readSegmentHeader(from: Buffer): SegmentHeader | string {
  if (from.length < SEGMENT_HEADER_BYTES) return `the file has only ${from.length} bytes`;
  if (!from.subarray(0, 8).equals(MAGIC)) return "this is no journal segment";
  if (crc32(from.subarray(0, 60)) !== from.readUInt32LE(60)) return "the segment's head is damaged";
  const version = from.readUInt32LE(8);
  if (version !== SEGMENT_VERSION) {
    return `format version is ${version}, this claimd reads version ${SEGMENT_VERSION}`;
  }
  const firstSequence = readUint53(from, 32);
  const lastStampMs = readUint53(from, 40);
  if (firstSequence === undefined || lastStampMs === undefined) return "a number of 2^53 or more";
  const storeId = Uint8Array.from(from.subarray(16, 32));
  return { storeId, firstSequence, lastStampMs, salt: from.readUInt32LE(12) };
}
