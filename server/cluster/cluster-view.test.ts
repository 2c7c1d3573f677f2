import { beforeEach, describe, expect, it } from "vitest";
import { ClusterView } from "./cluster-view.ts";
import { encodePartitionRecord } from "./partition-record-format.ts";
import { bytes } from "./test/coordinator-steps.ts";
import { ClusterWorld, storeRecord } from "./test/cluster-world.ts";
import { FIRST } from "./test/partition-record-samples.ts";

let world: ClusterWorld;
let changes: (number | undefined)[];
let damages: string[];

beforeEach(() => {
  world = new ClusterWorld();
  [changes, damages] = [[], []];
});

function open(): ClusterView {
  const { coordinator, keys, time: timers } = world;
  return new ClusterView({
    ...{ coordinator, keys, timers },
    onChange: (partition) => changes.push(partition),
    onDamage: (key) => damages.push(key),
  });
}

describe("ClusterView", () => {
  it("has partitions, stores and nodes with their revisions, and follows them", async () => {
    await world.put(world.keys.partition(7), encodePartitionRecord(FIRST));
    await world.putStore("a");
    using view = open();
    expect(view.loaded).toBe(false);
    await world.time.settle();
    expect(view.loaded).toBe(true);
    await world.putNode("a");
    await world.time.settle();
    expect(view.partitions.get(7)).toEqual({ record: FIRST, revision: 2 });
    expect(view.stores.get("a")).toEqual({ record: storeRecord("a"), revision: 3 });
    expect(view.nodes.get("a")).toMatchObject({ record: { store: "a", boot: 1 }, revision: 4 });
    expect(view.nodesRevision).toBe(4);
    await world.put(world.keys.node("a"), "delete");
    await world.time.settle();
    expect(view.nodes.size).toBe(0);
    expect(view.nodesRevision).toBe(5);
    expect(changes).toEqual([7, undefined, undefined, undefined]);
  });

  it("takes what is read elsewhere, unless it knows better", async () => {
    using view = open();
    await world.time.settle();
    const key = world.keys.partition(3);
    view.tell({ key, value: encodePartitionRecord(FIRST), revision: 9 });
    expect(view.partitions.get(3)?.revision).toBe(9);
    view.tell({ key, value: encodePartitionRecord({ ...FIRST, nonce: "old" }), revision: 8 });
    expect(view.partitions.get(3)).toEqual({ record: FIRST, revision: 9 });
  });

  it("can be gone through while it changes", async () => {
    using view = open();
    await world.time.settle();
    let revision = 1;
    const tell = (partition: number): void => {
      revision += 1;
      const key = world.keys.partition(partition);
      view.tell({ key, value: encodePartitionRecord(FIRST), revision });
    };
    for (const partition of [0, 1, 2]) tell(partition);
    const seen: number[] = [];
    for (const partition of view.partitions.keys()) {
      seen.push(partition);
      if (seen.length < 10) tell(partition);
    }
    expect(seen).toEqual([0, 1, 2]);
  });

  it("leaves out what is none, and says so", async () => {
    await world.put(world.keys.partition(7), encodePartitionRecord(FIRST));
    using view = open();
    await world.time.settle();
    await world.put(world.keys.partition(7), bytes("{"));
    await world.put(world.keys.store("a"), bytes("{}"));
    await world.put(`${world.keys.partitions}007`, bytes("?"));
    await world.time.settle();
    expect(view.partitions.size + view.stores.size).toBe(0);
    expect(damages).toEqual([world.keys.partition(7), world.keys.store("a")]);
  });
});
