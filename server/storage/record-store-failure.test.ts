import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { levelDatabase } from "./level-database.ts";
import { FaultyLevelDatabase } from "./test/faulty-level-database.ts";
import {
  completed,
  namespaceOf,
  running,
  temporaryFolder,
  TestNode,
  type TestNodeOptions,
} from "./test/test-node.ts";

const NAMESPACE = namespaceOf(1, "payments");
const MIB = 1024 * 1024;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path: string;
let database: FaultyLevelDatabase;
const opened: TestNode[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, "records");
  database = new FaultyLevelDatabase(
    levelDatabase(path, { writeBufferBytes: 4 * MIB, cacheBytes: MIB }),
  );
});

afterEach(async () => {
  database.release();
  for (const node of opened.splice(0)) await node.close();
  await folder[Symbol.asyncDispose]();
});

async function open(options: Partial<TestNodeOptions> = {}): Promise<TestNode> {
  const node = await TestNode.open({ path, database, ...options });
  opened.push(node);
  return node;
}

async function expectAll(node: TestNode, count: number): Promise<void> {
  const keys = Array.from({ length: count }, (_, at) => `key-${at}`);
  const records = await node.getAll(NAMESPACE, keys);
  expect(records.map((record) => record?.token)).toEqual(keys.map((_, at) => at + 1));
  expect(node.store.counts(1).records).toBe(count);
}

describe("after a failed write", () => {
  it("LevelDB is opened anew, and nothing is lost or written on the old handle", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    for (let at = 0; at < 40; at += 1) {
      if (at === 10) database.failWrites(1);
      await node.turn(NAMESPACE, [[`key-${at}`, running(at + 1, node.nowMs)]]);
      if (at % 5 === 0) await delay(12);
    }
    await node.store.flush();
    expect(database.opens).toBe(2);
    expect(database.lostWrites).toBe(0);
    expect(node.store.stats).toMatchObject({ overlayRecords: 0, reopening: false });
    await expectAll(node, 40);
    await node.close();
    const again = await open({ directory: node.directory });
    await expectAll(again, 40);
    await again.store.rebuilt();
    expect(again.damage).toEqual([]);
  });

  it("grants are refused and turns wait until it is open again", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    await node.store.flush();
    database.failWrites(1);
    database.failOpens(2);
    await node.turn(NAMESPACE, [["key-0", running(1, node.nowMs)]]);
    while (!node.store.stats.reopening) await delay(1);
    expect(node.store.pressure).toBe("refuse");
    await node.turn(NAMESPACE, [["key-1", running(2, node.nowMs)]]);
    expect(database.opens).toBe(4);
    expect(node.store.pressure).toBe("none");
    await node.store.flush();
    await expectAll(node, 2);
  });

  it("what was staged by a turn under way comes to LevelDB with a later batch", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    database.failWrites(1);
    // Without asking whether the store is ready: the turn had begun before.
    for (let at = 0; at < 20; at += 1) {
      await node.turnWithoutWaiting(NAMESPACE, [[`key-${at}`, running(at + 1, node.nowMs)]]);
      await delay(2);
    }
    await node.store.flush();
    await expectAll(node, 20);
    await node.close();
    const again = await open({ directory: node.directory });
    await expectAll(again, 20);
  });

  it("a batch that was built but not durable yet is waited for, not thrown away", async () => {
    const node = await open({ layerMs: 1 });
    await node.putNamespace(1, NAMESPACE);
    await node.turn(NAMESPACE, [["key-0", running(1, node.nowMs)]]);
    await node.store.flush();
    const durable = await node.stageOnly(NAMESPACE, [["key-1", running(2, node.nowMs)]]);
    database.failReads(1);
    const reading = node.get(NAMESPACE, "key-0");
    await delay(20);
    expect(node.store.stats.reopening).toBe(true);
    await durable();
    expect((await reading)?.token).toBe(1);
    await node.store.flush();
    await expectAll(node, 2);
  });
});

describe("after a failed deletion", () => {
  it("dropping goes on where LevelDB has been opened anew", async () => {
    const node = await open();
    await node.store.rebuilt();
    await node.putNamespace(1, NAMESPACE);
    await node.turn(NAMESPACE, [["old", completed(1, node.nowMs)]]);
    await node.store.flush();
    node.advance(3_600_000);
    await node.turn(NAMESPACE, []);
    database.failClears(1);
    node.store.dropOver();
    await node.store.dropped();
    expect(database.opens).toBe(2);
    expect(node.store.stats.drops).toEqual({ targets: 1, records: 1, waiting: 0 });
    expect(node.store.stats.generations).toBe(0);
    await node.close();
    const again = await open({ directory: node.directory, startMs: node.nowMs });
    await again.store.rebuilt();
    expect(again.store.stats.drops.targets).toBe(0);
  });
});

describe("a failed read", () => {
  it("is repeated on a new handle, and refused when it goes on failing", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    await node.turn(NAMESPACE, [["key-0", running(1, node.nowMs)]]);
    await node.store.flush();
    database.failReads(1);
    await expectAll(node, 1);
    database.failReads(3);
    await expect(node.get(NAMESPACE, "key-0")).rejects.toMatchObject({
      code: "STORAGE_UNAVAILABLE",
    });
    database.failReads(0);
    await expectAll(node, 1);
  });
});

describe("a layer", () => {
  it("stays in the overlay while a read from before it was applied is under way", async () => {
    const node = await open({ layerMs: 1 });
    await node.putNamespace(1, NAMESPACE);
    await node.store.flush();
    const endRead = node.store.beginRead();
    await node.turn(NAMESPACE, [["key-0", running(1, node.nowMs)]]);
    await node.store.flush();
    expect(node.store.stats.overlayRecords).toBe(1);
    // One that begins now sees LevelDB with the layer, so it holds nothing up.
    const endLater = node.store.beginRead();
    endRead();
    expect(node.store.stats.overlayRecords).toBe(0);
    endLater();
    await expectAll(node, 1);
  });

  it("is not written before it is durable", async () => {
    const node = await open({ layerMs: 1 });
    await node.putNamespace(1, NAMESPACE);
    await node.store.flush();
    const { writes } = database;
    const durable = await node.stageOnly(NAMESPACE, [["key-0", running(1, node.nowMs)]]);
    await delay(20);
    expect(database.writes).toBe(writes);
    await durable();
    await node.store.flush();
    expect(database.writes).toBe(writes + 1);
  });
});

describe("pressure", () => {
  it("slows and then refuses while LevelDB is behind, and ends when it has caught up", async () => {
    const node = await open({ layerRecords: 64, overlayRecords: 4096 });
    await node.putNamespace(1, NAMESPACE);
    await node.store.flush();
    database.hold();
    const claim = (turn: number): Promise<void> =>
      node.turn(
        NAMESPACE,
        Array.from({ length: 64 }, (_, at) => [`${turn}-${at}`, running(1, node.nowMs)] as const),
      );
    expect(node.store.pressure).toBe("none");
    for (let turn = 0; turn < 32; turn += 1) await claim(turn);
    expect(node.store.pressure).toBe("slow");
    for (let turn = 32; turn < 64; turn += 1) await claim(turn);
    expect(node.store.pressure).toBe("refuse");
    database.release();
    await node.store.flush();
    expect(node.store.pressure).toBe("none");
  });
});
