/**
 * A shard over a real RecordStore and a journal in memory that can fail: what turns are tested on.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import type { Outage } from "../../storage/outage.ts";
import type { Reply } from "../../claim/reply.ts";
import type { Command } from "../../claim/command.ts";
import { Journal } from "../../storage/journal.ts";
import { SILENT_LOG } from "../../storage/journal-log.ts";
import { MemoryLogDirectory } from "../../storage/memory-log-directory.ts";
import { RecordStore, type RecordStoreOptions } from "../../storage/record-store.ts";
import type { PossibleDouble } from "../doubles.ts";
import type { Namespace } from "../namespace.ts";
import { Namespaces } from "../namespaces.ts";
import { defaultPolicy } from "../policy-rules.ts";
import { Shard } from "../shard.ts";
import { RecordingAsker, submissionFor } from "./samples.ts";

const STORE_ID = Buffer.alloc(16, 5);
const SEGMENT_BYTES = 1024 * 1024;

export interface TestNode {
  readonly shard: Shard;
  readonly namespaces: Namespaces;
  readonly store: RecordStore;
  readonly journal: Journal;
  readonly fatal: unknown[];
  readonly doubles: PossibleDouble[];
  /** Free space; set by the test. */
  diskLow: boolean;
  ask(namespace: Namespace, key: string, command: Command, waitMs?: number): Promise<Reply>;
  close(): Promise<void>;
}

export interface TestWorld {
  nowMs: number;
  readonly directory: MemoryLogDirectory;
  readonly path: string;
  /** How the next node opens its records, where the defaults won't do. */
  records: Partial<RecordStoreOptions>;
  open(outage?: Outage): Promise<TestNode>;
  remove(): Promise<void>;
}

export async function testWorld(): Promise<TestWorld> {
  const path = await mkdtemp(join(tmpdir(), "claimd-shard-"));
  const world: TestWorld = {
    nowMs: 1_790_000_000_000,
    directory: new MemoryLogDirectory(),
    path,
    records: {},
    open: (outage) => openNode(world, outage),
    remove: () => rm(path, { recursive: true, force: true }),
  };
  return world;
}

async function openNode(world: TestWorld, outage: Outage | undefined): Promise<TestNode> {
  const nowMs = (): number => world.nowMs;
  const journal = await Journal.open({
    directory: world.directory,
    storeId: STORE_ID,
    random: randomBytes,
    segmentBytes: SEGMENT_BYTES,
  });
  const fatal: unknown[] = [];
  const doubles: PossibleDouble[] = [];
  const onFatal = (error: unknown): void => {
    fatal.push(error);
  };
  const store = await RecordStore.open({
    path: join(world.path, "records"),
    journal,
    storeId: STORE_ID,
    nowMs,
    outage,
    log: SILENT_LOG,
    onDamage: onFatal,
    ...world.records,
  });
  const shard = new Shard({
    store,
    journal,
    clock: { nowMs },
    monotonicMs: () => performance.now(),
    outage,
    conditions: {
      diskLow: () => node.diskLow,
      pressure: () => store.pressure,
      hasRoomFor: (bytes) => journal.hasRoomFor(bytes),
      stored: (id) => store.counts(id),
    },
    onDouble: (double) => doubles.push(double),
    onTurn: () => undefined,
    onReplicated: () => undefined,
    onFatal,
  });
  const namespaces = new Namespaces({ store, shard, autoCreate: defaultPolicy });
  const node: TestNode = {
    shard,
    namespaces,
    store,
    journal,
    fatal,
    doubles,
    diskLow: false,
    ask: async (namespace, key, command, waitMs = 0) => {
      const asker = new RecordingAsker();
      shard.submit(submissionFor({ namespace, key, command, waitMs, asker }));
      await asker.have(1);
      const reply = asker.replies.get(0);
      if (reply === undefined) throw new Error("no reply");
      return reply;
    },
    close: async () => {
      await shard.drain();
      await store.close();
      await journal.close();
    },
  };
  return node;
}
