import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Copy, copyOf, journalUpTo } from "./test/crashes.ts";
import { exported, fill, listed, MemberNodes } from "./test/member-nodes.ts";
import { running } from "./test/test-node.ts";

const PARTITION = 3;
const OTHER = 4;
const STATE = { index: 500, epoch: 9, token: 2 ** 40, stampMs: 2 ** 41 };

let nodes: MemberNodes;

beforeEach(async () => {
  nodes = await MemberNodes.create();
});

afterEach(async () => {
  await nodes[Symbol.asyncDispose]();
});

describe("an install", () => {
  it("leaves the old state, nothing, or the new one: after a crash behind any frame", async () => {
    const turns = await nodes.begun();
    const { node } = turns;
    const { store, nowMs, journal } = node;
    const old = ["a", "b", "c", "d", "e"];
    await fill(turns, PARTITION, old);
    await fill(turns, OTHER, ["a", "b"]);
    const begins = journal.lastSequence;
    const copies: Copy[] = [];
    const copy = async (): Promise<void> => {
      await turns.idle();
      await store.flush();
      copies.push(await copyOf(node, nodes.path("records"), nodes.path(`copy-${copies.length}`)));
    };
    await copy();
    const install = await store.whole.install(PARTITION);
    await copy();
    for (const [at, name] of ["b", "c", "x", "y"].entries()) {
      await install.add([exported(PARTITION, name, running(50 + at, nowMs))]);
      if (at % 2 === 1) await copy();
    }
    const ends = journal.lastSequence + 1;
    await turns.end(install, STATE);
    await copy();
    const last = journal.lastSequence;
    const outcomes = new Set<string>();
    for (let sequence = begins; sequence <= last; sequence += 1) {
      const cut = await journalUpTo(node.directory, sequence);
      for (const { applied, path: from } of copies) {
        if (applied > sequence) continue;
        const to = `${from}-at-${sequence}`;
        await node.copyRecords(from, to);
        const again = await nodes.begun({ path: to, directory: await journalUpTo(cut, sequence) });
        const outcome = sequence === begins ? "old" : sequence < ends ? "nothing" : "new";
        outcomes.add(outcome);
        const what = `${to}: ${outcome}`;
        const { partitions } = again.node.store;
        const keys = [...old, "x", "y", "pending"];
        const tokens = (await again.seen(PARTITION, keys)).map((record) => record?.token);
        const expected = {
          old: [1, 2, 3, 4, 5, undefined, undefined, 99],
          nothing: keys.map(() => undefined),
          new: [undefined, 50, 51, undefined, undefined, 52, 53, undefined],
        }[outcome];
        expect(tokens, what).toEqual(expected);
        const index = { old: 5, nothing: 0, new: STATE.index }[outcome];
        expect(partitions.at(PARTITION), what).toMatchObject({ index, join: 1 });
        expect(again.node.store.logEnd(PARTITION)).toBe(index + (outcome === "old" ? 1 : 0));
        await again.node.store.whole.erased(PARTITION);
        expect(partitions.at(PARTITION), what).toMatchObject({ index, isVoid: false });
        const records = { old: 7, nothing: 2, new: 6 }[outcome];
        expect(again.node.store.counts(1).records, what).toBe(records);
        await again.node.store.rebuilt();
        expect(again.node.damage, what).toEqual([]);
        expect(await listed(again), what).toHaveLength(records);
        expect(await again.seen(OTHER, ["a", "b", "pending"])).not.toContain(undefined);
        await again.close();
      }
    }
    expect([...outcomes]).toEqual(["old", "nothing", "new"]);
  }, 60_000);

  it("is known to be half done when the journal no longer says that it began", async () => {
    const small = { segmentBytes: 8192, writeBufferBytes: 1024 };
    const turns = await nodes.begun(small);
    const { directory, journal, nowMs, store } = turns.node;
    await fill(turns, PARTITION, ["a", "b"]);
    await turns.join(OTHER, 1);
    await store.flush();
    const install = await store.whole.install(PARTITION);
    await install.add([exported(PARTITION, "c", running(1, nowMs))]);
    const begun = journal.lastSequence;
    while (journal.firstSequence <= begun) {
      await turns.write(OTHER, [{ key: "z", record: running(1, nowMs), epoch: 1 }]);
      await turns.commit(OTHER);
      await store.flush();
    }
    await turns.close();
    const again = await nodes.open({ directory, startMs: nowMs, ...small });
    const { partitions, whole } = again.node.store;
    expect(partitions.at(PARTITION)).toMatchObject({ index: 0, join: 1, isVoid: true });
    const keys = ["a", "b", "c"];
    expect(await again.seen(PARTITION, keys)).toEqual(keys.map(() => undefined));
    whole.begin(again.change);
    await whole.erased(PARTITION);
    expect(await listed(again)).toEqual(["4/z"]);
    await again.node.store.rebuilt();
    expect(again.node.damage).toEqual([]);
  });
});
