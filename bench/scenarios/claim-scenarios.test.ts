import { describe, expect, it } from "vitest";
import { CLAIM_SCENARIOS } from "./claim-scenarios.ts";

describe("unique", () => {
  it("never repeats a key and leaves none out", () => {
    const choice = CLAIM_SCENARIOS.unique.choose();
    expect([choice.next(), choice.next(), choice.next()]).toEqual([0, 1, 2]);
    expect(choice.keys).toBe(3);
  });
});

describe("duplicates", () => {
  const choice = CLAIM_SCENARIOS.duplicates.choose();
  const asked = Array.from({ length: 100_000 }, () => choice.next());

  it("repeats a key with every other claim", () => {
    expect(choice.keys).toBe(50_000);
    expect(new Set(asked).size).toBe(50_000);
    expect(Math.max(...asked)).toBe(49_999);
  });

  it("asks for no key more than twice, the start aside", () => {
    const times = new Map<number, number>();
    for (const key of asked) times.set(key, (times.get(key) ?? 0) + 1);
    const more = [...times].filter(([key, count]) => count > 2 && key > 5000);
    expect(more).toEqual([]);
  });

  it("repeats half of them at once and half 10,000 claims later", () => {
    const last = asked.slice(-40_000);
    const first = new Map<number, number>();
    const distances = new Map<number, number>();
    for (const [at, key] of last.entries()) {
      const before = first.get(key);
      if (before === undefined) first.set(key, at);
      else distances.set(at - before, (distances.get(at - before) ?? 0) + 1);
    }
    expect([...distances.keys()].sort((a, b) => a - b)).toEqual([1, 10_001]);
  });
});
