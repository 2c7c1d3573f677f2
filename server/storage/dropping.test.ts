import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ClassicLevel } from "classic-level";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { levelDatabase } from "./level-database.ts";
import { MemoryLogDirectory } from "./memory-log-directory.ts";
import { FaultyLevelDatabase } from "./test/faulty-level-database.ts";
import {
  completed,
  namespaceOf,
  temporaryFolder,
  TestNode,
  type TestNodeOptions,
} from "./test/test-node.ts";

const NAMESPACE = namespaceOf(1, "payments");
const OTHER = namespaceOf(2, "orders");
const HOUR_MS = 3_600_000;
const SIZES = { writeBufferBytes: 65_536, cacheBytes: 65_536 };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path: string;
const opened: TestNode[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, "records");
});

afterEach(async () => {
  for (const node of opened.splice(0)) await node.close();
  await folder[Symbol.asyncDispose]();
});

async function open(options: Partial<TestNodeOptions> = {}): Promise<TestNode> {
  const node = await TestNode.open({ path, ...options });
  opened.push(node);
  return node;
}

/** Everything a closed LevelDB has, as its keys' first bytes: 1 to 30 are records, 255 is meta. */
async function keysIn(directory: string): Promise<{ records: number; counts: number }> {
  const level = new ClassicLevel<Buffer, Buffer>(directory, {
    keyEncoding: "buffer",
    valueEncoding: "buffer",
  });
  await level.open();
  const keys = await level.keys().all();
  await level.close();
  return {
    records: keys.filter((key) => (key[0] as number) <= 30).length,
    counts: keys.filter((key) => key[0] === 255 && key[1] === 4).length,
  };
}

describe("dropping", () => {
  it("leaves nothing of a generation that is over, and all of the others", async () => {
    const node = await open();
    await node.store.rebuilt();
    await node.putNamespace(1, NAMESPACE);
    await node.putNamespace(2, OTHER);
    for (let at = 0; at < 300; at += 1) {
      await node.turn(NAMESPACE, [[`old-${at}`, completed(1, node.nowMs)]]);
    }
    await node.turn(OTHER, [["old", completed(1, node.nowMs)]]);
    node.advance(HOUR_MS);
    await node.turn(OTHER, [["new", completed(1, node.nowMs)]]);
    await node.store.flush();
    node.store.dropOver();
    expect(node.store.counts(1).records).toBe(0);
    expect(await node.get(NAMESPACE, "old-0")).toBeUndefined();
    await node.store.dropped();
    expect(node.store.stats.drops).toEqual({ targets: 2, records: 301, waiting: 0 });
    expect((await node.get(OTHER, "new"))?.state).toBe("COMPLETED");
    await node.close();
    expect(await keysIn(path)).toEqual({ records: 1, counts: 1 });
  });

  it("compacts a run once, however many namespaces have little in it", async () => {
    const database = new FaultyLevelDatabase(levelDatabase(path, SIZES));
    const node = await open({ database, runKeys: { first: 40, most: 40 } });
    await node.store.rebuilt();
    const namespaces = Array.from({ length: 20 }, (_, at) => namespaceOf(1 + at, `n-${at}`));
    for (const each of namespaces) await node.putNamespace(each.id, each);
    for (let at = 0; at < 4; at += 1) {
      const { nowMs } = node;
      await node.turn(
        NAMESPACE,
        namespaces.map((each) => [`old-${at}`, completed(1, nowMs), each] as const),
      );
    }
    expect(node.store.stats.generations).toBe(2);
    node.advance(HOUR_MS);
    await node.turn(NAMESPACE, []);
    node.store.dropOver();
    await node.store.dropped();
    expect(node.store.stats.drops).toEqual({ targets: 40, records: 80, waiting: 0 });
    expect(database.compactions).toBe(2);
    await node.close();
    expect(await keysIn(path)).toEqual({ records: 0, counts: 0 });
  });

  it("rests three times as long as it worked, unless the next slice is over, too", async () => {
    const database = new FaultyLevelDatabase(levelDatabase(path, SIZES));
    database.clearMs = 50;
    const node = await open({ database });
    await node.store.rebuilt();
    const namespaces = [1, 2, 3, 4, 5].map((id) => namespaceOf(id, `n-${id}`));
    for (const each of namespaces) await node.putNamespace(each.id, each);
    const claimAll = (key: string) =>
      node.turn(
        NAMESPACE,
        namespaces.map((each) => [key, completed(1, node.nowMs), each] as const),
      );
    await claimAll("first");
    node.advance(HOUR_MS);
    await claimAll("second");
    node.store.dropOver();
    while (database.clears.length < 2) await delay(1);
    node.advance(HOUR_MS);
    await node.turn(NAMESPACE, []);
    node.store.dropOver();
    await node.store.dropped();
    expect(node.store.stats.drops).toEqual({ targets: 10, records: 10, waiting: 0 });
    const rests = database.clears.slice(1).map(({ startedMs }, at) => {
      return startedMs - (database.clears[at]?.endedMs ?? Number.NaN);
    });
    expect(rests[0]).toBeGreaterThan(3 * 50 - 5);
    expect(Math.min(...rests.slice(2))).toBeLessThan(50);
  });

  it("waits for what was staged before, so that no late write comes back", async () => {
    const database = new FaultyLevelDatabase(levelDatabase(path, SIZES));
    const node = await open({ database, layerMs: 1 });
    await node.putNamespace(1, NAMESPACE);
    await node.store.flush();
    database.hold();
    await node.turn(NAMESPACE, [["old", completed(1, node.nowMs)]]);
    node.advance(HOUR_MS);
    await node.turn(NAMESPACE, []);
    node.store.dropOver();
    await delay(30);
    expect(node.store.stats.drops).toEqual({ targets: 0, records: 0, waiting: 1 });
    database.release();
    await node.store.dropped();
    await node.close();
    expect(await keysIn(path)).toEqual({ records: 0, counts: 0 });
  });

  it("touches a deleted namespace only when its deletion is durable", async () => {
    // Little journal is retained: it would bring back what is deleted too early.
    const directory = new MemoryLogDirectory();
    const small = { segmentBytes: 8192, writeBufferBytes: 1024 };
    const node = await open({ directory, layerMs: 1, ...small });
    await node.putNamespace(1, NAMESPACE);
    await node.putNamespace(2, OTHER);
    await node.turn(NAMESPACE, [["first", completed(1, node.nowMs)]]);
    while (node.journal.firstSequence < 4) {
      const keys = Array.from({ length: 40 }, (_, at) => `${node.journal.lastSequence}-${at}`);
      await node.turn(
        OTHER,
        keys.map((key) => [key, completed(1, node.nowMs)] as const),
      );
      await node.store.flush();
    }
    const durable = node.stageNamespaceOnly(1, undefined);
    expect(await node.get(NAMESPACE, "first")).toBeUndefined();
    await delay(50);
    const copy = join(folder.path, "copy");
    await node.copyRecords(path, copy);
    const again = await open({ path: copy, directory: await cloneOf(directory), ...small });
    expect((await again.get(NAMESPACE, "first"))?.state).toBe("COMPLETED");
    await durable();
    await node.store.dropped();
    expect(node.store.stats.drops.records).toBe(1);
    await node.close();
    const gone = await open({ directory, ...small });
    expect(gone.store.namespaces.has(1)).toBe(false);
    await gone.store.rebuilt();
    expect(gone.damage).toEqual([]);
  });

  it("goes on at the next start where a kill has interrupted it", async () => {
    const database = new FaultyLevelDatabase(levelDatabase(path, SIZES));
    const node = await open({ database });
    await node.putNamespace(1, NAMESPACE);
    for (let at = 0; at < 50; at += 1) {
      await node.turn(NAMESPACE, [[`old-${at}`, completed(1, node.nowMs)]]);
    }
    await node.store.flush();
    node.advance(HOUR_MS);
    await node.turn(NAMESPACE, []);
    // The deletions are there, the count is not gone yet.
    database.hold();
    node.store.dropOver();
    await delay(100);
    const copy = join(folder.path, "copy");
    await node.copyRecords(path, copy);
    const directory = await cloneOf(node.directory);
    database.release();
    const again = await open({ path: copy, directory, startMs: node.nowMs });
    expect(again.store.stats.generations).toBe(0);
    await again.store.rebuilt();
    await again.store.dropped();
    expect(again.damage).toEqual([]);
    await again.close();
    expect(await keysIn(copy)).toEqual({ records: 0, counts: 0 });
  });
});

/** The same journal once more, as a crash at this moment would leave it. */
async function cloneOf(directory: MemoryLogDirectory): Promise<MemoryLogDirectory> {
  const clone = new MemoryLogDirectory();
  for (const name of await directory.list()) clone.put(name, directory.content(name));
  return clone;
}
