import { readdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { filtersPath } from "./filter-files.ts";
import { levelDatabase } from "./level-database.ts";
import { FaultyLevelDatabase } from "./test/faulty-level-database.ts";
import { fill, MemberNodes } from "./test/member-nodes.ts";
import { type MemberTurns, NAMESPACE } from "./test/member-turns.ts";
import { completed, namespaceOf, refOf } from "./test/test-node.ts";

const PARTITION = 3;
const OTHER = 4;
const SIZES = { writeBufferBytes: 65_536, cacheBytes: 65_536 };
const HOUR_MS = 3_600_000;
const NAMES = Array.from({ length: 20 }, (_, at) => `key-${at}`);

let nodes: MemberNodes;

beforeEach(async () => {
  nodes = await MemberNodes.create();
});

afterEach(async () => {
  await nodes[Symbol.asyncDispose]();
});

function begin({ node, change }: MemberTurns): void {
  node.store.whole.begin(change);
}

async function keptFilters(): Promise<number> {
  const names = await readdir(filtersPath(nodes.path("records")));
  return names.filter((name) => name.endsWith(".filter")).length;
}

/** The same after a start and a pass over all, and LevelDB has no more than is counted. */
async function expectSound(turns: MemberTurns, records: number): Promise<void> {
  const { directory, nowMs } = turns.node;
  expect(turns.node.store.counts(1).records).toBe(records);
  await turns.close();
  const again = await nodes.open({ directory, startMs: nowMs });
  await again.node.store.rebuilt();
  expect(again.node.damage).toEqual([]);
  expect(again.node.store.counts(1).records).toBe(records);
}

describe("erasing", () => {
  it("leaves nothing of a membership that is over, which is not seen from its end on", async () => {
    const turns = await nodes.open();
    const { store } = turns.node;
    await fill(turns, PARTITION, NAMES);
    await fill(turns, OTHER, NAMES);
    const keys = [...NAMES, "pending"];
    const refs = keys.map((key) => ({ ...refOf(NAMESPACE, `3/${key}`), partition: PARTITION }));
    const { nowMs } = turns.node;
    const expectNothing = async (): Promise<void> => {
      const nothing = keys.map(() => undefined);
      expect(await turns.seen(PARTITION, keys)).toEqual(nothing);
      expect(await store.read(refs, nowMs)).toEqual(nothing);
      expect(refs.map((ref) => store.whereabouts(ref, nowMs))).toEqual(keys.map(() => "new"));
    };
    await turns.leave(PARTITION);
    await expectNothing();
    await store.flush();
    await expectNothing();
    expect(store.pendingAfter(PARTITION, 0)).toEqual([]);
    // Stored records, until they are gone.
    expect(store.counts(1).records).toBe(40);
    begin(turns);
    await store.whole.erased(PARTITION);
    expect(store.partitions.at(PARTITION)).toMatchObject({ join: 0, erasedJoin: 1, isVoid: false });
    expect(await turns.seen(PARTITION, keys)).toEqual(keys.map(() => undefined));
    expect(store.counts(1).records).toBe(20);
    const unsettled = [...store.unsettled.keys()];
    expect(unsettled.map(({ partition }) => partition)).toEqual(unsettled.map(() => OTHER));
    expect(unsettled).toHaveLength(10);
    expect(await turns.seen(OTHER, NAMES)).not.toContain(undefined);
    await expectSound(turns, 20);
  });

  it("takes a membership without a record as erased at once", async () => {
    const turns = await nodes.open();
    const { store } = turns.node;
    await turns.join(PARTITION, 1);
    await turns.leave(PARTITION);
    await store.whole.erased(PARTITION);
    expect(store.partitions.at(PARTITION)).toMatchObject({ erasedJoin: 1, isVoid: false });
  });

  it("keeps a later membership apart, whose log is applied when all is erased", async () => {
    const turns = await nodes.open();
    const { store, nowMs } = turns.node;
    await fill(turns, PARTITION, NAMES);
    await turns.leave(PARTITION);
    await turns.join(PARTITION, 2);
    const record = completed(500, nowMs);
    await turns.write(PARTITION, [
      { key: "key-1", record, epoch: 6 },
      { key: "new", record, epoch: 6 },
      { key: "key-1", record: undefined, epoch: 6 },
    ]);
    await turns.commit(PARTITION, 2);
    // Said once more by one who knows less.
    await turns.change((frame) => {
      store.replicated.commit(frame, PARTITION, 1);
    });
    const keys = ["key-0", "key-1", "new"];
    expect(await turns.seen(PARTITION, keys)).toEqual([undefined, undefined, record]);
    expect(store.partitions.indexOf(PARTITION)).toBe(0);
    expect(store.logEnd(PARTITION)).toBe(3);
    begin(turns);
    await store.whole.erased(PARTITION);
    await turns.idle();
    expect(store.partitions.at(PARTITION)).toMatchObject({ index: 2, epoch: 6, join: 2 });
    expect(store.counts(1).records).toBe(2);
    expect(await turns.seen(PARTITION, keys)).toEqual([undefined, undefined, record]);
    await turns.commit(PARTITION, 3);
    expect(store.counts(1).records).toBe(1);
    await expectSound(turns, 1);
  });

  it("takes no record for the one before that was looked up before it was void", async () => {
    const turns = await nodes.open();
    const { store, nowMs } = turns.node;
    await fill(turns, PARTITION, ["a"]);
    await store.flush();
    const ref = { ...refOf(NAMESPACE, "3/a"), partition: PARTITION };
    const [before] = await store.read([ref], nowMs);
    expect(before?.record?.token).toBe(1);
    await turns.change((frame) => {
      const over = { type: "membership", partition: PARTITION, join: 1, begins: false } as const;
      store.replicated.mark(frame, over);
      store.replicated.mark(frame, { ...over, join: 2, begins: true });
      store.stage(frame, ref, before, completed(2, nowMs), nowMs, 3);
      store.replicated.commit(frame, PARTITION, 1);
    });
    begin(turns);
    await store.whole.erased(PARTITION);
    expect(store.partitions.at(PARTITION)).toMatchObject({ index: 1, epoch: 3, join: 2 });
    await expectSound(turns, 1);
  });

  it("goes in bounded pieces, turns between them", async () => {
    const turns = await nodes.open({
      runKeys: { first: 2000, most: 2000 },
      segmentBytes: 256 * 1024,
    });
    const { store, journal } = turns.node;
    const names = Array.from({ length: 3000 }, (_, at) => `k-${at}`);
    for (let at = 0; at < 3000; at += 500) {
      const { nowMs } = turns.node;
      const some = names.slice(at, at + 500).map((key) => {
        return { key, record: completed(1, nowMs), epoch: 1 };
      });
      await turns.write(PARTITION, some);
    }
    await turns.join(OTHER, 1);
    await turns.commit(PARTITION);
    await turns.leave(PARTITION);
    const before = journal.lastSequence;
    begin(turns);
    let between = 0;
    const counts: number[] = [];
    while (store.partitions.isVoid(PARTITION)) {
      const record = completed(1, turns.node.nowMs);
      await turns.write(OTHER, [{ key: `b-${between}`, record, epoch: 1 }]);
      between += 1;
      counts.push(store.counts(1).records);
      await delay(1);
    }
    expect(new Set(counts).size).toBeGreaterThan(4);
    const frames: number[] = [];
    for await (const { sequence, bytes } of journal.frames(before)) {
      if (sequence > before) frames.push(bytes);
    }
    expect(frames.length).toBeGreaterThan(between + 5);
    expect(Math.max(...frames)).toBeLessThan(65 * 1024);
    await expectSound(turns, 0);
  });

  it("goes on where generations and namespaces are dropped meanwhile", async () => {
    const turns = await nodes.open();
    const { node } = turns;
    const { store } = node;
    await node.putNamespace(2, namespaceOf(2, "orders", 4 * HOUR_MS));
    await fill(turns, PARTITION, NAMES);
    await turns.change((frame) => {
      const ref = { ...refOf(namespaceOf(2, "orders", 4 * HOUR_MS), "3/x"), partition: PARTITION };
      const index = store.logEnd(PARTITION);
      store.stage(frame, ref, undefined, completed(5, node.nowMs, 4 * HOUR_MS), node.nowMs, 2);
      store.replicated.commit(frame, PARTITION, index + 1);
    });
    await fill(turns, OTHER, NAMES);
    await store.flush();
    await turns.leave(PARTITION);
    // Read in time, and staged when they are gone.
    let overtaken = false;
    store.whole.begin(async (stage) => {
      if (!overtaken) {
        overtaken = true;
        node.advance(HOUR_MS);
        await turns.change(() => undefined);
        store.dropOver();
        await turns.change((frame) => {
          store.stageNamespace(frame, 2, undefined);
        });
      }
      return await turns.change(stage);
    });
    await store.whole.erased(PARTITION);
    await store.dropped();
    await expectSound(turns, 0);
  });

  it("comes out right when LevelDB fails in the middle, and is opened again", async () => {
    const database = new FaultyLevelDatabase(levelDatabase(nodes.path("records"), SIZES));
    const turns = await nodes.open({ database });
    const { store } = turns.node;
    await fill(turns, PARTITION, NAMES);
    await fill(turns, OTHER, NAMES);
    await store.flush();
    await turns.leave(PARTITION);
    let pieces = 0;
    store.whole.begin(async (stage) => {
      pieces += 1;
      if (pieces % 2 === 0) database.failWrites(1);
      const staged = await turns.change(stage);
      await store.flush();
      return staged;
    });
    await store.whole.erased(PARTITION);
    await store.flush();
    expect(pieces).toBeGreaterThan(3);
    expect(database.opens).toBeGreaterThan(2);
    await expectSound(turns, 20);
  });

  it("tries again when turns refuse its changes for a while", async () => {
    const turns = await nodes.open();
    const { store } = turns.node;
    await fill(turns, PARTITION, NAMES);
    await turns.leave(PARTITION);
    let refusals = 1;
    store.whole.begin((stage) => {
      refusals -= 1;
      return refusals < 0 ? turns.change(stage) : Promise.reject(new Error("queue full"));
    });
    await store.whole.erased(PARTITION);
    await expectSound(turns, 0);
  });

  it("lets go of runs that pending writes were to come into", async () => {
    const turns = await nodes.open();
    const { store } = turns.node;
    await fill(turns, PARTITION, ["a", "b"]);
    await fill(turns, OTHER, NAMES);
    const runs = store.stats.generations;
    await store.rebuilt();
    await store.filtersKept();
    // The newest one, and the first one: a write is to come into it.
    expect(await keptFilters()).toBe(runs - 2);
    await turns.leave(PARTITION);
    await store.filtersKept();
    expect(await keptFilters()).toBe(runs - 1);
  });

  it("is not waited for any more when the records are closed", async () => {
    const turns = await nodes.open();
    const { store } = turns.node;
    await fill(turns, PARTITION, NAMES);
    await turns.leave(PARTITION);
    const erased = store.whole.erased(PARTITION);
    const unavailable = { code: "STORAGE_UNAVAILABLE" };
    const rejected = expect(erased).rejects.toMatchObject(unavailable);
    await turns.close();
    await rejected;
    await expect(store.whole.erased(PARTITION)).rejects.toMatchObject(unavailable);
  });
});
