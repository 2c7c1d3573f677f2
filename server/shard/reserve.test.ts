import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../claim/command.ts";
import type { Reply } from "../claim/reply.ts";
import { levelDatabase } from "../storage/level-database.ts";
import { FaultyLevelDatabase } from "../storage/test/faulty-level-database.ts";
import type { Namespace } from "./namespace.ts";
import { type TestNode, type TestWorld, testWorld } from "./test/node.ts";
import { claimBy, POLICY, RecordingAsker, submissionFor } from "./test/samples.ts";

const SIZES = { writeBufferBytes: 1024 * 1024, cacheBytes: 1024 * 1024 };

let world: TestWorld;
let database: FaultyLevelDatabase;
let node: TestNode;
let payments: Namespace;

beforeEach(async () => {
  world = await testWorld();
  database = new FaultyLevelDatabase(levelDatabase(join(world.path, "records"), SIZES));
  world.records = { database, layerMs: 10 };
  node = await world.open();
  payments = await node.namespaces.getOrCreate("payments");
});

afterEach(async () => {
  await node.close();
  await world.remove();
});

function statusOf(reply: Reply): string {
  return reply.type === "refused" ? reply.code : "status" in reply ? reply.status : reply.type;
}

const extendBy = (owner: number): Command => ({
  type: "extend",
  claimId: Buffer.alloc(16, owner),
  leaseMs: 0,
});

async function ask(key: string, command: Command): Promise<string> {
  return statusOf(await node.ask(payments, key, command));
}

/** Writes until the last segment has no room for the smallest of it. */
async function fillJournal(): Promise<void> {
  world.directory.freeSpaceBytes = 0;
  const result = { contentType: "", metadata: {}, ref: "", omitted: false };
  for (const [at, size] of [60_000, 6000, 600].entries()) {
    for (let filled = 0; filled < 100; filled += 1) {
      const key = `${at}-${filled}`;
      const data = Buffer.alloc(size);
      await ask(key, claimBy(1));
      const claimId = Buffer.alloc(16, 1);
      const asker = new RecordingAsker();
      const complete = { ...result, data, sizeBytes: size };
      const command: Command = { type: "complete", claimId, result: complete };
      node.shard.submit(submissionFor({ namespace: payments, key, command, bytes: size, asker }));
      await asker.have(1);
      if (statusOf(asker.replies.get(0) as Reply) === "DISK_FULL") break;
    }
  }
  await node.store.flush();
  for (let at = 0; (await ask("key", extendBy(1))) !== "DISK_FULL"; at += 1) {
    if (at === 100) throw new Error("the journal does not fill up");
    world.nowMs += 1;
  }
}

describe("Shard: a full disk and no room left in the journal", () => {
  beforeEach(async () => {
    await ask("key", claimBy(1));
    await ask("done", claimBy(1, { complete: true }));
    await fillJournal();
  });

  it("answers whatever needs no write", async () => {
    expect(await ask("done", claimBy(2))).toBe("COMPLETED");
    expect(await ask("key", claimBy(2))).toBe("IN_PROGRESS");
    expect(await ask("key", { type: "get" })).toBe("get");
    expect(await ask("new", claimBy(2))).toBe("DISK_FULL");
  });

  it("refuses a change instead of waiting for space, and ends when it is told to", async () => {
    const left: Promise<unknown>[] = [];
    for (let at = 0; at < 40; at += 1) {
      const put = node.namespaces.put({ ...POLICY, name: `n-${at}`, revision: 0 });
      left.push(put.catch((error: unknown) => error));
      await left.at(-1);
    }
    expect(await left.at(-1)).toMatchObject({ code: "DISK_FULL" });
    await node.shard.drain();
    expect(node.fatal).toEqual([]);
  });
});

describe("Shard: LevelDB far behind", () => {
  beforeEach(async () => {
    await node.close();
    world.records = { database, overlayRecords: 8, layerMs: 10 };
    node = await world.open();
    payments = await node.namespaces.getOrCreate("payments");
  });

  it("bounds what waits for it, whatever is written", async () => {
    const keys = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    await node.store.flush();
    database.hold();
    for (const key of keys) await ask(key, claimBy(1));
    expect(await ask("z", claimBy(1))).toBe("STORAGE_BEHIND");
    expect(await ask("a", extendBy(1))).toBe("APPLIED");
    const told = new Set<string>();
    for (let round = 0; round < 5; round += 1) {
      for (const key of keys) {
        world.nowMs += 1;
        told.add(await ask(key, extendBy(1)));
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(told).toContain("STORAGE_BEHIND");
    expect(node.store.stats.overlayRecords).toBeLessThanOrEqual(20);
    expect(await ask("a", claimBy(2))).toBe("IN_PROGRESS");
    database.release();
    await node.store.flush();
    expect(await ask("a", extendBy(1))).toBe("APPLIED");
  });
});

describe("Shard: a drain while LevelDB can't be read", () => {
  it("ends, and refuses what it can't decide", async () => {
    await ask("key", claimBy(1));
    await node.store.flush();
    database.failReads(3);
    database.failOpens(1000);
    const asked = ask("key", claimBy(2));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await node.shard.drain();
    expect(await asked).toBe("STORAGE_UNAVAILABLE");
    expect(node.fatal).toEqual([]);
    database.failOpens(0);
  }, 15_000);
});
