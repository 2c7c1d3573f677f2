import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LevelDatabase, levelDatabase } from "./level-database.ts";
import { countsKey, parseRecordKey } from "./record-key.ts";
import { completed, namespaceOf, running, temporaryFolder, TestNode } from "./test/test-node.ts";

const NAMESPACE = namespaceOf(1, "payments");
const RECORDS = { gte: Buffer.of(1), lt: Buffer.of(31) };
/**
 * As little of the journal is retained as can be: what it holds, a start writes anew. The first
 * turns fill runs whose filters are kept.
 */
const SMALL = {
  segmentBytes: 8192,
  writeBufferBytes: 1024,
  runKeys: { first: 64, most: 64 },
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path: string;
let node: TestNode | undefined;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, "records");
});

afterEach(async () => {
  await node?.close();
  await folder[Symbol.asyncDispose]();
});

/** A store whose oldest records the journal has let go, changed behind its back, opened again. */
async function afterChange(
  change: (level: ClassicLevel<Buffer, Buffer>) => Promise<void>,
  changeFiles: () => Promise<void> = () => Promise.resolve(),
): Promise<TestNode> {
  node = await TestNode.open({ path, ...SMALL });
  await node.store.rebuilt();
  await node.putNamespace(1, NAMESPACE);
  for (let turn = 0; node.journal.firstSequence < 6; turn += 1) {
    const key = (at: number): string => `${String(turn).padStart(3, "0")}-${at}`;
    const keys = Array.from({ length: 50 }, (_, at) => key(at));
    const { nowMs } = node;
    await node.turn(
      NAMESPACE,
      keys.map((each) => [each, completed(1, nowMs)] as const),
    );
    await node.store.flush();
  }
  await node.store.filtersKept();
  const { directory, nowMs } = node;
  await node.close();
  const level = new ClassicLevel<Buffer, Buffer>(path, {
    keyEncoding: "buffer",
    valueEncoding: "buffer",
  });
  await level.open();
  await change(level);
  await level.close();
  await changeFiles();
  node = await TestNode.open({ path, directory, startMs: nowMs, ...SMALL });
  return node;
}

/** The entry of the first key of the first turn in LevelDB. */
async function firstEntry(level: ClassicLevel<Buffer, Buffer>): Promise<[Buffer, Buffer]> {
  const entries = await level.iterator(RECORDS).all();
  const found = entries.find(([key]) => key.toString("latin1").endsWith("000-0"));
  if (found === undefined) throw new Error("the first key is not in LevelDB");
  return found;
}

describe("a start after LevelDB was changed", () => {
  it("finds nothing wrong when nothing is", async () => {
    const opened = await afterChange(() => Promise.resolve());
    await opened.store.rebuilt();
    expect(opened.damage).toEqual([]);
    expect(opened.store.unsettled.complete).toBe(true);
  });

  it("reports a value that is not as it was written, and never gives it to a turn", async () => {
    const opened = await afterChange(async (level) => {
      const [key, value] = await firstEntry(level);
      const damaged = Buffer.from(value);
      damaged[9] = (damaged[9] as number) ^ 1;
      await level.put(key, damaged);
    });
    await expect(opened.get(NAMESPACE, "000-0")).rejects.toMatchObject({ code: "RECORDS_DAMAGED" });
    await opened.store.rebuilt();
    expect(opened.damage).not.toEqual([]);
    expect(opened.store.unsettled.complete).toBe(false);
  });

  it("reports a value that stands under another key", async () => {
    const opened = await afterChange(async (level) => {
      const [key, value] = await firstEntry(level);
      const other = Buffer.from(key);
      other[other.length - 1] = (other.at(-1) as number) ^ 0x40;
      await level.batch([
        { type: "del", key },
        { type: "put", key: other, value },
      ]);
    });
    await opened.store.rebuilt();
    expect(opened.damage).toMatchObject([{ code: "RECORDS_DAMAGED" }]);
  });

  it("reports a record that is gone, and one more than was counted", async () => {
    const opened = await afterChange(async (level) => {
      await level.del((await firstEntry(level))[0]);
    });
    await opened.store.rebuilt();
    expect(opened.damage).toMatchObject([{ code: "RECORDS_DAMAGED" }]);
    expect(opened.damage[0]?.message).toMatch(/has \d+ records .* were counted.*restore/);
  });

  it("reports records that no count knows of", async () => {
    const opened = await afterChange(async (level) => {
      const [key, value] = await firstEntry(level);
      const elsewhere = Buffer.from(key);
      // The next slice of the same class: nothing has been written there.
      elsewhere.writeUInt32BE(key.readUInt32BE(0) + 1, 0);
      const { generation } = parseRecordKey(elsewhere);
      expect(await level.get(countsKey(generation, 1))).toBeUndefined();
      await level.put(elsewhere, value);
    });
    await opened.store.rebuilt();
    expect(opened.damage[0]?.message).toContain("uncounted");
  });

  it("reports a flipped bit in a table's filter, which would hide a record", async () => {
    let table = "";
    const opened = await afterChange(
      async (level) => {
        await level.compactRange(Buffer.of(0), Buffer.of(255, 255));
      },
      async () => {
        const names = (await readdir(path)).filter((name) => name.endsWith(".ldb"));
        table = join(path, names[0] as string);
        const bytes = await readFile(table);
        // The filter block stands before the metaindex block, which the footer names first.
        let at = 0;
        for (let i = bytes.length - 48, scale = 1; ; i += 1, scale *= 128) {
          at += ((bytes[i] as number) & 127) * scale;
          if ((bytes[i] as number) < 128) break;
        }
        bytes[at - 40] = (bytes[at - 40] as number) ^ 0xff;
        await writeFile(table, bytes);
      },
    );
    await opened.store.rebuilt();
    expect(opened.damage[0]?.message).toContain(`${table} is damaged`);
  });

  it("refuses a mark, a count or a token that is not as it was written", async () => {
    for (const at of [1, 2, 4, 5, 6, 7]) {
      await expect(
        afterChange(async (level) => {
          const range = { gte: Buffer.of(255, at), lt: Buffer.of(255, at + 1) };
          const [entry] = await level.iterator({ ...range, limit: 1 }).all();
          const [key, value] = entry as [Buffer, Buffer];
          const damaged = Buffer.from(value);
          damaged[1] = (damaged[1] as number) ^ 4;
          await level.put(key, damaged);
        }),
      ).rejects.toMatchObject({ code: "RECORDS_DAMAGED" });
      await folder[Symbol.asyncDispose]();
    }
  });

  it("drops what a power cut brought back of a generation that is over", async () => {
    const opened = await afterChange(async (level) => {
      const [key, value] = await firstEntry(level);
      const long = Buffer.from(key);
      long.writeUInt32BE(key.readUInt32BE(0) - 1000, 0);
      await level.put(long, value);
    });
    await opened.store.rebuilt();
    await opened.store.dropped();
    expect(opened.damage).toEqual([]);
    expect(opened.store.stats.drops.targets).toBe(1);
  });
});

describe("the scan after a start", () => {
  it("looks at no table that LevelDB has not finished", async () => {
    const level = levelDatabase(path, { writeBufferBytes: 65_536, cacheBytes: 65_536 });
    const database: LevelDatabase = {
      path,
      open: async (options) => {
        const handle = await level.open(options);
        await writeFile(join(path, "999999.ldb"), "half of it");
        return handle;
      },
    };
    node = await TestNode.open({ path, database });
    await node.store.rebuilt();
    expect(await readdir(path)).toContain("999999.ldb");
    expect(node.damage).toEqual([]);
  });

  it("takes an open claim as it is now, not as it was when the scan passed", async () => {
    node = await TestNode.open({ path });
    await node.putNamespace(1, NAMESPACE);
    const keys = Array.from({ length: 3000 }, (_, at) => `key-${at}`);
    for (let from = 0; from < keys.length; from += 250) {
      const { nowMs } = node;
      const part = keys.slice(from, from + 250);
      await node.turn(
        NAMESPACE,
        part.map((key) => [key, running(1, nowMs)] as const),
      );
    }
    const { directory } = node;
    await node.close();
    node = await TestNode.open({ path, directory, layerMs: 1 });
    // Every second key is settled while the scan goes on, some before it passes, some after.
    for (let at = 0; at < keys.length; at += 2) {
      await node.turn(NAMESPACE, [[keys[at] as string, completed(1, node.nowMs)]]);
    }
    await node.store.rebuilt();
    expect(node.damage).toEqual([]);
    const open = [...node.store.unsettled.keys()].map(({ id }) => id.slice(4)).sort();
    expect(open).toEqual(keys.filter((_, at) => at % 2 === 1).sort());
  });
});
