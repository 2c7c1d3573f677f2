import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { levelDatabase } from "./level-database.ts";
import { MemoryLogDirectory } from "./memory-log-directory.ts";
import { FaultyLevelDatabase } from "./test/faulty-level-database.ts";
import {
  claim,
  closedNode,
  expectAfterStart,
  expectModel,
  filesOf,
  MARKS,
  marksIn,
  type Model,
  NAMESPACE,
  openNode,
  withLevel,
} from "./test/kept-filters.ts";
import {
  completed,
  namespaceOf,
  temporaryFolder,
  type TestNode,
  type TestNodeOptions,
} from "./test/test-node.ts";

const OTHER = namespaceOf(2, "orders", 3_600_000);
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
  const node = await openNode({ path, ...options });
  opened.push(node);
  return node;
}

describe("the filter of a full run", () => {
  it("is kept in a file and says no from the start on", async () => {
    const { directory, startMs, model } = await closedNode(path);
    expect(await filesOf(path)).toHaveLength(3);
    expect(await marksIn(path)).toHaveLength(3);
    const database = new FaultyLevelDatabase(levelDatabase(path, SIZES));
    const node = await open({ directory, startMs, database });
    const before = database.keysRead;
    await node.getAll(
      NAMESPACE,
      Array.from({ length: 100 }, (_, at) => `new-${at}`),
    );
    // Only the last run is asked, whose filter is not there yet.
    expect(database.keysRead - before).toBeLessThanOrEqual(101);
    await expectAfterStart(node, model);
    expect(await filesOf(path)).toHaveLength(3);
  });

  it("is not kept before its run is full, nor while keys from before the start miss", async () => {
    const node = await open();
    const model: Model = new Map();
    await node.putNamespace(1, NAMESPACE);
    await claim(node, model, "few", 8);
    await node.store.rebuilt();
    await node.store.filtersKept();
    expect(await filesOf(path)).toEqual([]);
    await claim(node, model, "further", 1);
    await node.store.filtersKept();
    expect(await filesOf(path)).toHaveLength(1);
  });

  it("is kept after the scan, and not before, where it was lost", async () => {
    const { directory, startMs, model } = await closedNode(path);
    await rm(`${path}-filters`, { recursive: true });
    const early = await open({ directory, startMs });
    await early.store.filtersKept();
    await early.close();
    const node = await open({ directory, startMs });
    await expectAfterStart(node, model);
    await node.store.filtersKept();
    expect(await filesOf(path)).toHaveLength(3);
    await node.close();
    await expectAfterStart(await open({ directory, startMs }), model);
  });

  it("goes with its run", async () => {
    const { directory, startMs } = await closedNode(path);
    const node = await open({ directory, startMs });
    await node.store.rebuilt();
    node.advance(24 * 3_600_000);
    await node.turn(NAMESPACE, []);
    node.store.dropOver();
    await node.store.dropped();
    await node.store.filtersKept();
    expect(await filesOf(path)).toEqual([]);
    await node.close();
    expect(await marksIn(path)).toEqual([]);
  });
});

describe("a run whose filter is kept", () => {
  it.each([
    ["is there", false],
    ["is gone", true],
  ])("takes no further key when what filled it was lost and its file %s", async (_, gone) => {
    const node = await open();
    await node.store.rebuilt();
    const model: Model = new Map();
    await node.putNamespace(1, NAMESPACE);
    await claim(node, model, "first", 20);
    await node.store.flush();
    // Fills the third run and begins a fourth, in a turn that no disk has yet.
    const lost = Array.from({ length: 6 }, (_, at) => `lost-${at}`);
    const durable = await node.stageOnly(
      NAMESPACE,
      lost.map((key) => [key, completed(1, node.nowMs, 3_600_000)] as const),
    );
    await node.store.filtersKept();
    expect(await filesOf(path)).toHaveLength(3);
    const copy = join(folder.path, "copy");
    await node.copyRecords(path, copy);
    if (gone) await rm(`${copy}-filters`, { recursive: true });
    const directory = await cloneOf(node.directory);
    const { nowMs } = node;
    await durable();
    await node.close();

    const again = await open({ path: copy, directory, startMs: nowMs });
    expect(again.store.stats.generations).toBe(3);
    for (const key of lost) model.set(key, undefined);
    await claim(again, model, "later", 3);
    expect(again.store.stats.generations).toBe(4);
    await expectAfterStart(again, model);
    await again.close();
    await expectAfterStart(await open({ path: copy, directory, startMs: nowMs }), model);
  });

  it("leaves nothing behind that meets its number again", async () => {
    // Little journal is retained: it must not know of the run any more.
    const small = { segmentBytes: 8192, writeBufferBytes: 1024 };
    const node = await open(small);
    await node.store.rebuilt();
    await node.putNamespace(2, OTHER);
    for (let at = 0; at < 20; at += 1) {
      await node.turn(OTHER, [[`old-${at}`, completed(1, node.nowMs, 3_600_000)]]);
    }
    await node.store.filtersKept();
    const before = join(folder.path, "before");
    await node.store.flush();
    await node.copyRecords(path, before);
    expect(await filesOf(before)).toHaveLength(2);
    await node.putNamespace(2, undefined);
    await node.store.dropped();
    const busy = namespaceOf(3, "busy");
    await node.putNamespace(3, busy);
    const { lastSequence } = node.journal;
    while (node.journal.firstSequence < lastSequence) {
      const keys = Array.from({ length: 40 }, (_, at) => `key-${at}`);
      await node.turn(
        busy,
        keys.map((key) => [key, completed(1, node.nowMs)] as const),
      );
      await node.store.flush();
    }
    const { directory, nowMs } = node;
    await node.close();
    // As if it had been killed before it tidied up.
    for (const name of await filesOf(before)) {
      await copyFile(join(`${before}-filters`, name), join(`${path}-filters`, name));
    }
    await withLevel(before, async (from) => {
      const marks = await from.iterator(MARKS).all();
      expect(marks).toHaveLength(2);
      await withLevel(path, async (level) => {
        for (const [key, value] of marks) await level.put(key, value);
      });
    });

    const again = await open({ directory, startMs: nowMs, ...small });
    expect(await filesOf(path)).toEqual([]);
    const model: Model = new Map();
    await again.putNamespace(1, NAMESPACE);
    await claim(again, model, "new", 20);
    const { generations } = again.store.stats;
    await again.close();
    expect(await marksIn(path)).toEqual([]);
    const last = await open({ directory, startMs: nowMs, ...small });
    expect(last.store.stats.generations).toBe(generations);
    await expectAfterStart(last, model);
  });
});

describe("a kill while a filter is being kept", () => {
  it("leaves a file without a mark, which is of no use", async () => {
    const database = new FaultyLevelDatabase(levelDatabase(path, SIZES));
    const node = await open({ database });
    await node.store.rebuilt();
    const model: Model = new Map();
    await node.putNamespace(1, NAMESPACE);
    await claim(node, model, "first", 20);
    await node.store.flush();
    database.hold();
    const keeping = node.store.filtersKept();
    while ((await filesOf(path)).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 1));
    const copy = join(folder.path, "copy");
    await node.copyRecords(path, copy);
    const { directory, nowMs } = node;
    database.release();
    await keeping;
    await node.close();
    const again = await open({ path: copy, directory, startMs: nowMs });
    expect(await filesOf(copy)).toEqual([]);
    await claim(again, model, "second", 12);
    await expectAfterStart(again, model);
    await again.store.filtersKept();
    await again.close();
    await expectAfterStart(await open({ path: copy, directory, startMs: nowMs }), model);
  });
});

describe("a filter that can't be kept", () => {
  it("is left to the next start, and claims go on", async () => {
    const node = await open();
    await node.store.rebuilt();
    const model: Model = new Map();
    await node.putNamespace(1, NAMESPACE);
    await rm(`${path}-filters`, { recursive: true });
    await claim(node, model, "first", 20);
    await node.store.filtersKept();
    await expectModel(node, model);
    const { directory, nowMs } = node;
    await node.close();
    const again = await open({ directory, startMs: nowMs });
    await expectAfterStart(again, model);
    await again.store.filtersKept();
    expect(await filesOf(path)).toHaveLength(2);
  });
});

/** The same journal once more, as a crash at this moment would leave it. */
async function cloneOf(directory: MemoryLogDirectory): Promise<MemoryLogDirectory> {
  const clone = new MemoryLogDirectory();
  for (const name of await directory.list()) clone.put(name, directory.content(name));
  return clone;
}
