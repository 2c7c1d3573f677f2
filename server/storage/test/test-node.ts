/**
 * A node without its network: a journal in memory, a real LevelDB in a folder of its own, and turns
 * as shard/ makes them, with a clock that only moves when it is told to.
 */
import { cp, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { keyHash } from "@claimd/proto";
import { PARTITIONS } from "../../limits.ts";
import type { ClaimRecord, Completed, InProgress } from "../claim-record.ts";
import { classFor } from "../generation.ts";
import { filterHash } from "../generation-filter.ts";
import { Journal } from "../journal.ts";
import { FrameBuilder } from "../journal-frame.ts";
import type { KeyRef } from "../key-ref.ts";
import { MemoryLogDirectory } from "../memory-log-directory.ts";
import type { Policy } from "../policy.ts";
import type { StoredNamespace } from "../policy-format.ts";
import { RecordStore, type RecordStoreOptions } from "../record-store.ts";
import { randomBytes, seeded, STORE_ID } from "./journal-fixtures.ts";

export const START_MS = Date.UTC(2026, 6, 1);
const NONE = new Uint8Array(0);

export const SILENT = { info: () => undefined, warn: () => undefined };

export function policyOf(name: string, maxWindowMs = 60_000): Policy {
  return {
    name,
    revision: 1,
    windowMs: maxWindowMs,
    maxWindowMs,
    leaseMs: 10_000,
    maxLeaseMs: 60_000,
    maxWaitMs: 0,
    onLeaseExpiry: "RECLAIM",
    maxAttempts: 0,
    fingerprint: "OPTIONAL",
    resultMaxBytes: 65_536,
    forgetOnComplete: false,
    observe: false,
    paused: false,
    quota: { claimsPerSecond: 0, records: 0, bytes: 0, waiting: 0 },
  };
}

export function namespaceOf(id: number, name: string, maxWindowMs?: number): StoredNamespace {
  const policy = policyOf(name, maxWindowMs);
  return { id, policy, classes: { current: classFor(policy.maxWindowMs, policy.maxLeaseMs) } };
}

const identity = (token: number, windowMs: number) => ({
  token,
  attempt: 1,
  windowMs,
  fingerprint: undefined,
  traceparent: "",
  spentClaimIds: NONE,
});

export function running(token: number, nowMs: number, windowMs = 60_000): InProgress {
  return {
    ...identity(token, windowMs),
    state: "IN_PROGRESS",
    claimId: Uint8Array.from({ length: 16 }, (_, at) => token + at),
    hold: false,
    holder: "worker",
    grantedAtMs: nowMs,
    leaseMs: 10_000,
    leaseUntilMs: nowMs + 10_000,
  };
}

export function completed(token: number, nowMs: number, windowMs = 60_000): Completed {
  return {
    ...identity(token, windowMs),
    state: "COMPLETED",
    claimId: Uint8Array.from({ length: 16 }, (_, at) => token + at),
    settledAtMs: nowMs,
    result: undefined,
  };
}

/** A fresh folder below the system's temporary one, removed by `dispose`. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "claimd-records-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface TestNodeOptions extends Partial<RecordStoreOptions> {
  readonly path: string;
  readonly directory?: MemoryLogDirectory;
  readonly startMs?: number;
}

export type Write = readonly [
  key: string,
  write: ClaimRecord | "removed",
  namespace?: StoredNamespace,
];

export class TestNode {
  readonly directory: MemoryLogDirectory;
  readonly journal: Journal;
  readonly store: RecordStore;
  readonly damage: Error[];
  readonly #clock: { nowMs: number };
  #frame = new FrameBuilder();

  private constructor(
    directory: MemoryLogDirectory,
    journal: Journal,
    store: RecordStore,
    clock: { nowMs: number },
    damage: Error[],
  ) {
    this.directory = directory;
    this.journal = journal;
    this.store = store;
    this.#clock = clock;
    this.damage = damage;
  }

  static async open(options: TestNodeOptions): Promise<TestNode> {
    const { directory = new MemoryLogDirectory(), startMs = START_MS } = options;
    const clock = { nowMs: startMs };
    const damage: Error[] = [];
    const journal = await openTestJournal(directory, options.segmentBytes);
    const store = await RecordStore.open({
      storeId: STORE_ID,
      nowMs: () => clock.nowMs,
      log: SILENT,
      onDamage: (error) => damage.push(error),
      layerMs: 10,
      ...options,
      journal,
    });
    return new TestNode(directory, journal, store, clock, damage);
  }

  get nowMs(): number {
    return this.#clock.nowMs;
  }

  advance(ms: number): void {
    this.#clock.nowMs += ms;
  }

  /** One turn: reads, stages in order, appends. Durable when it resolves. */
  async turn(namespace: StoredNamespace, writes: readonly Write[]): Promise<void> {
    await this.#opened();
    await this.turnWithoutWaiting(namespace, writes);
  }

  /** Waits while LevelDB is being opened again. */
  async #opened(): Promise<void> {
    while (this.store.stats.reopening) await delay(1);
  }

  async turnWithoutWaiting(namespace: StoredNamespace, writes: readonly Write[]): Promise<void> {
    const durable = await this.stageOnly(namespace, writes);
    await durable();
  }

  /** A turn up to its end; the function it gives makes it durable. */
  async stageOnly(
    namespace: StoredNamespace,
    writes: readonly Write[],
  ): Promise<() => Promise<void>> {
    const { store } = this;
    const refs = writes.map(([key, , own]) => refOf(own ?? namespace, key));
    const endRead = store.beginRead();
    this.#frame.reset(this.nowMs);
    try {
      const asked = refs.filter((ref) => store.whereabouts(ref, this.nowMs) === "stored");
      const found = await store.read(asked, this.nowMs);
      const loaded = new Map(asked.map((ref, at) => [ref.id, found[at]]));
      writes.forEach(([, write], at) => {
        const ref = refs[at] as KeyRef;
        const before = store.staged(ref) ?? loaded.get(ref.id);
        store.stage(this.#frame, ref, before, write, this.nowMs);
      });
    } finally {
      endRead();
    }
    store.endTurn(this.journal.lastSequence + 1);
    return async () => {
      store.durable(await this.journal.append(this.#frame));
    };
  }

  async putNamespace(id: number, namespace: StoredNamespace | undefined): Promise<void> {
    await this.#opened();
    await this.stageNamespaceOnly(id, namespace)();
  }

  stageNamespaceOnly(id: number, namespace: StoredNamespace | undefined): () => Promise<void> {
    this.#frame.reset(this.nowMs);
    this.store.stageNamespace(this.#frame, id, namespace);
    this.store.endTurn(this.journal.lastSequence + 1);
    return async () => {
      this.store.durable(await this.journal.append(this.#frame));
    };
  }

  /** What a turn would decide on. */
  async get(namespace: StoredNamespace, key: string): Promise<ClaimRecord | undefined> {
    const [record] = await this.getAll(namespace, [key]);
    return record;
  }

  async getAll(
    namespace: StoredNamespace,
    keys: readonly string[],
  ): Promise<(ClaimRecord | undefined)[]> {
    return await this.recordsOf(keys.map((key) => refOf(namespace, key)));
  }

  async recordsOf(refs: readonly KeyRef[]): Promise<(ClaimRecord | undefined)[]> {
    const { store, nowMs } = this;
    const endRead = store.beginRead();
    try {
      const asked = refs.filter((ref) => store.whereabouts(ref, nowMs) === "stored");
      const found = await store.read(asked, nowMs);
      const loaded = new Map(asked.map((ref, at) => [ref.id, found[at]]));
      return refs.map((ref) => (store.staged(ref) ?? loaded.get(ref.id))?.record);
    } finally {
      endRead();
    }
  }

  /** Closes as a SIGTERM does. */
  async close(): Promise<void> {
    await this.store.close();
    await this.journal.close();
  }

  /** The records directory as a kill at this moment would leave it, the kept filters as well. */
  async copyRecords(from: string, to: string): Promise<void> {
    await copyDirectory(from, to);
    await copyDirectory(`${from}-filters`, `${to}-filters`);
  }
}

/** As it is at one moment: LevelDB compacts meanwhile. */
async function copyDirectory(from: string, to: string): Promise<void> {
  for (;;) {
    const before = await filesIn(from);
    await rm(to, { recursive: true, force: true });
    const copied = await cp(from, to, { recursive: true }).then(
      () => true,
      () => false,
    );
    if (copied && (await filesIn(from)) === before) return;
  }
}

/** Names, sizes and times of change. */
async function filesIn(path: string): Promise<string> {
  const names = (await readdir(path)).sort();
  const found = await Promise.all(
    names.map((name) => stat(join(path, name)).catch(() => undefined)),
  );
  return names.map((name, at) => `${name} ${found[at]?.size} ${found[at]?.mtimeMs}`).join("\n");
}

export function openTestJournal(
  directory: MemoryLogDirectory,
  segmentBytes = 64 * 1024,
): Promise<Journal> {
  const random = randomBytes(seeded(7));
  return Journal.open({ directory, storeId: STORE_ID, random, segmentBytes, spareRetryMs: 1 });
}

export function refOf({ id, policy, classes }: StoredNamespace, key: string): KeyRef {
  const bytes = Buffer.from(key, "latin1");
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(id);
  const hash = keyHash(policy.name, bytes);
  return {
    namespaceId: id,
    classes,
    partition: hash % PARTITIONS,
    key: bytes,
    id: prefix.toString("latin1") + key,
    hashA: hash,
    hashB: filterHash(id, bytes),
  };
}
