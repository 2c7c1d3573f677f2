import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ClaimdError } from "../errors.ts";
import { type BootedStore, bootStore } from "./store-boot.ts";
import { type BootFile, decodeBootMemory } from "./store-boot-file.ts";
import { setDraining } from "./store-draining.ts";
import { decodeStoreRecord, encodeStoreRecord, type StoreRecord } from "./store-record.ts";
import { RAISE_MS, StoreUpkeep } from "./store-upkeep.ts";
import { ClusterWorld, MemoryBootFile } from "./test/cluster-world.ts";

const STORE = "5f".repeat(16);
let world: ClusterWorld;
let file: MemoryBootFile;
let booted: BootedStore;
let upkeep: StoreUpkeep;
let sequence: number;
let lost: ClaimdError[];
let nonces: number;

function boot(from: BootFile, node = "n1", journalSequence = sequence): Promise<BootedStore> {
  const { coordinator, keys, time } = world;
  nonces += 1;
  const random = (bytes: number) => Buffer.alloc(bytes, nonces);
  return time.until(
    bootStore({
      ...world.patience(),
      ...{ coordinator, keys, file: from, store: STORE, node, zone: "", journalSequence, random },
    }),
  );
}

function keepUp(of: BootedStore, from: BootFile = file): StoreUpkeep {
  const { coordinator, keys, time: timers } = world;
  return new StoreUpkeep({
    ...{ coordinator, keys, file: from, booted: of, timers },
    durableSequence: () => sequence,
    onLost: (error) => lost.push(error),
  });
}

async function record(): Promise<StoreRecord> {
  const found = await world.coordinator.read(world.keys.store(STORE));
  if (found?.value === undefined) throw new Error("no record");
  return decodeStoreRecord(found.value);
}

beforeEach(async () => {
  world = new ClusterWorld();
  file = new MemoryBootFile();
  [sequence, nonces, lost] = [0, 0, []];
  booted = await boot(file);
  upkeep = keepUp(booted);
});

afterEach(async () => {
  world.script.isOut = false;
  const closed = upkeep[Symbol.asyncDispose]();
  await world.time.until(Promise.resolve(closed));
});

describe("StoreUpkeep", () => {
  it("raises the mark now and then to what is durable, and never lowers it", async () => {
    sequence = 40;
    await world.time.pass(RAISE_MS);
    expect((await record()).highWaterMark).toBe(40);
    const { revision } = (await world.coordinator.read(world.keys.store(STORE))) ?? {};
    await world.time.pass(5 * RAISE_MS);
    expect((await world.coordinator.read(world.keys.store(STORE)))?.revision).toBe(revision);
    sequence = 30;
    await world.time.pass(RAISE_MS);
    expect((await record()).highWaterMark).toBe(40);
    expect(lost).toEqual([]);
  });

  it("tells it once more when it is closed: a disk rolled back later is found", async () => {
    const rolledBack = file.copy();
    sequence = 7;
    await world.time.until(Promise.resolve(upkeep[Symbol.asyncDispose]()));
    expect((await record()).highWaterMark).toBe(7);
    await expect(boot(rolledBack, "n1", 6)).rejects.toMatchObject({ code: "STORE_DAMAGED" });
  });

  it("goes on when etcd was away, or did not answer", async () => {
    sequence = 5;
    world.script.isOut = true;
    await world.time.pass(3 * RAISE_MS);
    world.script.isOut = false;
    world.script.transactions.push("lost");
    await world.time.pass(2 * RAISE_MS);
    expect((await record()).highWaterMark).toBe(5);
  });

  it("believes no read from before its own start", async () => {
    const again = await boot(file);
    const second = keepUp(again);
    sequence = 9;
    world.script.lags.push(1, 99, 0);
    await second.raise();
    await second.raise();
    expect(lost).toEqual([]);
    await second.raise();
    expect((await record()).highWaterMark).toBe(9);
    await world.time.until(Promise.resolve(second[Symbol.asyncDispose]()));
  });

  it("learns that a copy of its disk was started, and says so once", async () => {
    await boot(file.copy(), "n2");
    await world.time.pass(3 * RAISE_MS);
    expect(lost).toMatchObject([{ code: "STORE_IN_USE" }]);
    expect(lost[0]?.message).toContain("by node n2");
    await upkeep.raise();
    expect(lost).toHaveLength(1);
  });

  it("learns that its record is gone", async () => {
    await world.put(world.keys.store(STORE), "delete");
    await world.time.pass(RAISE_MS);
    expect(lost).toMatchObject([{ code: "WRONG_CLUSTER" }]);
  });

  it("learns that somebody else has given its store up", async () => {
    const damaged = { ...(await record()), state: "DAMAGED", damage: "by hand" } as const;
    await world.put(world.keys.store(STORE), encodeStoreRecord(damaged));
    sequence = 3;
    await world.time.pass(RAISE_MS);
    expect(lost).toMatchObject([{ code: "STORE_DAMAGED" }]);
    expect((await record()).highWaterMark).toBe(0);
  });
});

describe("StoreUpkeep.markDamaged", () => {
  it.each([[[]], [["lost", "lost"]], [["unanswered"]], [[{ delayedMs: 900 }]]] as const)(
    "is known to the disk and to etcd whatever transactions do: %j",
    async (fates) => {
      world.script.transactions.push(...fates);
      await world.time.until(upkeep.markDamaged("a disk lied"));
      expect(await record()).toMatchObject({ state: "DAMAGED", damage: "a disk lied" });
      expect(decodeBootMemory(STORE, file.content).damage).toBe("a disk lied");
      expect(lost).toMatchObject([{ code: "STORE_DAMAGED" }]);
      await expect(boot(file)).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    },
  );

  it("is known to the disk alone while etcd is away: the next start tells it", async () => {
    world.script.isOut = true;
    void upkeep.markDamaged("a disk lied");
    await world.time.pass(60_000);
    expect(decodeBootMemory(STORE, file.content).damage).toBe("a disk lied");
    await world.time.until(Promise.resolve(upkeep[Symbol.asyncDispose]()));
    world.script.isOut = false;
    expect((await record()).state).toBe("ACTIVE");
    await expect(boot(file)).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    expect((await record()).state).toBe("DAMAGED");
  });

  it("is known to etcd although the disk takes nothing any more", async () => {
    const broken: BootFile = {
      read: () => file.read(),
      write: () => Promise.reject(new Error("EIO")),
    };
    const second = keepUp(booted, broken);
    const marked = second.markDamaged("a disk lied");
    await expect(world.time.until(marked)).rejects.toThrow("EIO");
    expect(await record()).toMatchObject({ state: "DAMAGED", damage: "a disk lied" });
    await world.time.until(Promise.resolve(second[Symbol.asyncDispose]()));
  });

  it("leaves another start's record alone", async () => {
    await boot(file.copy(), "n2");
    await world.time.until(upkeep.markDamaged("a disk lied"));
    expect(await record()).toMatchObject({ state: "ACTIVE", node: "n2" });
    expect(lost).toMatchObject([{ code: "STORE_IN_USE" }]);
  });

  it("cuts a text that is too long for a record", async () => {
    await world.time.until(upkeep.markDamaged("x".repeat(5000)));
    expect((await record()).damage).toBe("x".repeat(1000));
  });
});

describe("setDraining", () => {
  const set = (draining: boolean, store = STORE) => {
    const { coordinator, keys } = world;
    return world.time.until(
      setDraining({ ...world.patience(), coordinator, keys }, store, draining),
    );
  };

  it("holds until it is taken back, whatever becomes of a transaction", async () => {
    world.script.transactions.push("lost", "unanswered");
    await set(true);
    expect((await record()).draining).toBe(true);
    sequence = 12;
    await world.time.pass(RAISE_MS);
    expect(await record()).toMatchObject({ draining: true, highWaterMark: 12 });
    await set(false);
    expect((await record()).draining).toBe(false);
  });

  it("refuses a store that is not there", async () => {
    await expect(set(true, "nobody")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
