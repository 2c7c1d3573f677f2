import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RecordEntry } from "./journal-entry.ts";
import { RecoveredLogs } from "./recovered-logs.ts";
import { type Copy, copyOf, spoilLog } from "./test/crashes.ts";
import { seeded } from "./test/journal-fixtures.ts";
import { MemberNodes } from "./test/member-nodes.ts";
import { completed, running } from "./test/test-node.ts";

const PARTITION = 3;
const OTHER = 4;

function entry(index: number, epoch = 1, partition = PARTITION): RecordEntry {
  return {
    ...{ type: "record", partition, index, epoch, namespaceId: 1, key: Buffer.from("key") },
    ...{ generation: 0, previousGeneration: 0, previousBytes: 0, record: undefined, token: 0 },
  };
}

function logsOf(...entries: readonly RecordEntry[]): RecoveredLogs {
  const logs = new RecoveredLogs();
  for (const each of entries) logs.add(each);
  return logs;
}

const indexes = (entries: Iterable<RecordEntry>) => [...entries].map(({ index }) => index);
const damaged = (what: string) =>
  expect.objectContaining({ code: "JOURNAL_DAMAGED", message: `partition 3: ${what}` }) as unknown;

describe("recovered logs", () => {
  it("give what is committed in order, each entry once, however often it was written", () => {
    const logs = logsOf(entry(1), entry(2), entry(1), entry(3), entry(2), entry(4));
    expect(indexes(logs.commit(PARTITION, 3, false))).toEqual([1, 2, 3]);
    expect(indexes(logs.pending(() => 99))).toEqual([4]);
  });

  it("forget what is cut, and take another epoch's entry in its place", () => {
    const logs = logsOf(entry(1), entry(2), entry(3));
    logs.cut({ type: "cut", partition: PARTITION, index: 2, epoch: 1 });
    logs.add(entry(2, 4));
    expect(indexes(logs.pending(() => 0))).toEqual([1, 2]);
  });

  it("begin anew behind a state that is installed", () => {
    const logs = logsOf(entry(1), entry(2));
    expect(indexes(logs.commit(PARTITION, 1, false))).toEqual([1]);
    logs.clear(PARTITION, 70);
    expect(indexes(logs.pending(() => 0))).toEqual([]);
    logs.add(entry(71));
    expect(indexes(logs.commit(PARTITION, 71, false))).toEqual([71]);
  });

  it("have a hole only where LevelDB has all of it", () => {
    const logs = logsOf(entry(5), entry(8));
    expect(indexes(logs.commit(PARTITION, 7, true))).toEqual([5]);
    expect(() => logs.commit(PARTITION, 9, false)).toThrow(damaged("entry 9 is missing"));
    expect(indexes(logs.commit(PARTITION, 8, false))).toEqual([8]);
    expect(() => logs.commit(PARTITION, 9, false)).toThrow(damaged("entry 9 is missing"));
    const holed = logsOf(entry(5), entry(8));
    const where = damaged("entry 8 where 6 should be");
    expect(() => holed.commit(PARTITION, 8, false)).toThrow(where);
    expect(() => indexes(holed.pending(() => 4))).toThrow(where);
    expect(() => indexes(holed.pending(() => 3))).toThrow(damaged("entry 5 where 4 should be"));
    holed.clear(PARTITION, 2);
    holed.add(entry(5));
    expect(() => holed.commit(PARTITION, 5, false)).toThrow(damaged("entry 5 where 3 should be"));
  });

  it("refuse two entries of one index, and a cut that names another", () => {
    const logs = logsOf(entry(1, 2));
    expect(() => {
      logs.add(entry(1, 3));
    }).toThrow(damaged("entry 1 is of epoch 2 and of 3"));
    expect(() => {
      logs.cut({ type: "cut", partition: PARTITION, index: 1, epoch: 3 });
    }).toThrow(damaged("entry 1 of epoch 2 is cut as one of 3"));
  });
});

describe("a replay", () => {
  it("brings no older record back where a commit lacks an entry that is not retained", async () => {
    await using nodes = await MemberNodes.create();
    const small = { segmentBytes: 8192, writeBufferBytes: 1024 };
    const turns = await nodes.open(small);
    const { directory, journal, nowMs, store } = turns.node;
    let written = 0;
    const fillUp = async (): Promise<void> => {
      written += 1;
      const key = `fill-${written % 20}`;
      await turns.write(OTHER, [{ key, record: completed(1, nowMs), epoch: 1 }]);
      await turns.commit(OTHER);
      await store.flush();
    };
    const segments = async (): Promise<number> =>
      (await directory.list()).filter((name) => name.endsWith(".journal")).length;
    while (journal.retainedBytes < 7000) await fillUp();
    await turns.write(PARTITION, [{ key: "key", record: running(1, nowMs), epoch: 1 }]);
    const first = journal.appendedBytes;
    for (let at = 0; at < 3; at += 1) await fillUp();
    await turns.write(PARTITION, [{ key: "key", record: completed(2, nowMs), epoch: 1 }]);
    const second = journal.lastSequence;
    while ((await segments()) === 1) await fillUp();
    // The first one alone, as the older one of them.
    await turns.change((frame) => {
      store.replicated.writeForward(frame, journal.appendedBytes - first);
    });
    const forward = journal.lastSequence;
    await turns.commit(PARTITION);
    while (journal.firstSequence <= second) await fillUp();
    expect(journal.firstSequence).toBeLessThanOrEqual(forward);
    await turns.close();
    const again = await nodes.open({ directory, startMs: nowMs, ...small });
    expect(await again.seen(PARTITION, ["key"])).toMatchObject([{ state: "COMPLETED", token: 2 }]);
    expect(again.node.store.partitions.indexOf(PARTITION)).toBe(2);
    await again.node.store.rebuilt();
    expect(again.node.damage).toEqual([]);
  });

  it("takes what is committed twice as committed once", async () => {
    await using nodes = await MemberNodes.create();
    const turns = await nodes.open();
    const { directory, nowMs, store } = turns.node;
    await turns.write(PARTITION, [{ key: "key", record: running(1, nowMs), epoch: 1 }]);
    for (let times = 0; times < 2; times += 1) await turns.commit(PARTITION);
    await turns.change((frame) => {
      store.replicated.commit(frame, PARTITION, 0);
    });
    await turns.close();
    const again = await nodes.open({ directory, startMs: nowMs });
    expect(await again.seen(PARTITION, ["key"])).toMatchObject([{ token: 1 }]);
  });

  it("makes up for whatever a member's LevelDB has lost before its mark", async () => {
    const [seed = 0] = fc.sample(fc.nat(), 1);
    const random = seeded(seed);
    await using nodes = await MemberNodes.create();
    const turns = await nodes.open({ runKeys: { first: 100, most: 100 } });
    const { directory, nowMs, store, journal } = turns.node;
    const latest = new Map<string, number>();
    for (let token = 1; token < 150; token += 1) {
      const entries = Array.from({ length: 8 }, () => {
        const key = `key-${Math.floor(random() * 400)}`;
        latest.set(key, token);
        return { key, record: completed(token, nowMs), epoch: 1 };
      });
      await turns.write(PARTITION, entries);
      await turns.commit(PARTITION);
      if (token % 5 === 0) await store.flush();
    }
    await turns.close();
    for (let trial = 0; trial < 10; trial += 1) {
      const path = nodes.path(`copy-${trial}`);
      await turns.node.copyRecords(nodes.path("records"), path);
      await spoilLog({ path, applied: journal.lastSequence }, random);
      const again = await nodes.open({ path, directory, startMs: nowMs });
      const seen = await again.seen(PARTITION, [...latest.keys()]);
      const tokens = seen.map((record) => record?.token);
      expect(tokens, `seed ${seed}`).toEqual([...latest.values()]);
      expect(again.node.store.counts(1).records, `seed ${seed}`).toBe(latest.size);
      await again.node.store.rebuilt();
      expect(again.node.damage, `seed ${seed}`).toEqual([]);
      await again.close();
    }
  });

  it("leaves nothing out that LevelDB has no mark of", async () => {
    await using nodes = await MemberNodes.create();
    const small = { segmentBytes: 8192, writeBufferBytes: 1024 };
    const turns = await nodes.open(small);
    const { directory, journal, nowMs, store } = turns.node;
    const copies: Copy[] = [];
    const latest = new Map<string, number>();
    for (let token = 1; journal.firstSequence < 100; token += 1) {
      const key = `key-${token % 20}`;
      latest.set(key, token);
      await turns.write(PARTITION, [{ key, record: completed(token, nowMs), epoch: 1 }]);
      await turns.commit(PARTITION);
      await store.flush();
      if (token % 10 > 0) continue;
      const to = nodes.path(`copy-${token}`);
      copies.push(await copyOf(turns.node, nodes.path("records"), to));
    }
    await turns.close();
    const oldest = copies.find(({ applied }) => applied >= journal.firstSequence - 1) as Copy;
    const again = await nodes.open({ path: oldest.path, directory, startMs: nowMs, ...small });
    const seen = await again.seen(PARTITION, [...latest.keys()]);
    expect(seen.map((record) => record?.token)).toEqual([...latest.values()]);
    await again.node.store.rebuilt();
    expect(again.node.damage).toEqual([]);
  });
});
