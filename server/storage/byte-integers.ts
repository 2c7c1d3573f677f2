/** Integers of up to 53 bits in little-endian bytes: what JavaScript counts with exactly. */
import { assert } from "../errors.ts";

const TWO_TO_32 = 2 ** 32;
const TWO_TO_21 = 2 ** 21;
const TWO_TO_48 = 2 ** 48;

/** Writes an integer below 2^53 in eight bytes. */
export function writeUint53(into: Buffer, value: number, at: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, "an integer of 0 to 2^53 - 1");
  putUint32(into, value, at);
  putUint32(into, Math.floor(value / TWO_TO_32), at + 4);
}

/** Reads what writeUint53 wrote; undefined when the eight bytes hold 2^53 or more. */
export function readUint53(from: Buffer, at: number): number | undefined {
  const high = from.readUInt32LE(at + 4);
  return high < TWO_TO_21 ? high * TWO_TO_32 + from.readUInt32LE(at) : undefined;
}

export function writeUint48(into: Buffer, value: number, at: number): void {
  assert(Number.isInteger(value) && value >= 0 && value < TWO_TO_48, "an integer of 0 to 2^48 - 1");
  putUint32(into, value, at);
  putUint16(into, Math.floor(value / TWO_TO_32), at + 4);
}

export function readUint48(from: Buffer, at: number): number {
  return from.readUInt16LE(at + 4) * TWO_TO_32 + from.readUInt32LE(at);
}

export function writeUint32(into: Buffer, value: number, at: number): void {
  assert(value >>> 0 === value, "an integer of 0 to 2^32 - 1");
  putUint32(into, value, at);
}

export function writeUint16(into: Buffer, value: number, at: number): void {
  assert((value & 0xffff) === value, "an integer of 0 to 2^16 - 1");
  putUint16(into, value, at);
}

/** The low 32 bits. Byte by byte: Buffer's own methods check again what is checked already. */
function putUint32(into: Buffer, value: number, at: number): void {
  const low = value | 0;
  into[at] = low;
  into[at + 1] = low >>> 8;
  into[at + 2] = low >>> 16;
  into[at + 3] = low >>> 24;
}

function putUint16(into: Buffer, value: number, at: number): void {
  into[at] = value;
  into[at + 1] = value >>> 8;
}
