import { beforeEach, describe, expect, it } from "vitest";
import { testSeed } from "../test/support/seed.ts";
import { encodeNodeRecord } from "./node-record.ts";
import { bootStore } from "./store-boot.ts";
import { encodeBootMemory, NO_STARTS } from "./store-boot-file.ts";
import { BootWorld, memoryOf, STORE } from "./test/boot-world.ts";
import { MemoryBootFile } from "./test/cluster-world.ts";

const seed = testSeed();
let store: BootWorld;

beforeEach(() => {
  store = new BootWorld(seed);
});

describe("bootStore", () => {
  it("starts a new store, and gives each start the next number", async () => {
    const file = new MemoryBootFile();
    const first = await store.start(file);
    expect(first).toMatchObject({ store: STORE, boot: 1 });
    expect(memoryOf(file)).toEqual({ ...NO_STARTS, confirmed: first.nonce });
    const record = { node: "n1", zone: "z", boot: 1, nonce: first.nonce, highWaterMark: 0 };
    expect(await store.record()).toEqual({
      ...record,
      ...{ state: "ACTIVE", damage: "", draining: false },
    });
    const second = await store.start(file, { node: "n2" });
    expect(second.boot).toBe(2);
    expect(second.revision).toBeGreaterThan(first.revision);
    expect(await store.record()).toMatchObject({ boot: 2, node: "n2", nonce: second.nonce });
  });

  it("keeps what others wrote of the store: its mark and that it is drained", async () => {
    const file = new MemoryBootFile();
    await store.start(file);
    await store.change({ highWaterMark: 70, draining: true });
    await store.start(file, { journalSequence: 70 });
    expect(await store.record()).toMatchObject({ boot: 2, highWaterMark: 70, draining: true });
  });

  it("waits for an etcd that is away, and can be stopped while it waits", async () => {
    store.world.script.isOut = true;
    const file = new MemoryBootFile();
    const waiting = store.boot(file);
    await store.world.time.pass(60_000);
    expect(file.content).toBeUndefined();
    store.world.script.isOut = false;
    expect(await store.world.time.until(waiting)).toMatchObject({ boot: 1 });

    store.world.script.isOut = true;
    const ending = new AbortController();
    const stopped = bootStore({
      ...store.world.patience(ending.signal),
      ...{ coordinator: store.world.coordinator, keys: store.world.keys, file, store: STORE },
      ...{ node: "n1", zone: "", journalSequence: 0, random: (bytes) => store.random.bytes(bytes) },
    });
    await store.world.time.pass(1000);
    ending.abort();
    await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it.each([["lost"], ["unanswered"], [{ delayedMs: 50 }], [{ delayedMs: 5000 }]] as const)(
    "finds out what became of a transaction that was %j",
    async (fate) => {
      const file = new MemoryBootFile();
      for (const expected of [1, 2]) {
        store.world.script.transactions.push(fate);
        const booted = await store.start(file);
        expect(booted.boot).toBe(expected);
        await store.world.time.pass(10_000);
        expect(await store.record()).toMatchObject({ boot: expected, nonce: booted.nonce });
      }
    },
  );

  it("believes no old read: neither that it is new, nor that it is a copy", async () => {
    const file = new MemoryBootFile();
    const { boot: first } = await store.start(file);
    await store.start(file);
    for (const lags of [[99], [1], [2, 2, 1], [0, 0, 1], [0, 0, 2]]) {
      store.world.script.lags.push(...lags);
      await store.start(file);
    }
    expect((await store.record())?.boot).toBe(first + 6);
  });
});

describe("A disk that etcd does not know", () => {
  it("is refused when it was rolled back to an earlier start", async () => {
    const file = new MemoryBootFile();
    await store.start(file);
    const old = file.copy();
    await store.start(file);
    const before = await store.record();
    await expect(store.start(old)).rejects.toMatchObject({
      code: "STORE_DAMAGED",
      message: expect.stringMatching(
        /rolled back, or is a copy.*Move the data directory away/s,
      ) as string,
    });
    expect(await store.record()).toEqual(before);
    expect(await store.start(file)).toMatchObject({ boot: 3 });
  });

  it("is refused when it was rolled back to before its first start", async () => {
    await store.start(new MemoryBootFile());
    await expect(store.start(new MemoryBootFile())).rejects.toMatchObject({
      code: "STORE_DAMAGED",
    });
  });

  it("is refused where etcd knows nothing of a store that was started", async () => {
    const file = new MemoryBootFile();
    await store.start(file);
    await store.world.put(store.world.keys.store(STORE), "delete");
    await expect(store.start(file)).rejects.toMatchObject({
      code: "WRONG_CLUSTER",
      message: expect.stringContaining("CLAIMD_ETCD") as string,
    });
    expect(await store.record()).toBeUndefined();
  });

  it("is refused while another node is registered with the same store", async () => {
    const file = new MemoryBootFile();
    const { boot: run } = await store.start(file);
    const record = { store: STORE, boot: run, zone: "", address: "", peerAddress: "", build: "" };
    await store.world.put(store.world.keys.node("n1"), encodeNodeRecord(record));
    await expect(store.start(file.copy(), { node: "n2" })).rejects.toMatchObject({
      code: "STORE_IN_USE",
      message: expect.stringContaining("in use by node n1") as string,
    });
    expect(await store.record()).toMatchObject({ boot: 1, state: "ACTIVE" });
    // Its own registration, left behind by a crash, is none of another's.
    expect(await store.start(file, { node: "n1" })).toMatchObject({ boot: 2 });
  });

  it("is started once of two copies that start at the same time", async () => {
    const original = new MemoryBootFile();
    await store.start(original);
    for (let round = 0; round < 20; round++) {
      const boots = (await store.record())?.boot ?? 0;
      const files = [original.copy(), original.copy()];
      const outcomes = await Promise.allSettled(
        files.map((file, at) => store.start(file, { node: `n${at}` })),
      );
      const started = outcomes.flatMap((each, at) => (each.status === "fulfilled" ? [at] : []));
      expect(started).toHaveLength(1);
      const refused = outcomes.find((each) => each.status === "rejected");
      expect(refused?.reason).toMatchObject({ code: "STORE_DAMAGED" });
      expect((await store.record())?.boot).toBe(boots + 1);
      original.content = files[started[0] ?? 0]?.content;
    }
  });
});

describe("A disk that lost what it had", () => {
  it("is damaged for good when its journal ends before the mark", async () => {
    const file = new MemoryBootFile();
    await store.start(file);
    await store.change({ highWaterMark: 900 });
    const lost = {
      code: "STORE_DAMAGED",
      message: expect.stringContaining("ends at 899") as string,
    };
    await expect(store.start(file, { journalSequence: 899 })).rejects.toMatchObject(lost);
    expect(await store.record()).toMatchObject({ boot: 1, state: "DAMAGED" });
    expect((await store.record())?.damage).toContain("900 was synced");
    // However good it looks later.
    await expect(store.start(file, { journalSequence: 900 })).rejects.toMatchObject(lost);
  });

  it("is damaged only by what etcd has now", async () => {
    const file = new MemoryBootFile();
    await store.start(file);
    await store.change({ highWaterMark: 900 });
    store.world.script.transactions.push("lost", { delayedMs: 1000 }, "unanswered");
    const failed = store.start(file, { journalSequence: 5 });
    await expect(failed).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    expect(await store.record()).toMatchObject({ state: "DAMAGED" });
  });

  it("is not started when it says so itself, and etcd hears of it", async () => {
    const file = new MemoryBootFile();
    const { nonce } = await store.start(file);
    const damage = "a member has more committed than this log";
    await file.write(encodeBootMemory(STORE, { confirmed: nonce, intents: [], damage }));
    const refused = { code: "STORE_DAMAGED", message: expect.stringContaining(damage) as string };
    await expect(store.start(file)).rejects.toMatchObject(refused);
    expect(await store.record()).toMatchObject({ state: "DAMAGED", damage });
    await expect(store.start(file)).rejects.toMatchObject(refused);
  });
});
