import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ClaimRecord } from "./claim-record.ts";
import { encodeRecord } from "./record-format.ts";
import { type Copy, copyOf, journalUpTo, spoilLog } from "./test/crashes.ts";
import { seeded } from "./test/journal-fixtures.ts";
import {
  endOf,
  MemberTurns,
  type ModelPartition,
  NAMESPACE,
  recordsAt,
} from "./test/member-turns.ts";
import {
  completed,
  running,
  temporaryFolder,
  TestNode,
  type TestNodeOptions,
} from "./test/test-node.ts";

const PARTITIONS = [3, 77, 130] as const;
const KEYS = Array.from({ length: 14 }, (_, at) => `key-${at}`);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const opened: TestNode[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  for (const node of opened.splice(0)) await node.close();
  await folder[Symbol.asyncDispose]();
});

async function open(options: Partial<TestNodeOptions> & { path: string }): Promise<TestNode> {
  const runKeys = { first: 4, most: 16 };
  const node = await TestNode.open({ member: true, runKeys, layerMs: 1, ...options });
  opened.push(node);
  return node;
}

/** A commit that was put off is not durable: the next leader says it again. */
function asRecovered(model: ReadonlyMap<number, ModelPartition>): Map<number, ModelPartition> {
  return new Map(
    [...model].map(([partition, each]) => [partition, each.isVoid ? { ...each, commit: 0 } : each]),
  );
}

async function expectModel(turns: MemberTurns, what: string): Promise<void> {
  const { store } = turns.node;
  for (const partition of PARTITIONS) {
    const model = turns.of(partition);
    const { join: joined, isVoid, index } = store.partitions.at(partition);
    const applied = model.isVoid ? 0 : model.commit;
    expect({ joined, isVoid, index }, `${what}, partition ${partition}`).toEqual({
      joined: model.join,
      isVoid: model.isVoid,
      index: applied,
    });
    const pending = store.pendingAfter(partition, 0).map(({ index }) => index);
    const expected = Array.from({ length: endOf(model) - applied }, (_, at) => applied + at + 1);
    expect(pending, `${what}, partition ${partition}`).toEqual(expected);
    const records = recordsAt(model, endOf(model));
    const seen = await turns.seen(partition, KEYS);
    expect(seen, `${what}, partition ${partition}`).toEqual(KEYS.map((key) => records.get(key)));
  }
}

/** What is applied is all there is, in LevelDB as in the counts. */
async function expectNothingElse(turns: MemberTurns, what: string): Promise<void> {
  const { node } = turns;
  for (const partition of PARTITIONS) await node.store.whole.erased(partition);
  await turns.idle();
  await node.store.flush();
  let records = 0;
  for (const partition of PARTITIONS) {
    const model = turns.of(partition);
    records += recordsAt(model, model.commit).size;
  }
  expect(node.store.counts(NAMESPACE.id).records, what).toBe(records);
  const listed = new Map<string, number>();
  for await (const { key } of node.store.list({ ...NAMESPACE, namespaceId: 1 }, Buffer.alloc(0))) {
    const name = key.toString();
    listed.set(name, (listed.get(name) ?? 0) + 1);
  }
  expect([...listed].filter(([, times]) => times !== 1)).toEqual([]);
  expect(listed.size, what).toBe(records);
  const unsettled = [...node.store.unsettled.keys()].length;
  const open = PARTITIONS.flatMap((partition) => {
    const model = turns.of(partition);
    return [...recordsAt(model, model.commit).values()];
  }).filter(({ state }) => state === "IN_PROGRESS");
  await node.store.rebuilt();
  expect([...node.store.unsettled.keys()].length, what).toBe(open.length);
  expect(unsettled).toBeLessThanOrEqual(open.length);
  expect(node.damage, what).toEqual([]);
}

/** Memberships, logs and states, one step after the other; installs go on beside. */
class Steps {
  readonly #turns: MemberTurns;
  readonly #random: () => number;
  readonly #installs = new Map<number, Promise<void>>();
  readonly #joins: Map<number, number>;

  constructor(turns: MemberTurns, random: () => number, joins: Map<number, number>) {
    this.#turns = turns;
    this.#random = random;
    this.#joins = joins;
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  record(): ClaimRecord {
    const { nowMs } = this.#turns.node;
    const token = 1 + this.below(1e9);
    return this.#random() < 0.5 ? running(token, nowMs) : completed(token, nowMs);
  }

  async some(count: number): Promise<void> {
    for (let step = 0; step < count; step += 1) {
      for (const partition of PARTITIONS) await this.#step(partition);
      this.#turns.node.advance(this.below(400));
      if (this.#random() < 0.2) await this.#turns.node.store.flush();
      if (this.#random() < 0.5) await delay(1);
    }
  }

  async ended(): Promise<void> {
    await Promise.all(this.#installs.values());
  }

  async #step(partition: number): Promise<void> {
    const turns = this.#turns;
    const model = turns.of(partition);
    const chance = this.#random();
    if (this.#installs.has(partition)) {
      // Overtaken once in a while.
      if (chance < 0.03) await turns.leave(partition);
      return;
    }
    const { commit, base, log, join: joined } = model;
    const { node } = turns;
    if (joined === 0) {
      if (chance < 0.5) await turns.join(partition, this.#nextJoin(partition));
      return;
    }
    if (chance < 0.08) await turns.leave(partition);
    else if (chance < 0.2) this.#install(partition);
    else if (chance < 0.3 && endOf(model) > commit) {
      await turns.cut(partition, commit + 1 + this.below(endOf(model) - commit));
      return;
    } else if (chance < 0.6 && endOf(model) > commit) {
      await turns.commit(partition, commit + 1 + this.below(endOf(model) - commit));
    }
    if (turns.of(partition).join === 0 || this.#installs.has(partition)) return;
    const epoch = (log.at(-1)?.epoch ?? base.epoch) + this.below(2);
    const entries = Array.from({ length: this.below(4) }, () => {
      const record = this.#random() < 0.85 ? this.record() : undefined;
      return { key: KEYS[this.below(KEYS.length)] as string, record, epoch: Math.max(1, epoch) };
    });
    if (entries.length > 0) await turns.write(partition, entries);
    if (this.#random() < 0.1) await this.#writeForward();
    if (this.#random() < 0.1 && !turns.of(partition).isVoid) {
      const exported = await node.store.whole.export(partition, 300);
      const records = new Map<string, number>();
      for await (const chunk of exported.chunks) {
        for (const { key, token } of chunk) {
          records.set(Buffer.from(key).toString().split("/")[1] as string, token);
        }
      }
      const expected = recordsAt(turns.of(partition), exported.upTo.index);
      expect(records).toEqual(new Map([...expected].map(([key, { token }]) => [key, token])));
    }
  }

  async #writeForward(): Promise<void> {
    await this.#turns.change((frame) => {
      this.#turns.node.store.replicated.writeForward(frame, 200);
    });
  }

  #nextJoin(partition: number): number {
    const joined = (this.#joins.get(partition) ?? 0) + 1;
    this.#joins.set(partition, joined);
    return joined;
  }

  #install(partition: number): void {
    const installed = this.#fill(partition)
      .catch((error: unknown) => {
        if (!/overtaken|closed|no more turns/.test(String(error))) throw error;
      })
      .finally(() => {
        this.#installs.delete(partition);
        this.#turns.installing.delete(partition);
      });
    this.#installs.set(partition, installed);
  }

  async #fill(partition: number): Promise<void> {
    const turns = this.#turns;
    const keys = KEYS.filter(() => this.#random() < 0.6);
    const records = new Map(keys.map((key) => [key, this.record()]));
    const index = endOf(turns.of(partition)) + 1 + this.below(1000);
    const base = { index, epoch: 5 + this.below(100), records };
    using install = await turns.node.store.whole.install(partition);
    for (const [key, record] of records) {
      const bytes = Buffer.from(`${partition}/${key}`);
      const value = Buffer.from(encodeRecord(record, bytes));
      const encoded = { namespaceId: 1, key: bytes, record: value, token: 1 };
      await install.add(this.#random() < 0.2 ? [encoded, encoded] : [encoded]);
      if (this.#random() < 0.3) await delay(1);
    }
    if (this.#random() < 0.2) return;
    turns.installing.set(partition, base);
    const { token, stampMs } = turns.node.store.partitions.at(partition);
    const { epoch } = base;
    await turns.end(install, { index, epoch, token: token + 1000, stampMs: stampMs + 5 });
  }
}

/** Parts of a life, each ended by a crash that leaves what `crash` says. */
async function live(
  seed: number,
  options: Partial<TestNodeOptions>,
  forwardBytes: number | undefined,
  crash: (node: TestNode, copies: readonly Copy[], random: () => number) => Left | Promise<Left>,
): Promise<number> {
  const random = seeded(seed);
  const joins = new Map<number, number>();
  let path = join(folder.path, "records");
  let node = await open({ path, ...options });
  await node.putNamespace(1, NAMESPACE);
  let turns = new MemberTurns(node, new Map(), forwardBytes);
  node.store.whole.begin(turns.change);
  for (let part = 0; part < 12; part += 1) {
    const what = `seed ${seed}, part ${part}`;
    const copies: Copy[] = [];
    const steps = new Steps(turns, random, joins);
    for (let at = 0; at < 3; at += 1) {
      copies.push(await copyOf(node, path, join(folder.path, `copy-${part}-${at}`)));
      await steps.some(8);
    }
    if (random() < 0.5) await node.store.flush();
    copies.push(await copyOf(node, path, join(folder.path, `copy-${part}-3`)));
    const left = await crash(node, copies, random);
    const { directory, nowMs } = node;
    const cut = await journalUpTo(directory, left.sequence);
    const [, model] = turns.history.findLast(([at]) => at <= left.sequence) ?? [];
    await turns.close();
    await steps.ended();
    path = left.path;
    node = await open({ path, directory: cut, startMs: nowMs, ...options });
    turns = new MemberTurns(node, asRecovered(model ?? new Map()), forwardBytes);
    await expectModel(turns, what);
    if (random() < 0.3) await node.store.rebuilt();
    node.store.whole.begin(turns.change);
    if (random() < 0.7) await expectNothingElse(turns, what);
    await turns.idle();
    await expectModel(turns, what);
  }
  return node.journal.firstSequence;
}

interface Left {
  readonly path: string;
  /** The last frame that is in the journal. */
  readonly sequence: number;
}

describe("partitions as a whole", () => {
  it("are what was decided last, after a crash at any frame, whatever LevelDB lost", async () => {
    const [seed = 0] = fc.sample(fc.nat(), 1);
    await live(seed, {}, undefined, async ({ journal }, copies, random) => {
      const copy = copies[Math.floor(random() * copies.length)] as Copy;
      const { path, applied } = copy;
      if (random() < 0.5) await spoilLog(copy, random);
      const behind = Math.floor(random() * (journal.lastSequence - applied + 1));
      return { path, sequence: applied + behind };
    });
  }, 120_000);

  it("need no more of the journal than is retained", async () => {
    const [seed = 0] = fc.sample(fc.nat(), 1);
    const small = { segmentBytes: 8192, writeBufferBytes: 1024 };
    const first = await live(seed, small, 2000, ({ journal }, copies) => {
      const { path } = copies.at(-1) as Copy;
      return { path, sequence: journal.lastSequence };
    });
    expect(first).toBeGreaterThan(200);
  }, 120_000);
});
