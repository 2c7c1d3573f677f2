import { cp } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ClaimRecord } from "./claim-record.ts";
import { FrameBuilder } from "./journal-frame.ts";
import type { KeyRef } from "./key-ref.ts";
import { seeded } from "./test/journal-fixtures.ts";
import {
  completed,
  namespaceOf,
  refOf,
  running,
  temporaryFolder,
  TestNode,
  type TestNodeOptions,
} from "./test/test-node.ts";

const NAMESPACE = namespaceOf(1, "payments");
const PARTITIONS = [3, 77] as const;
type Known = ClaimRecord | undefined;

/** What a member must have: its partitions' logs, and how far each is committed. */
class Model {
  readonly logs = new Map<number, { readonly key: string; readonly record: Known }[]>();
  readonly commits = new Map<number, number>();

  log(partition: number) {
    const log = this.logs.get(partition) ?? [];
    this.logs.set(partition, log);
    return log;
  }

  commit(partition: number): number {
    return this.commits.get(partition) ?? 0;
  }

  /** By key, as a turn would see it. */
  all(upToCommit: boolean): ReadonlyMap<string, Known> {
    const found = new Map<string, Known>();
    for (const [partition, log] of this.logs) {
      const end = upToCommit ? this.commit(partition) : log.length;
      for (const { key, record } of log.slice(0, end)) found.set(`${partition}/${key}`, record);
    }
    return found;
  }
}

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
  const runKeys = { first: 4, most: 16 };
  const node = await TestNode.open({ path, member: true, runKeys, layerMs: 1, ...options });
  opened.push(node);
  return node;
}

/** The key as one of a partition: the hash is of the whole name, the partition is given. */
function refIn(partition: number, key: string): KeyRef {
  return { ...refOf(NAMESPACE, `${partition}/${key}`), partition };
}

async function seenBy(
  node: TestNode,
  keys: readonly string[],
  which: "all" | "committed" = "all",
): Promise<Known[]> {
  const refs = keys.map((each) => refOf(NAMESPACE, each));
  const [partitions] = [keys.map((each) => Number(each.split("/")[0]))];
  const placed = refs.map((ref, at) => ({ ...ref, partition: partitions[at] as number }));
  const endRead = node.store.beginRead();
  try {
    const asked = placed.filter((ref) => node.store.whereabouts(ref, node.nowMs) === "stored");
    const found = await node.store.read(asked, node.nowMs);
    const loaded = new Map(asked.map((ref, at) => [ref.id, found[at]]));
    return placed.map((ref) => (node.store.staged(ref, which) ?? loaded.get(ref.id))?.record);
  } finally {
    endRead();
  }
}

async function expectModel(node: TestNode, model: Model, seed: number): Promise<void> {
  const all = model.all(false);
  const keys = [...all.keys()];
  expect(await seenBy(node, keys), `seed ${seed}`).toEqual(keys.map((key) => all.get(key)));
  const committed = model.all(true);
  (await seenBy(node, keys, "committed")).forEach((record, at) => {
    const key = keys[at] as string;
    // What is pending hides what only LevelDB has: then nothing is known.
    const isHidden = record === undefined && node.store.isPending(refOf(NAMESPACE, key).id);
    if (!isHidden) expect(record, `seed ${seed}`).toEqual(committed.get(key));
  });
  const applied = [...model.all(true).values()].filter((record) => record !== undefined);
  expect(node.store.counts(NAMESPACE.id).records, `seed ${seed}`).toBe(applied.length);
  for (const [partition, log] of model.logs) {
    const pending = node.store.pendingAfter(partition, 0).map(({ index }) => index);
    const from = model.commit(partition);
    const expected = log.slice(from).map((_, at) => from + at + 1);
    expect(pending, `seed ${seed}, partition ${partition}`).toEqual(expected);
    expect(node.store.partitions.index[partition]).toBe(from);
  }
}

/** Epochs grow, so that what is cut never comes back under the same name. */
class Turns {
  readonly #frame = new FrameBuilder();
  readonly #epochs = new Map<number, number>();
  readonly #node: TestNode;
  readonly #model: Model;
  readonly #random: () => number;

  constructor(node: TestNode, model: Model, random: () => number) {
    this.#node = node;
    this.#model = model;
    this.#random = random;
  }

  async some(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) await this.#turn();
  }

  async #turn(): Promise<void> {
    const node = this.#node;
    const frame = this.#frame;
    frame.reset(node.nowMs);
    for (const partition of PARTITIONS) await this.#step(partition);
    if (this.#random() < 0.3) node.store.replicated.writeForward(frame, 200);
    node.store.endTurn(node.journal.lastSequence + 1);
    node.store.durable(await node.journal.append(frame));
    node.advance(Math.floor(this.#random() * 2000));
    if (this.#random() < 0.2) await node.store.flush();
  }

  async #step(partition: number): Promise<void> {
    const { store } = this.#node;
    const log = this.#model.log(partition);
    const commit = this.#model.commit(partition);
    const chance = this.#random();
    if (chance < 0.2 && log.length > commit) {
      const index = commit + 1 + Math.floor(this.#random() * (log.length - commit));
      const epoch = store.pendingAfter(partition, 0)[index - commit - 1]?.epoch ?? 0;
      store.replicated.cut(this.#frame, partition, { index, epoch });
      log.splice(index - 1);
      this.#epochs.set(partition, (this.#epochs.get(partition) ?? 1) + 1);
    } else if (chance < 0.6 && log.length > commit) {
      const index = commit + 1 + Math.floor(this.#random() * (log.length - commit));
      store.replicated.commit(this.#frame, partition, index);
      this.#model.commits.set(partition, index);
    }
    for (let each = Math.floor(this.#random() * 5); each > 0; each -= 1) {
      await this.#write(partition, `key-${Math.floor(this.#random() * 12)}`);
    }
  }

  async #write(partition: number, key: string): Promise<void> {
    const { store, nowMs } = this.#node;
    const ref = refIn(partition, key);
    const endRead = store.beginRead();
    const token = 1 + Math.floor(this.#random() * 1e9);
    const kind = this.#random();
    const record =
      kind < 0.5 ? running(token, nowMs) : kind < 0.85 ? completed(token, nowMs) : undefined;
    const [read] = store.whereabouts(ref, nowMs) === "stored" ? await store.read([ref], nowMs) : [];
    const before = store.staged(ref) ?? read;
    const epoch = this.#epochs.get(partition) ?? 1;
    store.stage(this.#frame, ref, before, record ?? "removed", nowMs, epoch);
    endRead();
    this.#model.log(partition).push({ key, record });
  }
}

describe("a member's store", () => {
  it("shows what is pending, applies what is committed, forgets what is cut", async () => {
    const [seed = 0] = fc.sample(fc.nat(), 1);
    const random = seeded(seed);
    const model = new Model();
    let node = await open();
    await node.putNamespace(1, NAMESPACE);
    for (let part = 0; part < 6; part += 1) {
      // LevelDB as it is now, the journal as it will be: what a crash may leave.
      const copy = join(folder.path, `copy-${part}`);
      await node.copyRecords(path, copy);
      await new Turns(node, model, random).some(12);
      await expectModel(node, model, seed);
      const { directory, nowMs } = node;
      await node.close();
      if (random() < 0.5) await cp(copy, path, { recursive: true, force: true });
      path = random() < 0.5 ? copy : path;
      node = await open({ path, directory, startMs: nowMs });
      await expectModel(node, model, seed);
      await node.store.rebuilt();
      expect(node.damage, `seed ${seed}`).toEqual([]);
      await expectModel(node, model, seed);
    }
  });

  it("keeps promises and memberships over starts, whatever LevelDB lost", async () => {
    let node = await open();
    const frame = new FrameBuilder();
    const copy = join(folder.path, "copy");
    await node.copyRecords(path, copy);
    frame.reset(node.nowMs);
    const { replicated } = node.store;
    replicated.mark(frame, { type: "promise", partition: 5, epoch: 7 });
    replicated.mark(frame, { type: "membership", partition: 5, join: 2, begins: true });
    replicated.mark(frame, { type: "membership", partition: 6, join: 1, begins: true });
    replicated.mark(frame, { type: "membership", partition: 6, join: 1, begins: false });
    node.store.endTurn(node.journal.lastSequence + 1);
    node.store.durable(await node.journal.append(frame));
    const { directory, nowMs } = node;
    await node.close();
    for (const each of [path, copy, copy]) {
      node = await open({ path: each, directory, startMs: nowMs });
      expect(node.store.partitions.at(5)).toMatchObject({ promised: 7, join: 2, erasedJoin: 0 });
      expect(node.store.partitions.at(6)).toMatchObject({ promised: 0, join: 0, erasedJoin: 1 });
      await node.close();
    }
  });

  it("is refused as a single node", async () => {
    const node = await open();
    const frame = new FrameBuilder();
    frame.reset(node.nowMs);
    node.store.replicated.mark(frame, { type: "promise", partition: 1, epoch: 1 });
    node.store.endTurn(node.journal.lastSequence + 1);
    node.store.durable(await node.journal.append(frame));
    const { directory, nowMs } = node;
    await node.close();
    const single = open({ member: false, directory, startMs: nowMs });
    await expect(single).rejects.toMatchObject({ code: "WRONG_DATA_DIRECTORY" });
  });
});
