import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ClaimRecord } from "./claim-record.ts";
import { levelDatabase } from "./level-database.ts";
import type { ExportedRecord, PartitionExport } from "./partition-export.ts";
import { decodeRecord } from "./record-format.ts";
import { FaultyLevelDatabase } from "./test/faulty-level-database.ts";
import { seeded } from "./test/journal-fixtures.ts";
import { MemberNodes } from "./test/member-nodes.ts";
import { type MemberTurns, recordsAt } from "./test/member-turns.ts";
import { completed, namespaceOf, running, type TestNodeOptions } from "./test/test-node.ts";

const PARTITION = 3;
const HOUR_MS = 3_600_000;
const SIZES = { writeBufferBytes: 65_536, cacheBytes: 65_536 };

let nodes: MemberNodes;

beforeEach(async () => {
  nodes = await MemberNodes.create();
});

afterEach(async () => {
  await nodes[Symbol.asyncDispose]();
});

function open(options: Partial<TestNodeOptions> = {}): Promise<MemberTurns> {
  return nodes.open({ runKeys: { first: 16, most: 64 }, ...options });
}

async function all(exported: PartitionExport): Promise<ExportedRecord[]> {
  const records: ExportedRecord[] = [];
  for await (const chunk of exported.chunks) records.push(...chunk);
  return records;
}

/** By key without the partition in front; each key once. */
function byKey(records: readonly ExportedRecord[]): Map<string, ClaimRecord> {
  const found = new Map<string, ClaimRecord>();
  for (const { key, record, token } of records) {
    const [, name = ""] = Buffer.from(key).toString().split("/");
    if (found.has(name)) throw new Error(`${name} came twice`);
    const decoded = decodeRecord(record, key);
    expect(token).toBe(decoded.token);
    found.set(name, decoded);
  }
  return found;
}

describe("an export", () => {
  it("is the state at one entry of the log, whatever turns do meanwhile", async () => {
    const [seed = 0] = fc.sample(fc.nat(), 1);
    const random = seeded(seed);
    const turns = await open();
    const { node } = turns;
    await turns.join(PARTITION, 1);
    await turns.join(PARTITION + 1, 1);
    const writer = { goesOn: true };
    const write = async (): Promise<void> => {
      for (let turn = 0; turn < 200; turn += 1) {
        for (const partition of [PARTITION, PARTITION + 1]) {
          const entries = Array.from({ length: Math.floor(random() * 4) }, () => {
            const token = 1 + Math.floor(random() * 1e9);
            const kind = random();
            const made = kind < 0.5 ? running(token, node.nowMs) : completed(token, node.nowMs);
            const key = `key-${Math.floor(random() * 40)}`;
            return { key, record: kind < 0.8 ? made : undefined, epoch: 1 + Math.floor(turn / 20) };
          });
          await turns.write(partition, entries);
          const { commit, log } = turns.of(partition);
          const index = commit + Math.floor(random() * (log.length - commit + 1));
          if (index > commit) await turns.commit(partition, index);
        }
        node.advance(Math.floor(random() * 300));
        // The journal in memory never leaves the event loop a moment for LevelDB.
        await delay(2);
      }
      writer.goesOn = false;
    };
    const writing = write();
    const indexes = new Set<number>();
    while (writer.goesOn) {
      const { commit } = turns.of(PARTITION);
      const exported = await node.store.whole.export(PARTITION, 1 + Math.floor(random() * 2000));
      const found = byKey(await all(exported));
      const { index, epoch } = exported.upTo;
      const model = turns.of(PARTITION);
      expect(index, `seed ${seed}`).toBeGreaterThanOrEqual(commit);
      expect(epoch).toBe(model.log[index - 1]?.epoch ?? 0);
      expect(found, `seed ${seed}, entry ${index}`).toEqual(recordsAt(model, index));
      const tokens = model.log.slice(0, index).map(({ record }) => record?.token ?? 0);
      expect(exported.token).toBeGreaterThanOrEqual(Math.max(0, ...tokens));
      indexes.add(index);
    }
    await writing;
    expect(indexes.size).toBeGreaterThan(3);
  }, 30_000);

  it("gives 10,000 records in chunks that are as small as asked, and no empty one", async () => {
    const turns = await open({ runKeys: { first: 1000, most: 4000 }, segmentBytes: 4 * 1024 ** 2 });
    const { node } = turns;
    const other = namespaceOf(2, "orders");
    await node.putNamespace(2, other);
    for (let from = 0; from < 10_000; from += 1000) {
      const { nowMs } = node;
      const entries = Array.from({ length: 1000 }, (_, at) => {
        const record = completed(from + at + 1, nowMs);
        return { key: `key-${from + at}`, record, epoch: 4 };
      });
      await turns.write(PARTITION, entries);
      node.advance(30_000);
    }
    await turns.commit(PARTITION);
    await using exported = await node.store.whole.export(PARTITION, 1000);
    expect(exported.upTo).toEqual({ index: 10_000, epoch: 4 });
    expect(exported.stampMs).toBe(node.nowMs - 30_000);
    let chunks = 0;
    const records: ExportedRecord[] = [];
    for await (const chunk of exported.chunks) {
      const bytes = chunk.reduce((sum, each) => sum + each.key.length + each.record.length, 0);
      expect(bytes).toBeLessThanOrEqual(1000);
      expect(chunk.length).toBeGreaterThan(0);
      records.push(...chunk);
      chunks += 1;
    }
    expect(chunks).toBeGreaterThan(400);
    const found = byKey(records);
    const model = recordsAt(turns.of(PARTITION), 10_000);
    expect(found.size).toBe(10_000);
    expect([...model].filter(([key, { token }]) => found.get(key)?.token !== token)).toEqual([]);
  }, 30_000);

  it("leaves out what stands in generations that are over, and deleted namespaces", async () => {
    const turns = await open();
    const { node } = turns;
    const record = completed(1, node.nowMs);
    await turns.write(PARTITION, [{ key: "old", record, epoch: 1 }]);
    await turns.commit(PARTITION);
    await node.store.flush();
    node.advance(HOUR_MS);
    await turns.write(PARTITION, [{ key: "new", record: completed(2, node.nowMs), epoch: 1 }]);
    await turns.commit(PARTITION);
    const exported = await node.store.whole.export(PARTITION, 1000);
    expect([...byKey(await all(exported)).keys()]).toEqual(["new"]);
    await node.putNamespace(1, undefined);
    const later = await node.store.whole.export(PARTITION, 1000);
    expect(later.upTo.index).toBe(2);
    expect(await all(later)).toEqual([]);
  });

  it("has no records and begins the log where nothing was ever written", async () => {
    const { node } = await open();
    const exported = await node.store.whole.export(200, 1000);
    expect(exported).toMatchObject({ upTo: { index: 0, epoch: 0 }, stampMs: 0 });
    expect(await all(exported)).toEqual([]);
  });

  it("has a token that is not below what an unanswered tail may have given", async () => {
    const turns = await open();
    await turns.write(PARTITION, [{ key: "a", record: completed(7, 1), epoch: 1 }]);
    await turns.commit(PARTITION);
    const { directory, nowMs, store } = turns.node;
    const token = store.partitions.tokenOf(PARTITION);
    await turns.node.close();
    const again = await open({ directory, startMs: nowMs });
    const exported = await again.node.store.whole.export(PARTITION, 1000);
    expect(exported.token).toBe(token + 2 ** 20);
    await exported.close();
  });

  it("is refused for a partition that is void", async () => {
    const turns = await open();
    await turns.join(PARTITION, 1);
    await turns.write(PARTITION, [{ key: "a", record: completed(1, 1), epoch: 1 }]);
    await turns.commit(PARTITION);
    await turns.leave(PARTITION);
    const refused = turns.node.store.whole.export(PARTITION, 1000);
    await expect(refused).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
  });

  it("ends with an error, and never early, when LevelDB is opened anew or closed", async () => {
    const database = new FaultyLevelDatabase(levelDatabase(nodes.path("records"), SIZES));
    const turns = await open({ database });
    const { node } = turns;
    const entries = Array.from({ length: 3000 }, (_, at) => {
      return { key: `key-${at}`, record: completed(at + 1, node.nowMs), epoch: 1 };
    });
    for (let at = 0; at < 3000; at += 500)
      await turns.write(PARTITION, entries.slice(at, at + 500));
    await turns.commit(PARTITION);
    const unavailable = { code: "STORAGE_UNAVAILABLE" };
    const first = await node.store.whole.export(PARTITION, 1000);
    expect((await first.chunks.next()).done).toBe(false);
    database.failWrites(1);
    await turns.write(PARTITION, [{ key: "a", record: completed(1, node.nowMs), epoch: 1 }]);
    await turns.commit(PARTITION);
    await node.store.flush();
    await expect(all(first)).rejects.toMatchObject(unavailable);
    expect(database.opens).toBe(2);
    const second = await node.store.whole.export(PARTITION, 1000);
    expect((await second.chunks.next()).done).toBe(false);
    await node.store.close();
    await expect(all(second)).rejects.toMatchObject(unavailable);
    expect(node.damage).toEqual([]);
  });

  it("may be closed at any time, and does no harm to LevelDB", async () => {
    const database = new FaultyLevelDatabase(levelDatabase(nodes.path("records"), SIZES));
    const turns = await open({ database });
    await turns.write(PARTITION, [
      { key: "a", record: completed(1, 1), epoch: 1 },
      { key: "b", record: completed(2, 1), epoch: 1 },
    ]);
    await turns.commit(PARTITION);
    const unused = await turns.node.store.whole.export(PARTITION, 1);
    await unused.close();
    expect((await unused.chunks.next()).done).toBe(true);
    const half = await turns.node.store.whole.export(PARTITION, 1);
    await half.chunks.next();
    const [next] = await Promise.all([half.chunks.next(), half.close(), half.close()]);
    expect(next.done).toBe(false);
    expect((await half.chunks.next()).done).toBe(true);
    await turns.write(PARTITION, [{ key: "c", record: completed(3, 1), epoch: 1 }]);
    await turns.node.store.flush();
    expect(database.opens).toBe(1);
  });
});
