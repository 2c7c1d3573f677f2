import { beforeEach, describe, expect, it } from "vitest";
import type { ClusterMeta } from "./cluster-meta.ts";
import { FOUNDING_WAIT_MS, foundPartitions } from "./cluster-meta-founding.ts";
import { ClusterView } from "./cluster-view.ts";
import type { Coordinator } from "./coordinator.ts";
import type { TransactionFate } from "./memory-coordinator-misbehaviour.ts";
import { recordProblem } from "./partition-record-rules.ts";
import { pause } from "./patience.ts";
import { ClusterWorld, Crash, CrashPoint, crashing } from "./test/cluster-world.ts";

const META: ClusterMeta = { replicas: 3, minInSync: 2, maxClockOffsetMs: 0, founder: undefined };
let world: ClusterWorld;
let nonces: number;

beforeEach(() => {
  world = new ClusterWorld();
  nonces = 0;
});

async function addStores(...stores: readonly string[]): Promise<void> {
  for (const store of stores) {
    await world.putStore(store);
    await world.putNode(store);
  }
}

function found(meta: Partial<ClusterMeta> = {}, coordinator: Coordinator = world.coordinator) {
  const { keys, time } = world;
  const view = new ClusterView({
    ...{ coordinator, keys, timers: time },
    onChange: () => undefined,
    onDamage: (key, error) => {
      throw new Error(key, { cause: error });
    },
  });
  const founding = foundPartitions({
    ...{ ...world.patience(), coordinator, keys, view, meta: { ...META, ...meta } },
    nonce: () => `founder-${++nonces}`,
    monotonicMs: () => time.nowMs(),
  });
  return time.until(founding).finally(() => {
    view[Symbol.dispose]();
  });
}

/** All there, each legal, spread as evenly as can be. */
async function expectFounded(stores: readonly string[], replicas = 3): Promise<void> {
  const records = [...(await world.partitions()).values()];
  expect(records).toHaveLength(256);
  for (const record of records) {
    expect(recordProblem(undefined, record, { type: "founder" }, META)).toBeUndefined();
    expect(record.inSync).toHaveLength(replicas);
    expect(record.replicas).toHaveLength(replicas);
    expect(record.goal).toBeUndefined();
  }
  for (const store of stores) {
    const led = records.filter(({ leader }) => leader === store).length;
    expect(led).toBeGreaterThan((256 / stores.length) * 0.75);
    expect(led).toBeLessThanOrEqual(Math.ceil((256 / stores.length) * 1.1));
  }
}

describe("foundPartitions", () => {
  it("places everything on the stores that are there, when they are enough", async () => {
    await addStores("a", "b", "c", "d");
    const startMs = world.time.nowMs();
    await found();
    expect(world.time.nowMs() - startMs).toBeLessThan(2000);
    await expectFounded(["a", "b", "c", "d"]);
    const record = (await world.partitions()).get(0);
    expect(record).toMatchObject({ epoch: 1, leaderBoot: 1, joins: 3, frozen: false });
    expect(record?.replicas.map(({ join, role }) => `${join} ${role}`)).toEqual([
      "1 VOTER",
      "2 VOTER",
      "3 VOTER",
    ]);
  });

  it("changes nothing once all is founded", async () => {
    await addStores("a", "b", "c");
    await found();
    const before = await world.partitions();
    await addStores("d");
    await found();
    expect(await world.partitions()).toEqual(before);
  });

  it("waits for stores, and begins with minInSync of them after a while", async () => {
    await addStores("a", "b");
    const founding = found();
    await world.time.pass(FOUNDING_WAIT_MS - 1000);
    expect((await world.partitions()).size).toBe(0);
    await founding;
    await expectFounded(["a", "b"], 2);
  });

  it("never begins with fewer", async () => {
    await addStores("a");
    const founding = found();
    await world.time.pass(2 * FOUNDING_WAIT_MS);
    expect((await world.partitions()).size).toBe(0);
    await addStores("b");
    await founding;
    await expectFounded(["a", "b"], 2);
  });

  it("counts no store that is damaged, drained, away, or was started again", async () => {
    await addStores("a", "b", "c", "damaged", "drained", "restarted");
    await world.putStore("damaged", { state: "DAMAGED", damage: "?" });
    await world.putStore("drained", { draining: true });
    await world.putStore("restarted", { boot: 2 });
    await world.putStore("away");
    await found();
    await expectFounded(["a", "b", "c"]);
  });

  it("founds on nobody who was started again in the meantime", async () => {
    await addStores("a", "b", "c");
    let isFirst = true;
    const slow: Coordinator = {
      ...crashing(world.coordinator, new CrashPoint(Infinity, "after")),
      transact: async (writes) => {
        if (isFirst) {
          isFirst = false;
          await world.putStore("b", { boot: 2 });
          await world.putNode("b", "b", 2);
        }
        return await world.coordinator.transact(writes);
      },
    };
    await found({}, slow);
    const boots = [...(await world.partitions()).values()].flatMap(({ inSync }) =>
      inSync.filter(({ store }) => store === "b").map(({ boot }) => boot),
    );
    expect(new Set(boots)).toEqual(new Set([2]));
  });
});

describe("Founders", () => {
  it.each(["before", "after"] as const)(
    "may die %s any step: the next one completes what is missing",
    async (when) => {
      let died = 0;
      for (let at = 1; at < 11; at++) {
        world = new ClusterWorld();
        await addStores("a", "b", "c");
        const point = new CrashPoint(at, when);
        await found({}, crashing(world.coordinator, point)).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
          died += 1;
        });
        const before = await world.partitions();
        // Others than those who were there at first.
        await addStores("d");
        await found();
        const after = await world.partitions();
        for (const [partition, record] of before) expect(after.get(partition)).toEqual(record);
        await expectFounded([]);
      }
      expect(died).toBeGreaterThan(5);
    },
    60_000,
  );

  it.each([["lost"], ["unanswered"], [{ delayedMs: 3000 }]] as const)(
    "find out what became of a transaction that was %j",
    async (fate: TransactionFate) => {
      await addStores("a", "b", "c");
      world.script.transactions.push(fate, "answered", fate);
      await found();
      await world.time.pass(10_000);
      await expectFounded(["a", "b", "c"]);
    },
  );

  it("may be two, with different stores in sight", async () => {
    await addStores("a", "b", "c");
    // The first one's first batch is late, and meets the second one's.
    const slow = new Map([[1, 500]]);
    let sent = 0;
    const one: Coordinator = {
      ...crashing(world.open(), new CrashPoint(Infinity, "after")),
      transact: async (writes) => {
        await pause(world.time, slow.get(++sent) ?? 0);
        return await world.coordinator.transact(writes);
      },
    };
    const first = found({}, one);
    await world.time.settle();
    await addStores("d", "e");
    await Promise.all([first, found({}, world.open())]);
    await expectFounded([]);
    const nonce = new Set([...(await world.partitions()).values()].map((each) => each.nonce));
    expect(nonce.size).toBe(256);
  });
});

describe("A cluster that begins with a single node's data", () => {
  it("has that store as the only replica of everything, whoever else is there", async () => {
    await addStores("a", "data", "b", "c");
    await found({ founder: "data" });
    const records = [...(await world.partitions()).values()];
    expect(records).toHaveLength(256);
    for (const record of records) {
      expect(record).toMatchObject({
        leader: "data",
        inSync: [{ store: "data", boot: 1 }],
        replicas: [{ store: "data", join: 1, role: "VOTER" }],
      });
    }
  });

  it("waits for that store for ever", async () => {
    await addStores("a", "b", "c");
    const founding = found({ founder: "data" });
    await world.time.pass(3 * FOUNDING_WAIT_MS);
    expect((await world.partitions()).size).toBe(0);
    await addStores("data");
    await founding;
    expect((await world.partitions()).get(9)).toMatchObject({ leader: "data" });
  });
});
