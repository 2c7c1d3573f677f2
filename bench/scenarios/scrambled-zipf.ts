/**
 * Keys by popularity, as YCSB's ScrambledZipfianGenerator gives them: the r-th most popular of
 * 10^10 items is asked for in proportion to 1 / r^0.99, and its place among the keys is a hash, so
 * that popular keys are not neighbours and each key stands for many items.
 *
 * The rank is drawn by inversion as in Gray et al., "Quickly Generating Billion-Record Synthetic
 * Databases" (SIGMOD 1994): exact for the first two ranks, approximate beyond. Constants and hash
 * are those of YCSB (github.com/brianfrankcooper/YCSB, core/src/main/java/site/ycsb/generator/
 * ScrambledZipfianGenerator.java, ZipfianGenerator.java, and fnvhash64 of ../Utils.java). Its
 * zeta is that of 10^10 items, so 10^10 it is, where its current source writes 10^16.
 */
import type { KeyChoice } from "./key-choice.ts";

export const THETA = 0.99;
const ITEMS = 1e10;
/** The sum of 1 / r^0.99 over all items. */
export const ZETA_OF_ITEMS = 26.46902820178302;

const SECOND = 0.5 ** THETA;
const EXPONENT = 1 / (1 - THETA);
const ETA = (1 - (2 / ITEMS) ** (1 - THETA)) / (1 - (1 + SECOND) / ZETA_OF_ITEMS);

/** `random` gives numbers from 0 to below 1; so many keys share the items. */
export function scrambledZipf(keys: number, random: () => number): KeyChoice {
  return { next: () => hash64Modulo(zipfRank(random()), keys), oldest: 0 };
}

/** From 0, the most popular. */
export function zipfRank(share: number): number {
  const sum = share * ZETA_OF_ITEMS;
  if (sum < 1) return 0;
  if (sum < 1 + SECOND) return 1;
  return Math.floor(ITEMS * (ETA * share - ETA + 1) ** EXPONENT);
}

const WORD = 2 ** 32;
const BASIS_HIGH = 0xcbf29ce4;
const BASIS_LOW = 0x84222325;
/** The FNV prime is 2^40 + this. */
const PRIME_LOW = 0x1b3;

/**
 * FNV-1a over the eight bytes of the item, lowest first, taken as a signed number without its sign,
 * modulo `bound`. In two words: BigInt would cost more than the claim it chooses.
 */
export function hash64Modulo(item: number, bound: number): number {
  let high = BASIS_HIGH;
  let low = BASIS_LOW;
  let rest = item;
  for (let byte = 0; byte < 8; byte++) {
    low = (low ^ (rest % 256)) >>> 0;
    rest = Math.floor(rest / 256);
    const product = low * PRIME_LOW;
    const carry = Math.floor(product / WORD);
    // Times 2^40 moves the low word's lower 24 bits into the high word.
    high = (Math.imul(high, PRIME_LOW) + carry + (low << 8)) >>> 0;
    low = product % WORD;
  }
  if (high >= 2 ** 31) {
    high = (~high + (low === 0 ? 1 : 0)) >>> 0;
    low = -low >>> 0;
  }
  return ((high % bound) * WORD + low) % bound;
}
