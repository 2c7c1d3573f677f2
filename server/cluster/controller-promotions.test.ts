import { describe, expect, it } from "vitest";
import { isLeaderGone, promotionFor } from "./controller-promotions.ts";
import type { PartitionRecord } from "./partition-record.ts";
import { recordProblem } from "./partition-record-rules.ts";
import type { StoreRecord } from "./store-record.ts";
import { storeRecord } from "./test/cluster-world.ts";
import { partitionSample } from "./test/partition-sample.ts";

/** By store: the boot in etcd; the boot that is registered, if any; what else is to be known. */
type Situation = Readonly<
  Record<string, readonly [boot: number, living?: number, change?: Partial<StoreRecord>]>
>;

const ABC = partitionSample("abc", "abc", undefined);

function known(situation: Situation) {
  const stores = new Map<string, { record: StoreRecord; revision: number }>();
  const living = new Map<string, number>();
  for (const [at, [store, [boot, lives, change]]] of Object.entries(situation).entries()) {
    stores.set(store, { record: storeRecord(store, { boot, ...change }), revision: 10 + at });
    if (lives !== undefined) living.set(store, lives);
  }
  return { stores, living };
}

function promotion(situation: Situation, record: PartitionRecord = ABC, minInSync = 2) {
  const { stores, living } = known(situation);
  const made = promotionFor(record, stores, living, minInSync, "new");
  if (made === undefined) return undefined;
  const problem = recordProblem(record, made.record, { type: "promoter" }, { minInSync });
  expect(problem).toBeUndefined();
  const { leader, leaderBoot, epoch, inSync } = made.record;
  expect(epoch).toBe(record.epoch + 1);
  expect(made.candidate).toEqual({ store: leader, revision: stores.get(leader)?.revision });
  return `${leader}${leaderBoot} of ${inSync.map((each) => `${each.store}${each.boot}`).join(" ")}`;
}

describe("isLeaderGone", () => {
  it.each<[string, Situation, boolean]>([
    ["it lives", { a: [1, 1] }, false],
    ["its store is not known yet", {}, true],
    ["it lives, and its store's record is not known yet", { b: [1, 1] }, true],
    ["nobody is registered with its store", { a: [1] }, true],
    ["its store was started again", { a: [2, 1] }, true],
    ["its store was started again, and lives", { a: [2, 2] }, true],
    ["only an earlier run of its store is registered", { a: [1, 0] }, true],
    ["its store is damaged", { a: [1, 1, { state: "DAMAGED" }] }, true],
    ["its store is drained", { a: [1, 1, { draining: true }] }, false],
  ])("when %s", (_what, situation, gone) => {
    const { stores, living } = known(situation);
    expect(isLeaderGone(ABC, stores, living)).toBe(gone);
  });

  it("is not told by an older view of the store than the record has", () => {
    const record = { ...ABC, leaderBoot: 5, inSync: [{ store: "a", boot: 5 }] };
    const { stores } = known({ a: [4, 4] });
    expect(isLeaderGone(record, stores, new Map([["a", 5]]))).toBe(false);
  });
});

describe("promotionFor", () => {
  it.each<[string, Situation, string | undefined]>([
    ["the leader is away", { a: [1], b: [1, 1], c: [1, 1] }, "b1 of b1 c1"],
    ["the next one too", { a: [1], b: [1], c: [1, 1] }, "c1 of b1 c1"],
    ["it came back", { a: [2, 2], b: [1, 1], c: [1, 1] }, "b1 of b1 c1"],
    ["it came back alone", { a: [2, 2], b: [1], c: [1] }, "a2 of a2 c1"],
    ["all came back", { a: [2, 2], b: [3, 3], c: [4, 4] }, "a2 of a2 c1"],
    ["it is damaged", { a: [1, 1, { state: "DAMAGED" }], b: [1, 1], c: [1, 1] }, "b1 of b1 c1"],
    [
      "another one is damaged",
      { a: [1], b: [1, 1, { state: "DAMAGED" }], c: [1, 1] },
      "c1 of a1 c1",
    ],
    [
      "the next one is drained",
      { a: [1], b: [1, 1, { draining: true }], c: [1, 1] },
      "c1 of b1 c1",
    ],
    ["all others are drained", { a: [1], b: [1, 1, { draining: true }], c: [1] }, "b1 of b1 c1"],
    ["nobody lives", { a: [1], b: [1], c: [1] }, undefined],
    ["only strangers live", { d: [1, 1] }, undefined],
    ["a view of a store is behind", { a: [1], b: [1, 2], c: [1, 1] }, "c1 of b1 c1"],
  ])("when %s", (_what, situation, expected) => {
    expect(promotion(situation)).toBe(expected);
  });

  it("drops nobody so that fewer than minInSync stay, the damaged first", () => {
    const away: Situation = { a: [1], b: [1, 1], c: [1] };
    expect(promotion(away, ABC, 3)).toBe("b1 of a1 b1 c1");
    expect(promotion(away, ABC, 2)).toBe("b1 of b1 c1");
    expect(promotion(away, ABC, 1)).toBe("b1 of b1");
    const damaged: Situation = { a: [1], b: [1, 1], c: [1, 1, { state: "DAMAGED" }] };
    expect(promotion(damaged)).toBe("b1 of a1 b1");
  });

  it("prefers whom the goal names first", () => {
    const record = partitionSample("abc", "abc", "cba");
    expect(promotion({ a: [1], b: [1, 1], c: [1, 1] }, record)).toBe("c1 of b1 c1");
  });

  it("takes up a single replica again under its new boot", () => {
    const alone = partitionSample("a", "a", undefined);
    expect(promotion({ a: [2, 2] }, alone, 1)).toBe("a2 of a2");
    expect(promotion({ a: [2] }, alone, 1)).toBeUndefined();
  });

  it("leaves goal, replicas and a frozen state as they are", () => {
    const record = partitionSample("abcD", "abc", "dbc", { frozen: true });
    const { stores, living } = known({ a: [1], b: [1, 1], c: [1, 1] });
    const made = promotionFor(record, stores, living, 2, "new");
    const { goal, replicas, joins, frozen } = record;
    expect(made?.record).toMatchObject({ goal, replicas, joins, frozen, nonce: "new" });
  });
});
