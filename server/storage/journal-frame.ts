/**
 * A frame of the journal: all entries of one turn, durable together or not at all.
 * Integers are little-endian; frames begin at multiples of 8 bytes.
 *
 *     0   crc of bytes 4 to 31        u32
 *     4   payload bytes               u32   a multiple of 8
 *     8   sequence                    u64   < 2^53, one more than the frame before
 *     16  crc of the payload          u32
 *     20  number of entries           u32
 *     24  stamp in ms                 u64   < 2^53, the node's clock
 *     32  payload: the entries, then zeros up to a multiple of 8
 *
 * Both CRC-32 start from the segment's random salt, which no caller ever learns: bytes of a key or
 * a result can't be made to look like a frame, and stale bytes of another file never match.
 *
 * Must stay true: a header that checks is taken at its word, wherever it is found. So nothing but
 * the journal may write one, and a builder is not touched while its frame is on its way to disk.
 */
import { crc32 } from "node:zlib";
import { assert, ClaimdError } from "../errors.ts";
import {
  entryBytes,
  type JournalEntry,
  type NamespaceEntry,
  readEntries,
  type RecordEntry,
  writeEntry,
} from "./journal-entry.ts";
import { readUint53, writeUint53 } from "./byte-integers.ts";
import type { PartitionMark } from "./mark-entry.ts";

export const FRAME_ALIGNMENT_BYTES = 8;
export const FRAME_HEADER_BYTES = 32;

/** What a new builder holds, and what it shrinks back to after an unusually large frame. */
const INITIAL_BYTES = 64 * 1024;
const LARGE_BYTES = 1024 * 1024;

export interface JournalFrame {
  readonly sequence: number;
  readonly stampMs: number;
  readonly entries: readonly JournalEntry[];
  /** Size on disk, header included. */
  readonly bytes: number;
}

export interface FrameHeader {
  readonly sequence: number;
  readonly stampMs: number;
  readonly entries: number;
  readonly payloadCrc: number;
  /** Size on disk, header included. */
  readonly bytes: number;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / FRAME_ALIGNMENT_BYTES) * FRAME_ALIGNMENT_BYTES;
}

/** Collects the entries of a turn behind room for the header; used again turn after turn. */
export class FrameBuilder {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #end = FRAME_HEADER_BYTES;
  #entries = 0;
  #stampMs = 0;
  #sealed = false;

  get entries(): number {
    return this.#entries;
  }

  /** Size on disk as of now, header included. */
  get bytes(): number {
    return aligned(this.#end);
  }

  get stampMs(): number {
    return this.#stampMs;
  }

  /** Begins an empty frame. Not while the last one is being written. */
  reset(stampMs: number): void {
    assert(!this.#sealed, "a frame builder is not reset while its frame is being written");
    if (this.#buffer.length > LARGE_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.#end = FRAME_HEADER_BYTES;
    this.#entries = 0;
    this.#stampMs = stampMs;
  }

  addRecord(entry: RecordEntry): void {
    this.#add(entry);
  }

  addNamespace(entry: NamespaceEntry): void {
    this.#add(entry);
  }

  addMark(mark: PartitionMark): void {
    this.#add(mark);
  }

  #add(entry: JournalEntry): void {
    assert(!this.#sealed, "nothing is added to a frame that is being written");
    const end = this.#end + entryBytes(entry);
    // Room for the padding as well, so that sealing never has to grow.
    if (end + FRAME_ALIGNMENT_BYTES > this.#buffer.length) this.#grow(end);
    writeEntry(this.#buffer, entry, this.#end);
    this.#end = end;
    this.#entries += 1;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(aligned(Math.max(needed + 64, this.#buffer.length * 2)));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }

  /** For the journal alone: the frame's bytes, valid and not to be touched until `unseal`. */
  seal(sequence: number, salt: number): Buffer {
    assert(!this.#sealed, "a frame is written once");
    this.#sealed = true;
    const buffer = this.#buffer;
    const bytes = aligned(this.#end);
    buffer.fill(0, this.#end, bytes);
    buffer.writeUInt32LE(bytes - FRAME_HEADER_BYTES, 4);
    writeUint53(buffer, sequence, 8);
    buffer.writeUInt32LE(crc32(buffer.subarray(FRAME_HEADER_BYTES, bytes), salt), 16);
    buffer.writeUInt32LE(this.#entries, 20);
    writeUint53(buffer, this.#stampMs, 24);
    buffer.writeUInt32LE(crc32(buffer.subarray(4, FRAME_HEADER_BYTES), salt), 0);
    return buffer.subarray(0, bytes);
  }

  /** For the journal alone: the write has ended, well or not. */
  unseal(): void {
    this.#sealed = false;
  }
}

/** The frame header at `at`, or undefined when these bytes are none of this segment. */
export function readFrameHeader(from: Buffer, at: number, salt: number): FrameHeader | undefined {
  if (at + FRAME_HEADER_BYTES > from.length) return undefined;
  const payloadBytes = from.readUInt32LE(at + 4);
  const sequence = readUint53(from, at + 8);
  const stampMs = readUint53(from, at + 24);
  if (sequence === undefined || stampMs === undefined) return undefined;
  if (payloadBytes % FRAME_ALIGNMENT_BYTES !== 0) return undefined;
  const crc = crc32(from.subarray(at + 4, at + FRAME_HEADER_BYTES), salt);
  if (crc !== from.readUInt32LE(at)) return undefined;
  return {
    sequence,
    stampMs,
    entries: from.readUInt32LE(at + 20),
    payloadCrc: from.readUInt32LE(at + 16),
    bytes: FRAME_HEADER_BYTES + payloadBytes,
  };
}

/** True when the whole frame is there, every byte as it was written. */
export function frameIsWhole(from: Buffer, at: number, header: FrameHeader, salt: number): boolean {
  const end = at + header.bytes;
  if (end > from.length) return false;
  return crc32(from.subarray(at + FRAME_HEADER_BYTES, end), salt) === header.payloadCrc;
}

/** The entries of a whole frame, as views of `from`. Throws JOURNAL_DAMAGED. */
export function readFrame(from: Buffer, at: number, header: FrameHeader): JournalFrame {
  const payload = from.subarray(at + FRAME_HEADER_BYTES, at + header.bytes);
  const { entries, end } = readEntries(payload, header.entries);
  if (aligned(end) !== payload.length) {
    throw new ClaimdError("JOURNAL_DAMAGED", `${payload.length - end} bytes behind the last entry`);
  }
  return { sequence: header.sequence, stampMs: header.stampMs, entries, bytes: header.bytes };
}
