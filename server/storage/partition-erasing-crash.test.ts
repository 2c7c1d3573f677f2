import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Copy, copyOf, journalUpTo } from "./test/crashes.ts";
import { fill, MemberNodes } from "./test/member-nodes.ts";
import { completed } from "./test/test-node.ts";

const PARTITION = 3;
const OTHER = 4;
const NAMES = Array.from({ length: 20 }, (_, at) => `key-${at}`);

let nodes: MemberNodes;

beforeEach(async () => {
  nodes = await MemberNodes.create();
});

afterEach(async () => {
  await nodes[Symbol.asyncDispose]();
});

describe("erasing", () => {
  it("does not need the journal of what it erased, and does not bring it back", async () => {
    const small = { segmentBytes: 8192, writeBufferBytes: 1024 };
    const turns = await nodes.open(small);
    const { node } = turns;
    await fill(turns, PARTITION, NAMES);
    await turns.leave(PARTITION);
    const voidSequence = node.journal.lastSequence;
    await fill(turns, OTHER, NAMES);
    const record = completed(1, node.nowMs);
    for (let at = 0; node.journal.firstSequence <= voidSequence; at += 1) {
      await turns.write(OTHER, [{ key: `b-${at % 50}`, record, epoch: 2 }]);
      await turns.commit(OTHER);
      if (at % 10 === 0) await node.store.flush();
    }
    const { directory, nowMs } = node;
    const stored = node.store.counts(1).records;
    await turns.close();
    const again = await nodes.open({ directory, startMs: nowMs, ...small });
    expect(again.node.store.partitions.isVoid(PARTITION)).toBe(true);
    expect(await again.seen(PARTITION, NAMES)).toEqual(NAMES.map(() => undefined));
    again.node.store.whole.begin(again.change);
    await again.node.store.whole.erased(PARTITION);
    await again.node.store.rebuilt();
    expect(again.node.damage).toEqual([]);
    expect(again.node.store.counts(1).records).toBe(stored - 20);
  });

  it("goes on after a crash behind any frame, whatever LevelDB has of it", async () => {
    const turns = await nodes.open({ runKeys: { first: 6, most: 6 } });
    const { node } = turns;
    const { store, journal } = node;
    await fill(turns, PARTITION, NAMES);
    await fill(turns, OTHER, ["a", "b"]);
    await store.flush();
    const copies: Copy[] = [];
    const copy = async (): Promise<void> => {
      await store.flush();
      copies.push(await copyOf(node, nodes.path("records"), nodes.path(`copy-${copies.length}`)));
    };
    await copy();
    const begins = journal.lastSequence;
    await turns.leave(PARTITION);
    await turns.join(PARTITION, 2);
    await copy();
    let pieces = 0;
    store.whole.begin(async (stage) => {
      pieces += 1;
      const staged = await turns.change(stage);
      if (pieces % 2 === 1) await copy();
      return staged;
    });
    await store.whole.erased(PARTITION);
    await turns.write(PARTITION, [{ key: "key-3", record: completed(70, node.nowMs), epoch: 5 }]);
    await turns.commit(PARTITION);
    await copy();
    expect(copies.length).toBeGreaterThan(4);
    for (let sequence = begins; sequence <= journal.lastSequence; sequence += 1) {
      for (const { applied, path: from } of copies) {
        if (applied > sequence) continue;
        const to = `${from}-at-${sequence}`;
        await node.copyRecords(from, to);
        const directory = await journalUpTo(node.directory, sequence);
        const again = await nodes.open({ path: to, directory });
        const [, history] = turns.history.findLast(([at]) => at <= sequence) ?? [];
        const joined = history?.get(PARTITION)?.join ?? 0;
        const { partitions } = again.node.store;
        expect(partitions.at(PARTITION), to).toMatchObject({ join: joined });
        const seen = await again.seen(PARTITION, NAMES);
        const tokens = seen.filter((record) => record !== undefined).map(({ token }) => token);
        const isLast = sequence >= journal.lastSequence - 1;
        const all = NAMES.map((_, at) => at + 1);
        expect(tokens, to).toEqual(sequence === begins ? all : isLast ? [70] : []);
        again.node.store.whole.begin(again.change);
        await again.node.store.whole.erased(PARTITION);
        const left = sequence === begins ? 20 : sequence === journal.lastSequence ? 1 : 0;
        expect(again.node.store.counts(1).records, to).toBe(left + 2);
        await again.node.store.rebuilt();
        expect(again.node.damage, to).toEqual([]);
        await again.close();
      }
    }
  }, 60_000);
});
