/** A run must fail with a store that grants a key twice, whatever its speed. */
import { setImmediate } from "node:timers/promises";
import { partitionOf } from "@claimd/proto";
import { describe, expect, it } from "vitest";
import { keyText } from "./key-text.ts";
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

describe("the keys of an order", () => {
  const asked: string[] = [];
  const all = (isFirst: boolean) => store((key) => asked.push(key) > 0 && isFirst);
  const run = [1, 2, 3] as const;

  it("are one that has had its winner: nobody may be granted it again", async () => {
    const hot = { ...order, scenario: "hot-key", known: run } as const;
    const measured = await measureClosed(generator(all(false)), hot);
    expect(new Set(asked.splice(0))).toEqual(new Set([keyText(run, 0)]));
    expect(measured.keysChecked).toBe(1);
    await expect(measureClosed(generator(all(true)), hot)).rejects.toThrow("key 0 has several");
    asked.length = 0;
  });

  it.each([true, false])("are those in a partition, or those elsewhere: %s", async (isIn) => {
    const partition = { namespace: "n", number: 7, isIn };
    const unique = { ...order, scenario: "unique", partition } as const;
    await measureClosed(generator(all(true)), unique);
    const found = asked.splice(0).map((key) => partitionOf("n", Buffer.from(key)) === 7);
    expect(new Set(found)).toEqual(new Set([isIn]));
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
