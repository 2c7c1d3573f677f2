/**
 * Randomness that can be had again: the seed of a run stands in its tests' names, and
 * CLAIMD_TEST_SEED takes it back.
 */
import { randomBytes } from "node:crypto";

export interface Random {
  /** 0 ≤ x < 1 */
  next(): number;
  /** An integer, 0 ≤ x < below. */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  bytes(length: number): Buffer;
}

export function testSeed(): number {
  const given = process.env["CLAIMD_TEST_SEED"];
  return given === undefined ? randomBytes(4).readUInt32LE() : Number(given);
}

/** How many rounds a long test does: few in the test command, many when asked for. */
export function rounds(variable: string, usually: number): number {
  const given = process.env[variable];
  return given === undefined ? usually : Number(given);
}

/** mulberry32: small, fast, good enough to choose test cases. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: <T>(from: readonly T[]): T => {
      const found = from[below(from.length)];
      if (found === undefined) throw new Error("pick from nothing");
      return found;
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}
