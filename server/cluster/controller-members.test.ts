import { describe, expect, it } from "vitest";
import type { ClusterState } from "./cluster-view.ts";
import { livingBoots, membersOf } from "./controller-members.ts";
import type { NodeRecord } from "./node-record.ts";
import type { PartitionRecord } from "./partition-record.ts";
import type { StoreRecord } from "./store-record.ts";
import { storeRecord } from "./test/cluster-world.ts";
import { partitionSample } from "./test/partition-sample.ts";

const RULES = { replicas: 3, replaceAfterMs: 600_000 };

function nodeOf(store: string, boot = 1): NodeRecord {
  return { store, boot, zone: "", address: "", peerAddress: "", build: "" };
}

/** Stores with what is special about them; nodes with their stores; one partition. */
function state(
  stores: Readonly<Record<string, Partial<StoreRecord>>>,
  nodes: Readonly<Record<string, string>>,
  record: PartitionRecord = partitionSample("abc", "abc", undefined),
): ClusterState {
  const revised = <T>(each: T) => ({ record: each, revision: 1 });
  return {
    partitions: new Map([[0, revised(record)]]),
    stores: new Map(
      Object.entries(stores).map(([name, change]) => [name, revised(storeRecord(name, change))]),
    ),
    nodes: new Map(Object.entries(nodes).map(([name, store]) => [name, revised(nodeOf(store))])),
  };
}

const names = (of: ClusterState, awayMs: Readonly<Record<string, number>> = {}): string =>
  membersOf(of, (store) => awayMs[store] ?? 0, RULES)
    .map(({ store }) => store)
    .join("");

const FOUR = { a: {}, b: {}, c: {}, d: {} };

describe("membersOf", () => {
  it("has all that live, in one order, with their zones", () => {
    const all = state({ c: {}, a: { zone: "z" }, b: {} }, { b: "b", a: "a", c: "c" });
    expect(membersOf(all, () => 0, RULES)).toEqual([
      { store: "a", zone: "z" },
      { store: "b", zone: "b" },
      { store: "c", zone: "c" },
    ]);
  });

  it("has a joiner as soon as it lives, and not before", () => {
    expect(names(state(FOUR, { a: "a", b: "b", c: "c", d: "d" }))).toBe("abcd");
    expect(names(state(FOUR, { a: "a", b: "b", c: "c" }))).toBe("abc");
  });

  it("keeps one that is away for a while, and replaces it after that", () => {
    const away = state(FOUR, { a: "a", b: "b", d: "d" });
    expect(names(away, { c: 599_999 })).toBe("abcd");
    expect(names(away, { c: 600_000 })).toBe("abd");
  });

  it("replaces nobody who has nobody to replace it, the longest away first", () => {
    const away = state(FOUR, { a: "a", b: "b" });
    expect(names(away, { c: 900_000 })).toBe("abc");
    const alone = state(FOUR, { a: "a" }, partitionSample("abcd", "abcd", undefined));
    expect(names(alone, { b: 700_000, c: 900_000, d: 800_000 })).toBe("abd");
  });

  it("replaces at once who is damaged, drained, or whose node came back with another store", () => {
    expect(names(state({ ...FOUR, c: { state: "DAMAGED" } }, { a: "a", b: "b", c: "c" }))).toBe(
      "ab",
    );
    expect(names(state({ ...FOUR, c: { draining: true } }, { a: "a", b: "b", c: "c" }))).toBe("ab");
    expect(names(state(FOUR, { a: "a", b: "b", c: "d" }))).toBe("abd");
    // Also where nobody could take its place.
    expect(names(state({ a: {}, b: {}, c: {} }, { a: "a", b: "x", x: "b" }))).toBe("abc");
    expect(names(state({ a: {}, b: {}, c: {}, x: {} }, { a: "a", c: "x", b: "b" }))).toBe("abx");
  });

  it("counts on a store that is away if a goal names it", () => {
    const record = partitionSample("abc", "abc", "abd");
    expect(names(state(FOUR, { a: "a", b: "b", c: "c" }, record))).toBe("abcd");
  });
});

describe("livingBoots", () => {
  it("has the latest boot where two nodes name one store", () => {
    const twice = new Map([
      ["n1", { record: nodeOf("a", 3), revision: 1 }],
      ["n2", { record: nodeOf("a", 2), revision: 2 }],
    ]);
    expect(livingBoots({ ...state({}, {}), nodes: twice })).toEqual(new Map([["a", 3]]));
  });
});
