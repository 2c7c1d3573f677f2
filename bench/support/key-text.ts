/**
 * Keys by number: 36 bytes in the shape of a UUID, as the keys of messages often are.
 *
 * Must stay true: two numbers below 2^32 never share a key, two runs neither. No key resembles its
 * neighbour: ascending keys would flatter every store that sorts, equal tails every one that packs.
 */
import { randomBytes } from "node:crypto";

export const KEY_BYTES = 36;

/** What makes the keys of one run different from all others. */
export type KeyRun = readonly [number, number, number];

export function newKeyRun(): KeyRun {
  const random = randomBytes(12);
  return [random.readInt32LE(0), random.readInt32LE(4), random.readInt32LE(8)];
}

const DIGITS = Buffer.from("0123456789abcdef", "latin1");
const DASH = 0x2d;
/** Where the digits stand: 8-4-4-4-12. */
const PLACES = Uint8Array.from(
  [...Array(KEY_BYTES).keys()].filter((place) => ![8, 13, 18, 23].includes(place)),
);
const text = Buffer.alloc(KEY_BYTES, DASH);

/**
 * Each word is a bijection of the one before: from the first different one on all are
 * different.
 */
export function keyText(run: KeyRun, number: number): string {
  const first = scramble(number);
  const second = scramble(first ^ run[0]);
  const third = scramble(second ^ run[1]);
  writeWord(first, 0);
  writeWord(second, 8);
  writeWord(third, 16);
  writeWord(scramble(third ^ run[2]), 24);
  return text.toString("latin1");
}

function writeWord(word: number, from: number): void {
  for (let digit = 0; digit < 8; digit++) {
    const place = PLACES[from + digit] ?? 0;
    text[place] = DIGITS[(word >>> (28 - 4 * digit)) & 15] ?? 0;
  }
}

/** The finalizer of MurmurHash3: a bijection of 32 bits. */
function scramble(number: number): number {
  let mixed = number | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
