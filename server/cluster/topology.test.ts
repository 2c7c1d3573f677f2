import { describe, expect, it } from "vitest";
import { PARTITIONS } from "../limits.ts";
import type { ClusterState } from "./cluster-view.ts";
import type { NodeRecord } from "./node-record.ts";
import { partitionSample } from "./test/partition-sample.ts";
import { Topology, topologyOf } from "./topology.ts";

const nodeOf = (store: string, address: string): NodeRecord => ({
  ...{ store, boot: 1, zone: "", address, peerAddress: "", build: "" },
});

/** Nodes by id with store and address; the leaders of the first partitions. */
function state(
  nodes: Readonly<Record<string, readonly [store: string, address: string]>>,
  leaders: string,
): ClusterState {
  return {
    nodes: new Map(
      Object.entries(nodes).map(([id, of]) => [id, { record: nodeOf(...of), revision: 1 }]),
    ),
    partitions: new Map(
      Array.from(leaders).map((leader, at) => [
        at,
        { record: partitionSample(leader, leader, undefined, { epoch: at + 5 }), revision: 1 },
      ]),
    ),
    stores: new Map(),
  };
}

describe("topologyOf", () => {
  it("has all nodes by id, and for each partition its leader and epoch", () => {
    const view = topologyOf(state({ n2: ["b", "h2:1"], n1: ["a", "h1:1"] }, "ab"), 7);
    expect(view).toMatchObject({ version: 7, partitions: PARTITIONS });
    expect(view.nodes).toEqual([
      { id: "n1", address: "h1:1" },
      { id: "n2", address: "h2:1" },
    ]);
    expect(view.leaders.slice(0, 3)).toEqual([1, 2, 0]);
    expect(view.epochs.slice(0, 3)).toEqual([5, 6, 0]);
    expect(view.replicas?.slice(0, 3)).toEqual([[1], [2], []]);
    expect(view.leaders).toHaveLength(PARTITIONS);
    expect(view.epochs).toHaveLength(PARTITIONS);
  });

  it("tells no leader that is not registered, but its epoch", () => {
    const view = topologyOf(state({ n1: ["a", "h1:1"] }, "b"), 1);
    expect(view.leaders[0]).toBe(0);
    expect(view.replicas?.[0]).toEqual([]);
    expect(view.epochs[0]).toBe(5);
  });
});

describe("Topology", () => {
  it("is the same object until something changes, then one with a higher version", () => {
    const known = { ...state({ n1: ["a", "h1:1"] }, "a"), nodesRevision: 9 };
    const topology = new Topology(known);
    topology.changed();
    const first = topology.view();
    expect(topology.view()).toBe(first);
    topology.changed();
    expect(topology.view().version).toBe(first.version + 1);
  });

  it("orders what nodes say of each other by the last change among nodes", () => {
    const known = { ...state({ n1: ["a", "h1:1"] }, "a"), nodesRevision: 9 };
    const chatty = new Topology(known);
    for (let changes = 0; changes < 100_000; changes++) chatty.changed();
    const other = new Topology({ ...known, nodesRevision: 10 });
    other.changed();
    expect(other.view().version).toBeGreaterThan(chatty.view().version);
    known.nodesRevision = 11;
    chatty.changed();
    expect(chatty.view().version).toBeGreaterThan(other.view().version);
    expect(Number.isSafeInteger(chatty.view().version)).toBe(true);
    // What is counted begins anew with each of them.
    const before = chatty.view().version;
    chatty.changed();
    expect(chatty.view().version).toBe(before + 1);
  });
});
