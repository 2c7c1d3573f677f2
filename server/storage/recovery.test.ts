import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ClaimRecord } from "./claim-record.ts";
import { seeded } from "./test/journal-fixtures.ts";
import {
  completed,
  namespaceOf,
  running,
  START_MS,
  temporaryFolder,
  TestNode,
  type TestNodeOptions,
  type Write,
} from "./test/test-node.ts";

const NAMESPACE = namespaceOf(1, "payments");
const OTHER = namespaceOf(2, "orders", 600_000);
/** A slice's records are soon in several runs. */
const SMALL_RUNS = { first: 4, most: 16 };

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
  const node = await TestNode.open({ path, runKeys: SMALL_RUNS, ...options });
  opened.push(node);
  return node;
}

/** Reads what a node has of every key in the model, and what it counts. */
async function expectModel(
  node: TestNode,
  model: ReadonlyMap<string, ClaimRecord | undefined>,
  namespace = NAMESPACE,
): Promise<void> {
  const keys = [...model.keys()];
  expect(await node.getAll(namespace, keys)).toEqual(keys.map((key) => model.get(key)));
  const stored = [...model.values()].filter((record) => record !== undefined).length;
  expect(node.store.counts(namespace.id).records).toBe(stored);
}

/** A few turns of random writes, kept in a model too. */
async function someTurns(
  node: TestNode,
  model: Map<string, ClaimRecord | undefined>,
  random: () => number,
  turns: number,
): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    const writes: Write[] = [];
    for (let each = Math.ceil(random() * 6); each > 0; each -= 1) {
      const key = `key-${Math.floor(random() * 40)}`;
      const kind = random();
      const token = Math.floor(random() * 1e9);
      const write =
        kind < 0.5
          ? running(token, node.nowMs)
          : kind < 0.85
            ? completed(token, node.nowMs)
            : "removed";
      writes.push([key, write]);
      model.set(key, write === "removed" ? undefined : write);
    }
    await node.turn(NAMESPACE, writes);
    // Within a minute or two a key's record moves on to the next slice.
    node.advance(Math.floor(random() * 2_000));
    if (random() < 0.2) await node.store.flush();
    if (random() < 0.1) await node.store.filtersKept();
  }
}

describe("a start", () => {
  it("brings any earlier LevelDB to the journal's end, counts included", async () => {
    const seed = Math.floor(fc.sample(fc.nat(), 1)[0] ?? 0);
    const random = seeded(seed);
    const model = new Map<string, ClaimRecord | undefined>();
    const node = await open({ layerMs: 1 });
    await node.putNamespace(1, NAMESPACE);
    const copies: string[] = [];
    for (let part = 0; part < 6; part += 1) {
      await someTurns(node, model, random, 8);
      const copy = join(folder.path, `copy-${part}`);
      await node.copyRecords(path, copy);
      copies.push(copy);
    }
    const { nowMs, directory } = node;
    await node.close();
    for (const copy of copies) {
      for (let start = 0; start < 2; start += 1) {
        const again = await open({ path: copy, directory, startMs: nowMs });
        await expectModel(again, model).catch((error: unknown) => {
          throw new Error(`seed ${seed}, ${copy}`, { cause: error });
        });
        await again.store.rebuilt();
        expect(again.damage, `seed ${seed}, ${copy}`).toEqual([]);
        // By the filters that were rebuilt.
        await expectModel(again, model).catch((error: unknown) => {
          throw new Error(`seed ${seed}, ${copy}, rebuilt`, { cause: error });
        });
        await again.close();
      }
    }
  });

  it("makes up for whatever LevelDB's own log has lost, counts included", async () => {
    const seed = Math.floor(fc.sample(fc.nat(), 1)[0] ?? 0);
    const random = seeded(seed);
    const model = new Map<string, ClaimRecord | undefined>();
    const node = await open({ layerMs: 1 });
    await node.putNamespace(1, NAMESPACE);
    await someTurns(node, model, random, 250);
    await node.store.flush();
    const { nowMs, directory } = node;
    await node.close();
    const log = (await readdir(path)).find((name) => name.endsWith(".log")) as string;
    const whole = await readFile(join(path, log));
    expect(whole.length).toBeGreaterThan(65_536);
    for (let trial = 0; trial < 20; trial += 1) {
      const copy = join(folder.path, `copy-${trial}`);
      await node.copyRecords(path, copy);
      const at = Math.floor(random() * whole.length);
      // A flipped byte drops the rest of its block, a cut all behind it.
      const bytes = trial % 2 === 0 ? Buffer.from(whole) : whole.subarray(0, at);
      if (trial % 2 === 0) bytes[at] = (bytes[at] as number) ^ 0x55;
      await writeFile(join(copy, log), bytes);
      const again = await open({ path: copy, directory, startMs: nowMs });
      await expectModel(again, model).catch((error: unknown) => {
        throw new Error(`seed ${seed}, byte ${at} of ${whole.length}`, { cause: error });
      });
      await again.store.rebuilt();
      expect(again.damage, `seed ${seed}, byte ${at} of ${whole.length}`).toEqual([]);
      await expectModel(again, model).catch((error: unknown) => {
        throw new Error(`seed ${seed}, byte ${at} of ${whole.length}, rebuilt`, { cause: error });
      });
      await again.close();
    }
  });

  it("has all that was durable and nothing half, wherever the journal's disk crashed", async () => {
    const seed = Math.floor(fc.sample(fc.nat(), 1)[0] ?? 0);
    for (let round = 0; round < 12; round += 1) {
      const random = seeded(seed + round);
      const model = new Map<string, ClaimRecord | undefined>();
      const roundPath = join(folder.path, `round-${round}`);
      let node = await open({ path: roundPath, layerMs: 1 });
      const { directory } = node;
      await node.putNamespace(1, NAMESPACE);
      let startMs = START_MS;
      for (let life = 0; life < 4; life += 1) {
        await someTurns(node, model, random, 6);
        const key = `last-${life}`;
        const durable = await node.stageOnly(NAMESPACE, [[key, completed(7, node.nowMs)]]);
        directory.crashAtOperation(directory.operations + Math.floor(random() * 2));
        const answered = await Promise.race([
          durable().then(
            () => true,
            () => false,
          ),
          new Promise<boolean>((resolve) => setTimeout(resolve, 15, false)),
        ]);
        const copy = join(folder.path, `round-${round}-${life}`);
        await node.copyRecords(roundPath, copy);
        startMs = node.nowMs;
        directory.crash(random);
        // The dead node's LevelDB goes away without a word to the copy.
        await node.store.close();
        node = await open({ path: copy, directory, startMs, layerMs: 1 });
        const found = await node.get(NAMESPACE, key);
        if (answered) expect(found, `seed ${seed} + ${round}`).toBeDefined();
        model.set(key, found);
        await expectModel(node, model).catch((error: unknown) => {
          throw new Error(`seed ${seed} + ${round}`, { cause: error });
        });
        await node.store.rebuilt();
        expect(node.damage, `seed ${seed} + ${round}`).toEqual([]);
        await expectModel(node, model).catch((error: unknown) => {
          throw new Error(`seed ${seed} + ${round}, rebuilt`, { cause: error });
        });
        await node.copyRecords(copy, roundPath);
        await node.store.close();
        node = await open({ path: roundPath, directory, startMs, layerMs: 1 });
      }
      await node.close();
    }
  }, 30_000);

  it("gives no token twice and lets no index fall", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    for (let each = 0; each < 100; each += 1) {
      await node.turn(NAMESPACE, [[`key-${each}`, running(5_000_000 + each, node.nowMs)]]);
    }
    const { index, token } = node.store.partitions;
    const touched = [...index.keys()].filter((each) => (index[each] as number) > 0);
    expect(touched.length).toBeGreaterThan(50);
    const before = touched.map((each) => node.store.partitions.at(each));
    const tokens = touched.map((each) => token[each] as number);
    await node.close();
    const again = await open({ directory: node.directory });
    touched.forEach((each, at) => {
      const state = again.store.partitions.at(each);
      expect(state).toEqual({ ...before[at], token: (tokens[at] as number) + 2 ** 20 });
    });
  });

  it("finds namespaces as they were last, and gives no id twice", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    await node.putNamespace(2, OTHER);
    await node.turn(OTHER, [["gone", completed(1, node.nowMs)]]);
    await node.store.flush();
    await node.putNamespace(2, undefined);
    await node.store.dropped();
    await node.close();
    const again = await open({ directory: node.directory });
    expect([...again.store.namespaces.keys()]).toEqual([1]);
    expect(again.store.nextNamespaceId).toBe(3);
    await again.store.rebuilt();
    await again.store.dropped();
    expect(again.damage).toEqual([]);
    expect(again.store.counts(2)).toEqual({ records: 0, bytes: 0 });
    expect(await again.get(OTHER, "gone")).toBeUndefined();
  });
});
