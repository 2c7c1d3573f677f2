import { describe, expect, it } from "vitest";
import { moveStep, wantedLearner } from "./controller-moves.ts";
import type { PartitionRecord } from "./partition-record.ts";
import { recordProblem } from "./partition-record-rules.ts";
import { MAX_REPLICAS } from "./partition-record-shape.ts";
import { partitionSample as sample } from "./test/partition-sample.ts";

/** As `sample` takes them. */
function shown({ replicas }: PartitionRecord): string {
  return replicas
    .map(({ store, role }) => {
      if (role === "LEAVING") return `${store}!`;
      return role === "VOTER" ? store : store.toUpperCase();
    })
    .join("");
}

/** Replicas, in sync, goal; the learner that is added, the replicas then, and the goal then. */
const TABLE: readonly (readonly [
  string,
  string,
  string | undefined,
  string | undefined,
  string,
  string | undefined,
])[] = [
  ["abc", "abc", undefined, undefined, "nothing", undefined],
  ["abc", "ab", undefined, undefined, "nothing", undefined],
  // What is reached is a goal no more.
  ["abc", "abc", "abc", undefined, "abc", undefined],
  ["abc", "abc", "bac", undefined, "nothing", "bac"],
  // One learner after the other.
  ["abc", "abc", "abd", "d", "abcD", "abd"],
  ["abcD", "abc", "abd", undefined, "nothing", "abd"],
  ["abc", "abc", "def", "d", "abcD", "def"],
  ["abcd", "abcd", "def", "e", "abcdE", "def"],
  // Nobody leaves before all of the goal is in sync, and nobody who is in sync.
  ["abcd", "abc", "abd", undefined, "nothing", "abd"],
  ["abcd", "abcd", "abd", undefined, "nothing", "abd"],
  ["abcd", "abd", "abd", undefined, "abc!d", "abd"],
  ["abc!d", "abd", "abd", undefined, "abd", "abd"],
  ["abd", "abd", "abd", undefined, "abd", undefined],
  // A dead voter is kept until it is replaced.
  ["abc", "ab", "abd", "d", "abcD", "abd"],
  ["abcd", "ab", "abd", undefined, "nothing", "abd"],
  // A learner that nobody wants any more goes at once.
  ["abcD", "abc", undefined, undefined, "abcd!", undefined],
  ["abcD", "ab", "abc", undefined, "abcd!", "abc"],
  ["abcD", "abc", "abe", undefined, "abcd!", "abe"],
  ["abcd!", "abc", "abe", "e", "abcE", "abe"],
  ["abcd!", "abc", undefined, undefined, "abc", undefined],
  // A store that is to come back first leaves.
  ["abc!", "ab", "abc", undefined, "ab", "abc"],
  ["ab", "ab", "abc", "c", "abC", "abc"],
];

describe.each(TABLE)("A partition on %s, in sync %s, with the goal %s", (...row) => {
  const [replicas, inSync, goal, learner, then, goalThen] = row;

  it(`learns on ${learner ?? "nobody"}, then has ${then} and the goal ${goalThen ?? "–"}`, () => {
    const record = sample(replicas, inSync, goal);
    expect(wantedLearner(record, () => true)).toBe(learner);
    const next = moveStep(record, learner, "new");
    expect(next === undefined ? "nothing" : shown(next)).toBe(then);
    if (next === undefined) return;
    expect(next.goal?.join("")).toBe(goalThen);
    expect(recordProblem(record, next, { type: "planner" }, { minInSync: 1 })).toBeUndefined();
  });

  it("has nothing to do when it is frozen", () => {
    const record = sample(replicas, inSync, goal, { frozen: true });
    expect(wantedLearner(record, () => true)).toBeUndefined();
    expect(moveStep(record, undefined, "new")).toBeUndefined();
  });
});

describe("wantedLearner", () => {
  it("is one that lives, and does not wait for one that doesn't", () => {
    const without = (dead: string) => (store: string) => store !== dead;
    expect(wantedLearner(sample("abc", "abc", "def"), without("d"))).toBe("e");
    expect(wantedLearner(sample("abcD", "abc", "def"), without("d"))).toBe("e");
    expect(wantedLearner(sample("abcD", "abc", "def"), without("e"))).toBeUndefined();
    expect(wantedLearner(sample("abc", "abc", "abd"), without("d"))).toBeUndefined();
  });

  it("is nobody while the record is full", () => {
    const many = "abcdefghijklmn".slice(0, MAX_REPLICAS);
    expect(wantedLearner(sample(many, "abc", "xyz"), () => true)).toBeUndefined();
    expect(wantedLearner(sample(many.slice(1), "bcd", "xyz"), () => true)).toBe("x");
  });
});

describe("moveStep", () => {
  it("gives each learner a join that was never given", () => {
    const record = sample("abc", "abc", "abd", { joins: 12 });
    expect(moveStep(record, "d", "new")).toMatchObject({ joins: 13, nonce: "new" });
    expect(moveStep(record, "d", "new")?.replicas.at(-1)).toEqual({
      store: "d",
      join: 13,
      role: "LEARNER",
    });
  });
});
