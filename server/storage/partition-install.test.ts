import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { levelDatabase } from "./level-database.ts";
import { FaultyLevelDatabase } from "./test/faulty-level-database.ts";
import { exported, fill, listed, MemberNodes } from "./test/member-nodes.ts";
import { type MemberTurns, recordsAt } from "./test/member-turns.ts";
import { completed, namespaceOf, running } from "./test/test-node.ts";

const PARTITION = 3;
const OTHER = 4;
const STATE = { index: 500, epoch: 9, token: 2 ** 40, stampMs: 2 ** 41 };
const SIZES = { writeBufferBytes: 65_536, cacheBytes: 65_536 };

let nodes: MemberNodes;

beforeEach(async () => {
  nodes = await MemberNodes.create();
});

afterEach(async () => {
  await nodes[Symbol.asyncDispose]();
});

/** After a start and a pass over all: nothing that is not counted, and nothing more. */
async function expectSound(turns: MemberTurns, records: number): Promise<void> {
  const { node } = turns;
  await turns.idle();
  const { directory, nowMs } = node;
  expect(node.store.counts(1).records).toBe(records);
  await turns.close();
  const again = await nodes.begun({ directory, startMs: nowMs });
  await again.node.store.rebuilt();
  expect(again.node.damage).toEqual([]);
  expect(again.node.store.counts(1).records).toBe(records);
  expect(await listed(again)).toHaveLength(records);
}

describe("an install", () => {
  it("makes the partition what another store has exported, and nothing else of it", async () => {
    const source = await nodes.begun({ path: nodes.path("source") });
    await fill(source, PARTITION, ["a", "b", "c", "d"]);
    await source.write(PARTITION, [
      { key: "b", record: undefined, epoch: 3 },
      { key: "e", record: running(7, source.node.nowMs), epoch: 3 },
    ]);
    await source.commit(PARTITION);
    const target = await nodes.begun();
    await fill(target, PARTITION, ["a", "b", "x", "y"]);
    await fill(target, OTHER, ["a", "z"]);
    const { whole, partitions } = target.node.store;
    await using from = await source.node.store.whole.export(PARTITION, 100);
    const install = await whole.install(PARTITION);
    for await (const chunk of from.chunks) await install.add(chunk);
    await target.end(install, { ...from.upTo, token: from.token, stampMs: from.stampMs });
    expect(from.upTo).toEqual({ index: 7, epoch: 3 });
    const keys = ["a", "b", "c", "d", "e", "x", "y", "pending"];
    const state = recordsAt(source.of(PARTITION), 7);
    const expected = keys.map((key) => state.get(key));
    expect(await target.seen(PARTITION, keys)).toEqual(expected);
    expect(await source.seen(PARTITION, keys)).toEqual(expected);
    const { token, stampMs } = source.node.store.partitions.at(PARTITION);
    const at = { index: 7, epoch: 3, join: 1, isVoid: false };
    expect(partitions.at(PARTITION)).toMatchObject({ ...at, token, stampMs });
    expect(await target.seen(OTHER, ["a", "z", "pending"])).not.toContain(undefined);
    const unsettled = [...target.node.store.unsettled.keys()].map(({ id }) => id.slice(4));
    expect(unsettled.sort()).toEqual(["3/a", "3/c", "3/e", "4/a"]);
    expect(target.node.store.logEnd(PARTITION)).toBe(7);
    // Its log goes on behind it.
    target.set(PARTITION, { base: { index: 7, epoch: 3, records: state }, log: [], commit: 7 });
    const { nowMs } = target.node;
    await target.write(PARTITION, [{ key: "a", record: completed(8, nowMs), epoch: 4 }]);
    await target.commit(PARTITION);
    expect(partitions.at(PARTITION)).toMatchObject({ index: 8, epoch: 4 });
    expect(await target.seen(PARTITION, ["a"])).toMatchObject([{ token: 8 }]);
    await expectSound(target, state.size + 2);
  });

  it("shows nothing of itself before it is ended, then all of it", async () => {
    const turns = await nodes.begun();
    const { store, nowMs } = turns.node;
    await fill(turns, PARTITION, ["a", "b"]);
    const install = await store.whole.install(PARTITION);
    expect(store.counts(1).records).toBe(0);
    await install.add([
      exported(PARTITION, "a", running(50, nowMs)),
      exported(PARTITION, "c", completed(51, nowMs)),
    ]);
    const keys = ["a", "b", "c", "pending"];
    const nothing = keys.map(() => undefined);
    expect(await turns.seen(PARTITION, keys)).toEqual(nothing);
    await store.flush();
    expect(await turns.seen(PARTITION, keys)).toEqual(nothing);
    expect(await listed(turns)).toEqual([]);
    expect(store.partitions.at(PARTITION)).toMatchObject({ index: 0, epoch: 0, isVoid: true });
    expect(store.logEnd(PARTITION)).toBe(0);
    expect(store.pendingAfter(PARTITION, 0)).toEqual([]);
    await turns.end(install, STATE);
    const seen = await turns.seen(PARTITION, keys);
    expect(seen.map((record) => record?.token)).toEqual([50, undefined, 51, undefined]);
    expect(store.partitions.at(PARTITION)).toMatchObject(STATE);
    expect(await listed(turns)).toEqual(["3/a", "3/c"]);
    await expectSound(turns, 2);
  });

  it("leaves nothing when it is given up", async () => {
    const turns = await nodes.begun();
    const { store, nowMs } = turns.node;
    await fill(turns, PARTITION, ["a", "b"]);
    {
      using install = await store.whole.install(PARTITION);
      await install.add([exported(PARTITION, "a", running(50, nowMs))]);
    }
    await store.whole.erased(PARTITION);
    expect(store.partitions.at(PARTITION)).toMatchObject({ index: 0, join: 1, isVoid: false });
    expect([...store.unsettled.keys()]).toEqual([]);
    await expectSound(turns, 0);
  });

  it.each([
    ["the membership ends", async (turns: MemberTurns) => await turns.leave(PARTITION)],
    [
      "the membership is another",
      async (turns: MemberTurns) => {
        await turns.leave(PARTITION);
        await turns.join(PARTITION, 2);
      },
    ],
    [
      "a log begins in its place",
      async (turns: MemberTurns) => {
        const record = completed(1, turns.node.nowMs);
        await turns.write(PARTITION, [{ key: "log", record, epoch: 1 }]);
      },
    ],
  ])("is over when %s meanwhile", async (_, overtake) => {
    const turns = await nodes.begun();
    const { store, nowMs } = turns.node;
    await fill(turns, PARTITION, ["a", "b"]);
    const install = await store.whole.install(PARTITION);
    await install.add([exported(PARTITION, "a", running(50, nowMs))]);
    await overtake(turns);
    const cancelled = { code: "CANCELLED" };
    await expect(install.add([exported(PARTITION, "b", running(51, nowMs))])).rejects.toMatchObject(
      cancelled,
    );
    await expect(turns.end(install, STATE)).rejects.toMatchObject(cancelled);
    const { log } = turns.of(PARTITION);
    expect(store.pendingAfter(PARTITION, 0)).toHaveLength(log.length);
    if (log.length > 0) await turns.commit(PARTITION);
    install.abort();
    await store.whole.erased(PARTITION);
    const seen = await turns.seen(PARTITION, ["a", "b", "log"]);
    expect(seen.filter((record) => record !== undefined)).toHaveLength(log.length);
    await expectSound(turns, log.length);
  });

  it("waits for the one before it, and for what is being erased", async () => {
    const turns = await nodes.begun();
    const { store, nowMs } = turns.node;
    await fill(turns, PARTITION, ["a", "b", "c"]);
    await turns.leave(PARTITION);
    await turns.join(PARTITION, 2);
    const first = await store.whole.install(PARTITION);
    expect(store.counts(1).records).toBe(0);
    const second = store.whole.install(PARTITION);
    await first.add([exported(PARTITION, "a", completed(50, nowMs))]);
    await turns.end(first, STATE);
    const other = await second;
    await other.add([exported(PARTITION, "b", completed(51, nowMs))]);
    await turns.end(other, { ...STATE, index: 600 });
    expect(await listed(turns)).toEqual(["3/b"]);
    expect(store.partitions.at(PARTITION)).toMatchObject({ ...STATE, index: 600 });
    await expectSound(turns, 1);
  });

  it("counts a record that comes twice once, the later one", async () => {
    const turns = await nodes.begun();
    const { store, nowMs } = turns.node;
    const install = await store.whole.install(PARTITION);
    await install.add([
      exported(PARTITION, "a", running(1, nowMs)),
      exported(PARTITION, "a", running(2, nowMs)),
    ]);
    await store.flush();
    turns.node.advance(200_000);
    await install.add([exported(PARTITION, "a", running(3, turns.node.nowMs))]);
    await turns.end(install, STATE);
    expect(await turns.seen(PARTITION, ["a"])).toMatchObject([{ token: 3 }]);
    await expectSound(turns, 1);
  });

  it("takes no record of a namespace that is not known, nor one that is damaged", async () => {
    const turns = await nodes.begun();
    const { store, nowMs } = turns.node;
    const install = await store.whole.install(PARTITION);
    const good = exported(PARTITION, "a", completed(1, nowMs));
    const unknown = install.add([good, exported(PARTITION, "b", completed(1, nowMs), 2)]);
    await expect(unknown).rejects.toMatchObject({ code: "NAMESPACE_NOT_FOUND" });
    const spoilt = { ...good, record: Buffer.from(good.record) };
    spoilt.record[5] = (spoilt.record[5] as number) ^ 1;
    await expect(install.add([spoilt])).rejects.toMatchObject({ code: "RECORDS_DAMAGED" });
    expect(turns.node.damage).toEqual([]);
    expect(store.counts(1).records).toBe(0);
    await turns.node.putNamespace(2, namespaceOf(2, "orders"));
    await install.add([good, exported(PARTITION, "b", completed(1, nowMs), 2)]);
    expect(store.counts(2).records).toBe(1);
    // Deleted in the turn before its own: it gets no record any more.
    const deleted = turns.change((frame) => {
      store.stageNamespace(frame, 2, undefined);
    });
    await install.add([exported(PARTITION, "c", completed(1, nowMs), 2)]);
    await deleted;
    expect(store.counts(2).records).toBe(0);
    await turns.end(install, STATE);
    await store.dropped();
    await expectSound(turns, 1);
  });

  it("leaves room for others in its frames, and is refused where the disk is full", async () => {
    const turns = await nodes.begun({ segmentBytes: 64 * 1024 });
    const { store, nowMs, journal, directory } = turns.node;
    const install = await store.whole.install(PARTITION);
    const before = journal.lastSequence;
    const many = Array.from({ length: 1500 }, (_, at) =>
      exported(PARTITION, `k${at}`, completed(at, nowMs)),
    );
    await install.add(many);
    const frames: number[] = [];
    for await (const { sequence, bytes } of journal.frames(before)) {
      if (sequence > before) frames.push(bytes);
    }
    expect(frames.length).toBeGreaterThan(5);
    expect(Math.max(...frames)).toBeLessThan(20 * 1024);
    directory.freeSpaceBytes = 0;
    let added = 0;
    const full = async (): Promise<void> => {
      for (; added < 100; added += 1) await install.add(many.slice(0, 100));
    };
    await expect(full()).rejects.toMatchObject({ code: "DISK_FULL" });
    directory.freeSpaceBytes = 2 ** 40;
    while (!journal.spareReady) await delay(1);
    await install.add(many.slice(0, 100));
    await turns.end(install, STATE);
    await expectSound(turns, 1500);
  });

  it("goes on when LevelDB fails in the middle", async () => {
    const database = new FaultyLevelDatabase(levelDatabase(nodes.path("records"), SIZES));
    const turns = await nodes.begun({ database });
    const { store, nowMs } = turns.node;
    await fill(turns, PARTITION, ["a", "b", "c", "d"]);
    const install = await store.whole.install(PARTITION);
    for (const name of ["e", "f", "g", "h"]) {
      database.failWrites(1);
      await install.add([exported(PARTITION, name, completed(1, nowMs))]);
      await store.flush();
    }
    await turns.end(install, STATE);
    expect(database.opens).toBeGreaterThan(3);
    expect(await listed(turns)).toEqual(["3/e", "3/f", "3/g", "3/h"]);
    await expectSound(turns, 4);
  });
});
