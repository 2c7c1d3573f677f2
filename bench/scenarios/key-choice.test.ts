import { describe, expect, it } from "vitest";
import { seededRandom } from "../support/seeded-random.ts";
import {
  everyKeyInARow,
  everyKeyOnce,
  mostlyKnown,
  oneKey,
  someKeysTwice,
  suchKeys,
} from "./key-choice.ts";

describe("everyKeyOnce", () => {
  it("never repeats a key and leaves none out", () => {
    const choice = everyKeyOnce();
    expect([choice.next(), choice.next(), choice.next()]).toEqual([0, 1, 2]);
  });
});

describe("oneKey and everyKeyInARow", () => {
  it("repeat", () => {
    const one = oneKey();
    expect([one.next(), one.next()]).toEqual([0, 0]);
    const row = everyKeyInARow(3);
    expect(Array.from({ length: 7 }, () => row.next())).toEqual([0, 0, 0, 1, 1, 1, 2]);
  });
});

describe("suchKeys", () => {
  it("leaves out what does not fit", () => {
    const even = suchKeys(everyKeyOnce(), (key) => key % 2 === 0);
    expect([even.next(), even.next(), even.next()]).toEqual([0, 2, 4]);
    expect(even.oldest).toBe(4);
  });
});

describe("mostlyKnown", () => {
  it("brings a new key once in so many claims, and repeats none but the last 10,000", () => {
    const choice = mostlyKnown(50, seededRandom(1));
    let keys = 0;
    let oldest = 0;
    for (let n = 0; n < 1_000_000; n++) {
      const least = choice.oldest;
      const key = choice.next();
      expect(key >= least && key <= keys).toBe(true);
      if (key === keys) keys++;
      oldest = Math.max(oldest, keys - key);
    }
    expect(keys / 1_000_000).toBeCloseTo(1 / 50, 3);
    expect(oldest).toBe(10_000);
  });
});

describe.each([
  ["one claim in two", 4, 0.5],
  ["one claim in ten", 20, 0.1],
  ["one claim in a hundred", 200, 0.01],
])("someKeysTwice, %s", (_, twoOf, share) => {
  const choice = someKeysTwice(twoOf);
  const asked = Array.from({ length: 200_000 }, () => choice.next());

  it("repeats that share of the claims, and leaves no key out", () => {
    const keys = new Set(asked).size;
    expect(1 - keys / asked.length).toBeCloseTo(share, 3);
    expect(asked.reduce((most, key) => Math.max(most, key))).toBe(keys - 1);
  });

  it("asks for no key more than twice, the start aside", () => {
    const times = new Map<number, number>();
    for (const key of asked.slice(20_000)) times.set(key, (times.get(key) ?? 0) + 1);
    expect([...new Set(times.values())].sort()).toEqual([1, 2]);
  });

  it("repeats half of them at once and half 10,000 claims later", () => {
    const first = new Map<number, number>();
    const distances = new Map<number, number>();
    for (const [at, key] of asked.entries()) {
      const before = first.get(key);
      if (at < 40_000 || before === undefined) first.set(key, at);
      else distances.set(at - before, (distances.get(at - before) ?? 0) + 1);
    }
    expect([...distances.keys()].sort((a, b) => a - b)).toEqual([1, 10_001]);
    expect(distances.get(1)).toBe(distances.get(10_001));
  });
});

describe.each([
  ["everyKeyOnce", () => everyKeyOnce()],
  ["everyKeyOnce in batches", () => everyKeyOnce(10)],
  ["oneKey", oneKey],
  ["everyKeyInARow", () => everyKeyInARow(4)],
  ["someKeysTwice", () => someKeysTwice(20)],
  ["someKeysTwice, every other", () => someKeysTwice(4)],
] as const)("the oldest key of %s", (name, choose) => {
  it("is never above one that still comes, and follows those that grow", () => {
    const choice = choose();
    let oldest = 0;
    let older = 0;
    for (let asked = 0; asked < 50_000; asked++) {
      if (choice.next() < oldest) older++;
      oldest = choice.oldest;
    }
    expect(older).toBe(0);
    if (name !== "oneKey") expect(oldest).toBeGreaterThan(10_000);
  });
});
