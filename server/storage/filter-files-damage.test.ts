import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GenerationFilter } from "./generation-filter.ts";
import { decodeFilterMark, encodeFilterMark } from "./meta-format.ts";
import { parseFilterMarkKey } from "./record-key.ts";
import {
  claim,
  closedNode,
  expectAfterStart,
  expectModel,
  filesOf,
  MARKS,
  openNode,
  withLevel,
} from "./test/kept-filters.ts";
import { temporaryFolder, type TestNode, type TestNodeOptions } from "./test/test-node.ts";

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

/** What a crash, a power cut, a backup or a disk may have made of a filter's file. */
const FILES: Readonly<Record<string, (file: string, other: string) => Promise<void>>> = {
  whole: () => Promise.resolve(),
  missing: (file) => rm(file),
  unfinished: async (file) => {
    await copyFile(file, `${file}.tmp`);
    await rm(file);
  },
  empty: (file) => writeFile(file, ""),
  zeros: async (file) => writeFile(file, Buffer.alloc((await readFile(file)).length)),
  cut: async (file) => writeFile(file, (await readFile(file)).subarray(0, -64)),
  flipped: async (file) => {
    const bytes = await readFile(file);
    bytes[17] = (bytes[17] as number) ^ 4;
    await writeFile(file, bytes);
  },
  "another run's": (file, other) => copyFile(other, file),
};

/** And of its mark. */
const MARKINGS: Readonly<Record<string, (key: Buffer, value: Buffer) => Buffer | undefined>> = {
  there: (_, value) => value,
  missing: () => undefined,
  "of another format": (key, value) => {
    const generation = parseFilterMarkKey(key);
    const mark = decodeFilterMark(generation, value);
    return encodeFilterMark(generation, { ...mark, format: mark.format + 1 });
  },
  "of another size": (key, value) => {
    const generation = parseFilterMarkKey(key);
    const mark = decodeFilterMark(generation, value);
    return encodeFilterMark(generation, { ...mark, capacity: mark.capacity * 100 });
  },
};

describe("a start with a filter's file", () => {
  for (const [file, spoil] of Object.entries(FILES)) {
    for (const [mark, change] of Object.entries(MARKINGS)) {
      it(`that is ${file} and a mark that is ${mark} loses no key, now or later`, async () => {
        const { directory, startMs, model } = await closedNode(path);
        const files = await filesOf(path);
        for (const [at, name] of files.entries()) {
          const other = files[(at + 1) % files.length] as string;
          if (at !== 1) await spoil(join(`${path}-filters`, name), join(`${path}-filters`, other));
        }
        await withLevel(path, async (level) => {
          for await (const [key, value] of level.iterator(MARKS)) {
            const changed = change(key, value);
            if (changed === undefined) await level.del(key);
            else await level.put(key, changed);
          }
        });
        // Twice: the first start goes on writing, the second one sees what it has kept.
        for (const life of ["a", "b"]) {
          const node = await open({ directory, startMs });
          await expectModel(node, model);
          await claim(node, model, `early ${life}`, 5);
          await expectAfterStart(node, model);
          await claim(node, model, `late ${life}`, 12);
          await node.store.filtersKept();
          await node.close();
        }
        await expectAfterStart(await open({ directory, startMs }), model);
      });
    }
  }

  it("that lacks a key of its run ends the node", async () => {
    const { directory, startMs } = await closedNode(path);
    const [name] = await filesOf(path);
    await withLevel(path, async (level) => {
      const [entry] = await level.iterator({ ...MARKS, limit: 1 }).all();
      const [key, value] = entry as [Buffer, Buffer];
      const generation = parseFilterMarkKey(key);
      const words = new GenerationFilter(8, true).seal();
      const mark = { ...decodeFilterMark(generation, value), checksum: crc32(words) };
      await writeFile(join(`${path}-filters`, name as string), words);
      await level.put(key, encodeFilterMark(generation, mark));
    });
    const node = await open({ directory, startMs });
    await node.store.rebuilt();
    expect(node.damage[0]?.message).toMatch(/kept filter of generation \d+ lacks a key/);
  });
});
