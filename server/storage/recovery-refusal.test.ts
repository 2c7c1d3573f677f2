import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ClassicLevel } from "classic-level";
import { MemoryLogDirectory } from "./memory-log-directory.ts";
import {
  completed,
  namespaceOf,
  running,
  temporaryFolder,
  TestNode,
  type TestNodeOptions,
} from "./test/test-node.ts";

const NAMESPACE = namespaceOf(1, "payments");

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

/** As little of the journal is retained as can be. */
const SMALL = { segmentBytes: 8192, writeBufferBytes: 1024 };

/** Enough turns that the journal has let go of its beginning. */
async function nodeWithoutBeginning(): Promise<{ node: TestNode; directory: MemoryLogDirectory }> {
  const directory = new MemoryLogDirectory();
  const node = await open({ directory, ...SMALL });
  await node.putNamespace(1, NAMESPACE);
  while (node.journal.firstSequence < 6) {
    const writes = Array.from(
      { length: 50 },
      (_, at) => [`${node.journal.lastSequence}-${at}`, completed(1, node.nowMs)] as const,
    );
    await node.turn(NAMESPACE, writes);
    await node.store.flush();
  }
  return { node, directory };
}

describe("a LevelDB that does not fit the journal", () => {
  it("is rebuilt when it is gone and the journal reaches back to its beginning", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    await node.turn(NAMESPACE, [["a", completed(1, node.nowMs)]]);
    await node.close();
    await rm(path, { recursive: true });
    const again = await open({ directory: node.directory });
    expect((await again.get(NAMESPACE, "a"))?.state).toBe("COMPLETED");
    await again.store.rebuilt();
    expect(again.damage).toEqual([]);
  });

  it("is rebuilt without its CURRENT file only where the journal reaches back", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    await node.turn(NAMESPACE, [["a", completed(1, node.nowMs)]]);
    await node.close();
    await rm(join(path, "CURRENT"));
    const again = await open({ directory: node.directory });
    expect((await again.get(NAMESPACE, "a"))?.state).toBe("COMPLETED");
  });

  it("is refused when it or its CURRENT is gone and the beginning has been let go", async () => {
    const { node, directory } = await nodeWithoutBeginning();
    await node.close();
    const copy = join(folder.path, "copy");
    await node.copyRecords(path, copy);
    await rm(join(copy, "CURRENT"));
    for (const missing of [copy, join(folder.path, "nothing")]) {
      await expect(open({ path: missing, directory, ...SMALL })).rejects.toMatchObject({
        code: "RECORDS_DAMAGED",
        message: expect.stringContaining("restore a backup") as string,
      });
    }
    // Nothing was deleted by the attempt: LevelDB would have taken the tables for rubbish.
    const kept = (await readdir(path)).filter((each) => /^(MANIFEST|\d+\.)/.test(each));
    expect(await readdir(copy)).toEqual(expect.arrayContaining(kept));
  });

  it("is refused when it is older than the oldest retained frame", async () => {
    const directory = new MemoryLogDirectory();
    const first = await open({ directory, ...SMALL });
    await first.putNamespace(1, NAMESPACE);
    await first.turn(NAMESPACE, [["a", completed(1, first.nowMs)]]);
    await first.store.flush();
    const old = join(folder.path, "old");
    await first.copyRecords(path, old);
    await first.close();
    const node = await open({ directory, ...SMALL });
    while (node.journal.firstSequence <= 3) {
      const key = `key-${node.journal.lastSequence}`;
      await node.turn(NAMESPACE, [
        [key, completed(1, node.nowMs)],
        ["x", running(1, node.nowMs)],
      ]);
      if (node.journal.lastSequence % 50 === 0) await node.store.flush();
    }
    await node.close();
    await expect(open({ path: old, directory, ...SMALL })).rejects.toMatchObject({
      code: "RECORDS_DAMAGED",
      message: expect.stringMatching(/up to 2, the journal begins at \d+.*restore/) as string,
    });
  });

  it("is refused when it is newer than the journal", async () => {
    const directory = new MemoryLogDirectory();
    const node = await open({ directory });
    await node.putNamespace(1, NAMESPACE);
    await node.turn(NAMESPACE, [["a", completed(1, node.nowMs)]]);
    await node.close();
    await expect(open({ directory: new MemoryLogDirectory() })).rejects.toMatchObject({
      code: "RECORDS_DAMAGED",
      message: expect.stringContaining("up to 2, the journal ends at 0") as string,
    });
  });

  it("is refused when it belongs to another store", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    await node.close();
    const level = new ClassicLevel<Buffer, Buffer>(path, {
      keyEncoding: "buffer",
      valueEncoding: "buffer",
    });
    const other = join(folder.path, "other");
    await level.open();
    await level.close();
    const stranger = await open({
      path: other,
      storeId: Uint8Array.from({ length: 16 }, () => 9),
    });
    await stranger.putNamespace(1, NAMESPACE);
    await stranger.close();
    await expect(open({ path: other, directory: node.directory })).rejects.toMatchObject({
      code: "RECORDS_DAMAGED",
      message: expect.stringContaining("another store") as string,
    });
  });

  it("is refused while somebody else has it open", async () => {
    const node = await open();
    await expect(open({ directory: new MemoryLogDirectory() })).rejects.toMatchObject({
      code: "DATA_DIRECTORY_IN_USE",
    });
    await node.close();
  });
});
