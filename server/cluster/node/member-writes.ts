/**
 * What the replicas of a member want written, on its way into the journal: in the order in which it
 * was given, as much at once as there is. A leader's entries are looked up and staged like a turn's
 * own writes.
 *
 * Never tells of a write before it is durable. A journal that fails ends the node; a disk that is
 * full, or a namespace that is not known here yet, keeps what waits waiting.
 */
import { setTimeout as delay } from "node:timers/promises";
import { keyHash } from "@claimd/proto";
import { ClaimdError, unreachable } from "../../errors.ts";
import type { Namespace } from "../../shard/namespace.ts";
import { filterHash } from "../../storage/generation-filter.ts";
import type { FrameBuilder } from "../../storage/journal-frame.ts";
import { keyId } from "../../storage/key-ref.ts";
import type { KeyRef, RecordStore, StoredRecord } from "../../storage/record-store.ts";
import type { DiskWrite } from "../core/effects.ts";
import type { LogRecord } from "../log-record.ts";

export type MemberWrite = DiskWrite<LogRecord, never>;

interface Queued {
  readonly partition: number;
  readonly ticket: number;
  readonly writes: readonly MemberWrite[];
}

export interface MemberWritesParts {
  readonly store: RecordStore;
  readonly nowMs: () => number;
  /** Stages between two turns; resolves when that is durable. */
  readonly change: (stage: (frame: FrameBuilder, nowMs: number) => void) => Promise<void>;
  readonly namespace: (id: number) => Namespace | undefined;
  readonly synced: (partition: number, ticket: number) => void;
  readonly onFatal: (error: unknown) => void;
}

const AGAIN_MS = 50;
const MOST_AT_ONCE = 256;

export class MemberWrites {
  readonly #parts: MemberWritesParts;
  #queue: Queued[] = [];
  #running: Promise<void> | undefined;
  readonly #ending = new AbortController();

  constructor(parts: MemberWritesParts) {
    this.#parts = parts;
  }

  add(partition: number, ticket: number, writes: readonly MemberWrite[]): void {
    this.#queue.push({ partition, ticket, writes });
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** What has not been written yet never will be. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  #isClosed(): boolean {
    return this.#ending.signal.aborted;
  }

  async #run(): Promise<void> {
    // Behind what else this moment brings.
    await Promise.resolve();
    while (this.#queue.length > 0 && !this.#isClosed()) {
      const batch = this.#queue.slice(0, MOST_AT_ONCE);
      try {
        await this.#write(batch);
        this.#queue.splice(0, batch.length);
        for (const { partition, ticket } of batch) this.#parts.synced(partition, ticket);
      } catch (error) {
        if (this.#isClosed() || codeOf(error) === "DRAINING") return;
        if (!isPassing(error)) {
          this.#parts.onFatal(error);
          return;
        }
        await delay(AGAIN_MS);
      }
    }
  }

  async #write(batch: readonly Queued[]): Promise<void> {
    const { store, nowMs, change } = this.#parts;
    const refs = new Map<LogRecord, KeyRef>();
    for (const { partition, writes } of batch) {
      for (const write of writes) {
        if (write.type !== "entries") continue;
        for (const { payload } of write.entries) refs.set(payload, this.#refOf(partition, payload));
      }
    }
    const endRead = store.beginRead();
    try {
      const asked = [...refs.values()].filter(
        (ref) => store.whereabouts(ref, nowMs()) === "stored",
      );
      const found = await store.read(asked, nowMs());
      const loaded = new Map(asked.map((ref, at) => [ref.id, found[at]]));
      await change((frame, stampMs) => {
        for (const { partition, writes } of batch) {
          for (const write of writes) this.#stage(frame, partition, write, refs, loaded, stampMs);
        }
        endRead();
      });
    } finally {
      endRead();
    }
  }

  #stage(
    frame: FrameBuilder,
    partition: number,
    write: MemberWrite,
    refs: ReadonlyMap<LogRecord, KeyRef>,
    loaded: ReadonlyMap<string, StoredRecord | undefined>,
    nowMs: number,
  ): void {
    const { store } = this.#parts;
    const { replicated } = store;
    switch (write.type) {
      case "promise":
        replicated.mark(frame, { type: "promise", partition, epoch: write.epoch });
        return;
      case "join":
        replicated.mark(frame, { type: "membership", partition, join: write.join, begins: true });
        return;
      case "erase":
        replicated.mark(frame, { type: "membership", partition, join: write.join, begins: false });
        return;
      case "cut":
        replicated.cut(frame, partition, write.from);
        return;
      case "commit":
        // The member marks by itself what is committed and staged.
        return;
      case "entries":
        for (const { index, epoch, stampMs, payload } of write.entries) {
          const ref = refs.get(payload) as KeyRef;
          const before = store.staged(ref) ?? loaded.get(ref.id);
          const entry = { index, epoch, value: payload.record, token: payload.token };
          replicated.stageEntry(frame, entry, ref, before, Math.max(nowMs, stampMs));
        }
        return;
      case "snapshot":
        throw new ClaimdError("INTERNAL", "a snapshot is installed by its transfer");
      default:
        unreachable(write);
    }
  }

  #refOf(partition: number, { namespaceId, key }: LogRecord): KeyRef {
    const namespace = this.#parts.namespace(namespaceId);
    if (namespace === undefined) {
      throw new ClaimdError(
        "NAMESPACE_NOT_FOUND",
        `namespace ${namespaceId} is not known here yet`,
      );
    }
    const bytes = Buffer.from(key);
    const hashA = keyHash(namespace.name, bytes);
    const hashB = filterHash(namespaceId, bytes);
    const { classes } = namespace;
    const id = keyId(namespaceId, bytes);
    return { namespaceId, classes, partition, key: bytes, id, hashA, hashB };
  }
}

const PASSING = ["NAMESPACE_NOT_FOUND", "DISK_FULL", "QUEUE_FULL", "STORAGE_UNAVAILABLE"];

function isPassing(error: unknown): boolean {
  return PASSING.includes(codeOf(error) ?? "");
}

function codeOf(error: unknown): string | undefined {
  return error instanceof ClaimdError ? error.code : undefined;
}
