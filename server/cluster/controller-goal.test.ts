import { describe, expect, it } from "vitest";
import {
  cancelled,
  handOverTarget,
  isGoalReached,
  isOutgrown,
  placeOf,
} from "./controller-goal.ts";
import { recordProblem } from "./partition-record-rules.ts";
import { partitionSample as sample } from "./test/partition-sample.ts";

const STORES = Array.from("abcdef");

/** Replicas, in sync (leader first), goal; what the leader does, and whom it drops. */
const TABLE: readonly (readonly [
  string,
  string,
  string | undefined,
  string | undefined,
  string,
])[] = [
  ["abc", "abc", undefined, undefined, ""],
  ["abc", "ab", undefined, undefined, ""],
  ["abc", "abc", "abc", undefined, ""],
  // Another leader.
  ["abc", "abc", "bac", "b", ""],
  ["abc", "ab", "bac", undefined, ""],
  ["abc", "ab", "ba", "b", ""],
  // A follower is replaced.
  ["abcD", "abc", "abd", undefined, ""],
  ["abcd", "abcd", "abd", undefined, "c"],
  ["abcd", "abd", "abd", undefined, ""],
  ["abcd", "abc", "abd", undefined, ""],
  // The leader is replaced.
  ["abcd", "abcd", "dbc", "d", ""],
  ["abcd", "dabc", "dbc", undefined, "a"],
  ["abcd", "abd", "dbc", undefined, ""],
  // Everything is replaced.
  ["abcdef", "abcdef", "def", "d", ""],
  ["abcdef", "dabcef", "def", undefined, "abc"],
  ["abcdef", "dabce", "def", undefined, ""],
  // Fewer than before.
  ["abc", "abc", "ab", undefined, "c"],
  ["abc", "abc", "b", "b", ""],
];

describe.each(TABLE)("A partition on %s, in sync %s, with the goal %s", (...row) => {
  const [replicas, inSync, goal, target, outgrown] = row;

  it(`is handed over to ${target ?? "nobody"} and drops ${outgrown || "nobody"}`, () => {
    const record = sample(replicas, inSync, goal);
    expect(handOverTarget(record)).toBe(target);
    const dropped = STORES.filter((store) => inSync.includes(store) && isOutgrown(record, store));
    expect(dropped.join("")).toBe(outgrown);
  });

  it("stays as it is when it is frozen", () => {
    const record = sample(replicas, inSync, goal, { frozen: true });
    expect(handOverTarget(record)).toBeUndefined();
    expect(STORES.some((store) => isOutgrown(record, store))).toBe(false);
  });
});

describe("isOutgrown", () => {
  it("keeps a leader from taking back who was dropped, until the goal falls short", () => {
    expect(isOutgrown(sample("abcd", "abd", "abd"), "c")).toBe(true);
    expect(isOutgrown(sample("abcd", "ab", "abd"), "c")).toBe(false);
  });
});

describe("placeOf", () => {
  it("is the goal, or the voters with the leader first", () => {
    expect(placeOf(sample("abc", "bac", undefined))).toEqual(["b", "a", "c"]);
    expect(placeOf(sample("abcD", "abc", "dab"))).toEqual(["d", "a", "b"]);
    expect(placeOf(sample("abCd!", "ab", undefined))).toEqual(["a", "b"]);
  });
});

describe("isGoalReached", () => {
  it("is when nobody else is there, all are in sync and the right one leads", () => {
    expect(isGoalReached(sample("abc", "abc", "acb"))).toBe(true);
    expect(isGoalReached(sample("abc", "abc", undefined))).toBe(false);
    expect(isGoalReached(sample("abc", "abc", "bac"))).toBe(false);
    expect(isGoalReached(sample("abc", "ab", "abc"))).toBe(false);
    expect(isGoalReached(sample("abcd!", "abc", "abc"))).toBe(false);
  });
});

describe("cancelled", () => {
  it("takes the goal away and nothing else", () => {
    const record = sample("abcD", "abc", "abd");
    const next = cancelled(record, "new");
    expect(next).toEqual({ ...record, goal: undefined, nonce: "new" });
    const problem = recordProblem(record, next, { type: "planner" }, { minInSync: 2 });
    expect(problem).toBeUndefined();
  });
});
