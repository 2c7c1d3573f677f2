import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ClusterView } from "./cluster-view.ts";
import type { Step } from "./controller-round.ts";
import { writeSteps } from "./controller-writes.ts";
import type { Coordinator, GuardedWrite } from "./coordinator.ts";
import { encodePartitionRecord } from "./partition-record-format.ts";
import { ClusterWorld, CrashPoint, crashing } from "./test/cluster-world.ts";
import { partitionSample } from "./test/partition-sample.ts";

const PARTITIONS = 40;
const RECORD = partitionSample("abc", "abc", undefined);
const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition);
let world: ClusterWorld;
let view: ClusterView;
let sent: (readonly GuardedWrite[])[];

beforeEach(async () => {
  world = new ClusterWorld();
  sent = [];
  await world.putStore("b");
  await world.putStore("c");
  for (let partition = 0; partition < PARTITIONS; partition++) await change(partition, "old");
  const { coordinator, keys, time: timers } = world;
  view = new ClusterView({
    ...{ coordinator, keys, timers },
    onChange: () => undefined,
    onDamage: () => undefined,
  });
  await world.time.settle();
});

afterEach(() => {
  view[Symbol.dispose]();
});

async function change(partition: number, nonce: string): Promise<void> {
  await world.put(world.keys.partition(partition), encodePartitionRecord({ ...RECORD, nonce }));
}

/** A promotion of each, of b and c in turn. */
const steps = (): readonly Step[] =>
  ALL.map((partition): Step => {
    const revision = view.partitions.get(partition)?.revision ?? 0;
    const store = partition % 2 === 0 ? "b" : "c";
    const record = { ...RECORD, epoch: 5, leader: store, nonce: `new-${partition}` };
    const guard = { store, revision: view.stores.get(store)?.revision ?? 0 };
    return { type: "promotion", partition, record, revision, guard };
  });

async function write(of: readonly Step[], signal = new AbortController().signal) {
  const { coordinator, keys } = world;
  const watched: Coordinator = {
    ...crashing(coordinator, new CrashPoint(Infinity, "after")),
    transact: (writes) => {
      sent.push(writes);
      return coordinator.transact(writes);
    },
  };
  const written = await writeSteps({ coordinator: watched, keys, view, signal }, of);
  return written.map(({ partition }) => partition).sort((a, b) => a - b);
}

const epochs = async (): Promise<readonly number[]> =>
  [...(await world.partitions()).values()].map(({ epoch }) => epoch);

describe("writeSteps", () => {
  it("writes many in few transactions, each guarded on its stores once", async () => {
    expect(await write(steps())).toEqual(ALL);
    expect(sent.map((writes) => writes.length)).toEqual([18, 18, 10]);
    const guards = sent[0]?.filter(({ value }) => value === "guard").map(({ key }) => key);
    expect(guards).toEqual([world.keys.store("b"), world.keys.store("c")]);
    expect(new Set(await epochs())).toEqual(new Set([5]));
  });

  it("writes all but what another one has changed, which it then has read", async () => {
    const before = steps();
    world.script.changes.push("missed", "missed");
    await change(3, "other");
    await change(39, "other");
    expect(await write(before)).toEqual(ALL.filter((each) => each !== 3 && each !== 39));
    expect(view.partitions.get(3)?.record.nonce).toBe("other");
    // Two transactions that conflicted, one that did not, and the rest of those one by one.
    expect(sent).toHaveLength(3 + 15 + 7);
    expect((await epochs()).filter((epoch) => epoch === 5)).toHaveLength(PARTITIONS - 2);
  });

  it("promotes nobody whose store is another than it was", async () => {
    const before = steps();
    world.script.changes.push("missed");
    await world.putStore("b", { boot: 2 });
    expect(await write(before)).toEqual(ALL.filter((each) => each % 2 === 1));
  });

  it("sends nothing for what is known to have changed", async () => {
    const before = steps();
    for (const partition of ALL) await change(partition, "other");
    await world.time.settle();
    expect(await write(before)).toEqual([]);
    expect(sent).toEqual([]);
  });

  it("leaves what has no outcome to the next round, which finds it written or not", async () => {
    world.script.transactions.push("unanswered", "lost");
    expect(await write(steps())).toEqual(ALL.slice(32));
    expect(sent).toHaveLength(3);
    const open = steps().filter(
      ({ partition }) => view.partitions.get(partition)?.record.epoch !== 5,
    );
    expect(open.map(({ partition }) => partition)).toEqual(ALL.slice(16, 32));
    expect(await write(open)).toEqual(ALL.slice(16, 32));
  });

  it("begins nothing once it is to end, and fails in no outage", async () => {
    expect(await write(steps(), AbortSignal.abort())).toEqual([]);
    world.script.isOut = true;
    expect(await write(steps())).toEqual([]);
    world.script.isOut = false;
    expect(new Set(await epochs())).toEqual(new Set([RECORD.epoch]));
  });
});
