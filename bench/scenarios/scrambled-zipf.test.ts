/** A skew that is not there would make the scenario measure something else under its name. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../support/seeded-random.ts";
import { hash64Modulo, scrambledZipf, THETA, ZETA_OF_ITEMS, zipfRank } from "./scrambled-zipf.ts";

describe("zipfRank", () => {
  const DRAWS = 300_000;

  it("gives each of the first ranks its share of 1 / r^0.99", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => {
        const random = seededRandom(seed);
        const times = new Map<number, number>();
        for (let draw = 0; draw < DRAWS; draw++) {
          const rank = zipfRank(random());
          if (rank < 64) times.set(rank, (times.get(rank) ?? 0) + 1);
        }
        const share = (from: number, below: number): number => {
          let sum = 0;
          for (let rank = from; rank < below; rank++) sum += times.get(rank) ?? 0;
          return sum / DRAWS;
        };
        const wanted = (from: number, below: number): number => {
          let sum = 0;
          for (let rank = from; rank < below; rank++) sum += (rank + 1) ** -THETA;
          return sum / ZETA_OF_ITEMS;
        };
        // The first two are exact; beyond them Gray's inversion is approximate, best in ranges.
        for (const [from, below, tolerance] of [
          [0, 1, 0.03],
          [1, 2, 0.05],
          [2, 8, 0.15],
          [8, 64, 0.06],
        ] as const) {
          expect(Math.abs(share(from, below) / wanted(from, below) - 1)).toBeLessThan(tolerance);
        }
      }),
      { numRuns: 5 },
    );
  });

  it("never rises in popularity with the rank, and stays among its items", () => {
    let before = -1;
    for (let share = 0; share < 1; share += 1 / 4096) {
      const rank = zipfRank(share);
      expect(rank).toBeGreaterThanOrEqual(before);
      expect(rank).toBeLessThan(1e10);
      before = rank;
    }
  });
});

describe("hash64Modulo", () => {
  /** The same by whole numbers of any size: FNV-1a of 64 bits, signed, without its sign. */
  function plain(item: number, bound: number): number {
    let hash = 0xcbf29ce484222325n;
    for (let byte = 0n; byte < 8n; byte++) {
      hash ^= (BigInt(item) >> (8n * byte)) & 0xffn;
      hash = BigInt.asUintN(64, hash * 1099511628211n);
    }
    const signed = BigInt.asIntN(64, hash);
    return Number((signed < 0n ? -signed : signed) % BigInt(bound));
  }

  it("is FNV-1a of 64 bits", () => {
    const item = fc.integer({ min: 0, max: 1e10 });
    const bound = fc.integer({ min: 1, max: 2 ** 21 });
    fc.assert(
      fc.property(item, bound, (each, keys) => {
        expect(hash64Modulo(each, keys)).toBe(plain(each, keys));
      }),
    );
  });
});

describe("scrambledZipf", () => {
  it("asks for few keys often, and they are not neighbours", () => {
    const choice = scrambledZipf(1_000_000, seededRandom(7));
    const times = new Map<number, number>();
    for (let draw = 0; draw < 100_000; draw++) {
      const key = choice.next();
      times.set(key, (times.get(key) ?? 0) + 1);
    }
    expect([...times.keys()].every((key) => key >= 0 && key < 1_000_000)).toBe(true);
    const popular = [...times].sort((a, b) => b[1] - a[1]).slice(0, 10);
    // The most popular item is 1 in 26.5; its key has some others besides.
    expect((popular[0]?.[1] ?? 0) / 100_000).toBeCloseTo(1 / ZETA_OF_ITEMS, 2);
    const places = popular.map(([key]) => key).sort((a, b) => a - b);
    for (const [at, place] of places.entries()) {
      expect(Math.abs(place - (places[at + 1] ?? Infinity))).toBeGreaterThan(100);
    }
  });
});
