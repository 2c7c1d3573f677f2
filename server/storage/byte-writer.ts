/**
 * Builds a stored value in a scratch buffer that is used again and again.
 *
 * Integers are little-endian. A varint has 7 bits a byte, lowest first, the top bit says that more
 * follow; it holds what a JavaScript number holds exactly, 0 to 2^53 - 1.
 *
 * Must stay true: what `view` gives is overwritten by what is written next; it is used at once, or
 * copied.
 */
import { crc32 } from "node:zlib";
import { assert } from "../errors.ts";

const INITIAL_BYTES = 4096;
/** Views up to this length are made once: a Buffer costs more to make than such a value to copy. */
const KEPT_VIEW_BYTES = 1024;
/** What a varint, a length or a fixed integer takes at most. */
const INTEGER_BYTES = 8;
/** In characters; its length must fit one byte of a varint. */
const SHORT_TEXT = 64;
const TWO_TO_32 = 2 ** 32;
const TWO_TO_48 = 2 ** 48;

export class ByteWriter {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  /** By length, each from the beginning. */
  readonly #views: Buffer[] = [];
  #at = 0;

  /** Begins anew, or goes back to where only `length` bytes were written. */
  reset(length = 0): void {
    this.#at = length;
  }

  get length(): number {
    return this.#at;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = value;
  }

  uint32(value: number): void {
    this.#reserve(INTEGER_BYTES);
    this.#at = this.#buffer.writeUInt32LE(value, this.#at);
  }

  /** An instant in milliseconds since 1970, in 6 bytes: until the year 10889. */
  instant(atMs: number): void {
    assert(Number.isInteger(atMs) && atMs >= 0 && atMs < TWO_TO_48, "an instant in 6 bytes");
    this.#reserve(INTEGER_BYTES);
    const buffer = this.#buffer;
    const at = this.#at;
    const high = Math.floor(atMs / TWO_TO_32);
    const low = atMs >>> 0;
    buffer[at] = low;
    buffer[at + 1] = low >>> 8;
    buffer[at + 2] = low >>> 16;
    buffer[at + 3] = low >>> 24;
    buffer[at + 4] = high;
    buffer[at + 5] = high >>> 8;
    this.#at = at + 6;
  }

  varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, "an integer of 0 to 2^53 - 1");
    this.#reserve(INTEGER_BYTES);
    const buffer = this.#buffer;
    let at = this.#at;
    let rest = value;
    while (rest >= TWO_TO_32) {
      buffer[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.#at = at;
  }

  /** As they are, without their number. */
  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  /** A varint with their number, then the bytes. */
  sizedBytes(value: Uint8Array): void {
    this.varint(value.length);
    this.bytes(value);
  }

  /** A varint with the number of UTF-8 bytes, then these. */
  text(value: string): void {
    if (value.length < SHORT_TEXT && this.#shortAscii(value)) return;
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.#reserve(bytes);
    this.#at += this.#buffer.write(value, this.#at);
  }

  /** Two calls out of JavaScript cost more than a loop over a holder's name. */
  #shortAscii(value: string): boolean {
    this.#reserve(1 + value.length);
    const buffer = this.#buffer;
    const at = this.#at + 1;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return false;
      buffer[at + i] = code;
    }
    buffer[at - 1] = value.length;
    this.#at = at + value.length;
    return true;
  }

  /** CRC-32 of what has been written, going on from another one. */
  crc(previous = 0): number {
    return crc32(this.view(), previous);
  }

  /** What has been written, until the next write. */
  view(): Buffer {
    const length = this.#at;
    if (length > KEPT_VIEW_BYTES) return this.#buffer.subarray(0, length);
    return (this.#views[length] ??= this.#buffer.subarray(0, length));
  }

  /** What has been written. */
  copy(): Buffer {
    return Buffer.from(this.view());
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
    this.#views.length = 0;
  }
}
