import { describe, expect, it } from "vitest";
import type { ClusterState } from "../cluster-view.ts";
import { storeRecord } from "../test/cluster-world.ts";
import { storeNamed } from "./store-names.ts";

const FIRST = "aaaa1111";
const SECOND = "aaaa2222";
const THIRD = "bbbb0000";

/** n1 has had two stores, n2 has one; `living`: which of its stores n1 serves. */
function stateWith(living?: string): ClusterState {
  const record = { boot: 1, zone: "", address: "h:1", peerAddress: "h:2", build: "test" };
  return {
    partitions: new Map(),
    stores: new Map(
      [FIRST, SECOND, THIRD].map((store) => [
        store,
        { record: storeRecord(store === THIRD ? "n2" : "n1"), revision: 1 },
      ]),
    ),
    nodes: new Map(
      living === undefined ? [] : [["n1", { record: { ...record, store: living }, revision: 1 }]],
    ),
  };
}

describe("storeNamed", () => {
  it("takes a store's id, how it begins, or the node that uses it", () => {
    expect(storeNamed(stateWith(), SECOND)).toBe(SECOND);
    expect(storeNamed(stateWith(), "aaaa2")).toBe(SECOND);
    expect(storeNamed(stateWith(), "n2")).toBe(THIRD);
    expect(storeNamed(stateWith(SECOND), "n1")).toBe(SECOND);
  });

  it("never guesses", () => {
    const either = new RegExp(`may be any of ${FIRST}, ${SECOND}`);
    expect(() => storeNamed(stateWith(), "n1")).toThrow(either);
    expect(() => storeNamed(stateWith(), "aaaa")).toThrow(either);
    expect(() => storeNamed(stateWith(), "bbb")).toThrow(
      /there are n1 \(aaaa1111\).*n2 \(bbbb0000/,
    );
  });
});
