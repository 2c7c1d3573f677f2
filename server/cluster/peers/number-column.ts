/**
 * A column of numbers on the wire: 8 bytes each, a little-endian double, whole, 0 to 2^53 - 1.
 *
 * Must stay true: a column leaves with exactly as many numbers as it was made for.
 */
import { assert } from "../../errors.ts";

export const NUMBER_BYTES = 8;

export class NumberColumn {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at = 0;

  constructor(count: number) {
    this.#bytes = Buffer.allocUnsafe(count * NUMBER_BYTES);
    this.#view = viewOf(this.#bytes);
  }

  add(value: number): void {
    this.#view.setFloat64(this.#at, value, true);
    this.#at += NUMBER_BYTES;
  }

  /** What was never written would be what stood in this memory before. */
  get bytes(): Buffer {
    assert(this.#at === this.#bytes.length, "a column has a number for each of its places");
    return this.#bytes;
  }
}

/** Most columns of most types. */
const NONE = new Float64Array(0);

/** A number at the end that is cut off is left out: whoever asks has looked at the length. */
export function numbersOf(bytes: Uint8Array): Float64Array {
  if (bytes.length === 0) return NONE;
  const view = viewOf(bytes);
  const numbers = new Float64Array(Math.floor(bytes.length / NUMBER_BYTES));
  for (let at = 0; at < numbers.length; at++) {
    numbers[at] = view.getFloat64(at * NUMBER_BYTES, true);
  }
  return numbers;
}

/** Undefined when all of them are whole and within the bounds; else the first that is not. */
export function outOfBounds(numbers: Float64Array, min: number, max: number): number | undefined {
  return numbers.find((value) => !(Number.isInteger(value) && value >= min && value <= max));
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
