/** A run must fail with a store that grants a key twice, whatever its speed. */
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { measureClosed, type Generator } from "./measuring.ts";
import type { Target } from "./target.ts";
import { workOf } from "./work.ts";
import { Winners } from "./winners.ts";

const store = (isFirst: (key: string) => boolean): Target => ({
  // In its own turn of the event loop, as an answer from outside comes.
  claim: (key) => setImmediate(isFirst(key)),
  close: () => Promise.resolve(),
});
const generator = (target: Target): Generator => ({
  target,
  serverPids: [],
  random: () => 0.5,
  pacer: () => Promise.reject(new Error("closed loops have no pacer")),
  onSecond: () => undefined,
});
const order = {
  type: "measure",
  scenario: "duplicates-50",
  callers: 4,
  restMs: 0,
  warmUpMs: 0,
  measureMs: 50,
} as const;

describe("a load", () => {
  it("measures a store that grants each key once", async () => {
    const known = new Set<string>();
    const once = store((key) => !known.has(key) && known.add(key).size > 0);
    const measured = await measureClosed(generator(once), order);
    expect(measured.keysChecked).toBe(known.size);
    expect(measured.claims).toBeGreaterThan(known.size);
  });

  it("fails with a store that has two winners for one key", async () => {
    const known = new Set<string>();
    let doubles = 0;
    const twice = store((key) => {
      const isFirst = !known.has(key);
      known.add(key);
      return isFirst || ++doubles === 10;
    });
    await expect(measureClosed(generator(twice), order)).rejects.toThrow(
      /the store is wrong: of \d+ keys 0 have no winner and 1 more than one; key \d+ has several/,
    );
  });

  it("fails with a store that grants a key to nobody", async () => {
    await expect(measureClosed(generator(store(() => false)), order)).rejects.toThrow(
      /the store is wrong: of (\d+) keys \1 have no winner/,
    );
  });
});

describe("workOf", () => {
  it("knows how to ask a peer for a claim and for nothing else", () => {
    const parts = {
      choice: { next: () => 0 },
      target: store(() => true),
      run: [1, 2, 3],
      winners: new Winners(),
    } as const;
    expect(workOf({ ...parts, scenario: { ask: "claim", claimsPerAsk: 1 } }).next()).toBe(0);
    expect(() => workOf({ ...parts, scenario: { ask: "settle", claimsPerAsk: 1 } })).toThrow(
      'only claimd knows what "settle" means',
    );
  });
});
