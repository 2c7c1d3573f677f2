/**
 * Keys by number: 36 bytes in the shape of a UUID, as message keys often are.
 *
 * Must stay true: two numbers below 2^32 never share a key, two runs neither. The number is scrambled
 * and stands in front: keys in ascending order would flatter any store that sorts.
 */
import { randomBytes } from "node:crypto";

export const KEY_BYTES = 36;

/** The tail that the keys of one run share: 28 bytes. */
export function newRun(): string {
  const hex = randomBytes(12).toString("hex");
  return `-${hex.slice(0, 4)}-${hex.slice(4, 8)}-${hex.slice(8, 12)}-${hex.slice(12)}`;
}

export function keyText(run: string, number: number): string {
  return scramble(number).toString(16).padStart(8, "0") + run;
}

/** The finalizer of MurmurHash3: a bijection of 32 bits. */
function scramble(number: number): number {
  let mixed = number | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
