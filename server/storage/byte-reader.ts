/**
 * Reads what a ByteWriter wrote. What does not fit is RECORDS_DAMAGED, never a guess.
 *
 * What it gives are copies: a view would keep the whole buffer in memory, which may be a block of
 * LevelDB or a journal frame.
 */
import { ClaimdError } from "../errors.ts";

const TWO_TO_32 = 2 ** 32;

export class ByteReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  /** Begins at `at`, up to `end`. */
  reset(bytes: Uint8Array, at: number, end: number): void {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  byte(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  uint32(): number {
    const at = this.#take(4);
    return readLow(this.#bytes, at);
  }

  instant(): number {
    return instantAt(this.#bytes, this.#take(6));
  }

  varint(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let value = 0;
    let scale = 1;
    // Numbers, not bits: beyond 2^31 JavaScript's bit operators are at their end.
    for (;;) {
      if (at >= this.#end) throw endsTooEarly();
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
    }
    if (value > Number.MAX_SAFE_INTEGER) throw new ClaimdError("RECORDS_DAMAGED", "number >= 2^53");
    this.#at = at;
    return value;
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    const copy = new Uint8Array(length);
    if (length > 32) copy.set(this.#bytes.subarray(at, at + length));
    else for (let i = 0; i < length; i++) copy[i] = this.#bytes[at + i] as number;
    return copy;
  }

  sizedBytes(): Uint8Array {
    return this.bytes(this.varint());
  }

  text(): string {
    const length = this.varint();
    const at = this.#take(length);
    return asBuffer(this.#bytes).toString("utf8", at, at + length);
  }

  hex(length: number): string {
    const at = this.#take(length);
    return asBuffer(this.#bytes).toString("hex", at, at + length);
  }

  /** Nothing may be left. Lets go of the bytes. */
  finish(): void {
    const left = this.#end - this.#at;
    this.#bytes = new Uint8Array(0);
    if (left !== 0) throw new ClaimdError("RECORDS_DAMAGED", `${left} bytes too many`);
  }

  #take(length: number): number {
    const at = this.#at;
    this.#at = at + length;
    if (this.#at > this.#end) throw endsTooEarly();
    return at;
  }
}

/** The 6 bytes of an instant, without a reader. */
export function instantAt(bytes: Uint8Array, at: number): number {
  const high = (bytes[at + 4] as number) | ((bytes[at + 5] as number) << 8);
  return high * TWO_TO_32 + readLow(bytes, at);
}

function readLow(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}

function asBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function endsTooEarly(): ClaimdError {
  return new ClaimdError("RECORDS_DAMAGED", "ends too early");
}
