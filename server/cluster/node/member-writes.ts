/**
 * What the replicas of a member want written, on its way into the journal: in the order in which it
 * was given, as much at once as there is. A leader's entries are looked up and staged like a turn's
 * own writes.
 *
 * Never tells of a write before it is durable. A journal that fails ends the node; a disk that is
 * full, or a namespace that is not known here yet, keeps what waits waiting. An entry of a deleted
 * namespace takes its place in the log, without its record.
 */
import { setTimeout as delay } from "node:timers/promises";
import { ClaimdError, unreachable } from "../../errors.ts";
import type { Namespace } from "../../shard/namespace.ts";
import type { GenerationClasses } from "../../storage/generation.ts";
import type { FrameBuilder } from "../../storage/journal-frame.ts";
import { keyId, keyRef } from "../../storage/key-ref.ts";
import type { TurnChange } from "../../storage/partition-erasing.ts";
import type { KeyRef, RecordStore, StoredRecord } from "../../storage/record-store.ts";
import type { DiskWrite } from "../core/effects.ts";
import type { LogRecord } from "../log-record.ts";
import { resolves } from "../patience.ts";
import type { InstalledState } from "./snapshot-taking.ts";

export type MemberWrite = DiskWrite<LogRecord, InstalledState>;

interface Queued {
  readonly partition: number;
  readonly ticket: number;
  readonly writes: readonly MemberWrite[];
}

export interface MemberWritesParts {
  readonly store: RecordStore;
  readonly nowMs: () => number;
  /** Stages between two turns; resolves when that is durable. */
  readonly change: TurnChange;
  readonly namespace: (id: number) => Namespace | undefined;
  /** Resolves when `namespace` knows what etcd has; rejects when etcd can't be reached. */
  readonly refreshNamespaces: () => Promise<void>;
  readonly synced: (partition: number, ticket: number) => void;
  readonly onFatal: (error: unknown) => void;
}

/** Of a namespace that was deleted. */
const NO_CLASSES: GenerationClasses = { current: 0 };
const AGAIN_MS = 50;
const MOST_AT_ONCE = 256;

export class MemberWrites {
  readonly #parts: MemberWritesParts;
  #queue: Queued[] = [];
  /** How many waiting writes of a partition take from its log what stands there now. */
  readonly #cutting = new Map<number, number>();
  #running: Promise<void> | undefined;
  /** Ids that etcd does not have any more. */
  readonly #deleted = new Set<number>();
  readonly #ending = new AbortController();

  constructor(parts: MemberWritesParts) {
    this.#parts = parts;
  }

  add(partition: number, ticket: number, writes: readonly MemberWrite[]): void {
    this.#queue.push({ partition, ticket, writes });
    if (writes.some(isCutting)) this.#cutting.set(partition, this.#cuttingOf(partition) + 1);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** What is staged of its log now may not be what the replica has: no index says which entry. */
  isCutting(partition: number): boolean {
    return this.#cutting.has(partition);
  }

  #cuttingOf(partition: number): number {
    return this.#cutting.get(partition) ?? 0;
  }

  #staged({ partition, writes }: Queued): void {
    if (!writes.some(isCutting)) return;
    const left = this.#cuttingOf(partition) - 1;
    if (left > 0) this.#cutting.set(partition, left);
    else this.#cutting.delete(partition);
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
        if (codeOf(error) === "NAMESPACE_NOT_FOUND") await this.#findDeleted(batch);
        await delay(AGAIN_MS);
      }
    }
  }

  /** What is not known here after all have been read was deleted. */
  async #findDeleted(batch: readonly Queued[]): Promise<void> {
    const { namespace, refreshNamespaces } = this.#parts;
    if (!(await resolves(refreshNamespaces()))) return;
    for (const { payload } of payloadsOf(batch)) {
      const { namespaceId } = payload;
      if (namespace(namespaceId) === undefined) this.#deleted.add(namespaceId);
    }
  }

  async #write(batch: readonly Queued[]): Promise<void> {
    const { store, nowMs, change } = this.#parts;
    const refs = new Map<LogRecord, KeyRef>();
    for (const { partition, payload } of payloadsOf(batch)) {
      refs.set(payload, this.#refOf(partition, payload));
    }
    const endRead = store.beginRead();
    try {
      const asked = [...refs.values()].filter((ref) => this.#mayBeLoaded(ref));
      const found = await store.read(asked, nowMs());
      const loaded = new Map(asked.map((ref, at) => [ref.id, found[at]]));
      await change((frame, stampMs) => {
        for (const queued of batch) {
          const { partition, writes } = queued;
          for (const write of writes) this.#stage(frame, partition, write, refs, loaded, stampMs);
          this.#staged(queued);
        }
        endRead();
      });
    } finally {
      endRead();
    }
  }

  /** What is pending may be cut in this very frame: then what LevelDB has is what is replaced. */
  #mayBeLoaded(ref: KeyRef): boolean {
    const { store, nowMs } = this.#parts;
    if (ref.classes === NO_CLASSES) return false;
    return store.isPending(ref.id) || store.whereabouts(ref, nowMs()) === "stored";
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
      case "void":
        replicated.setVoid(frame, partition);
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
          const value = ref.classes === NO_CLASSES ? undefined : payload.record;
          const entry = { index, epoch, value, token: payload.token };
          replicated.stageEntry(frame, entry, ref, before, Math.max(nowMs, stampMs));
        }
        return;
      case "snapshot": {
        const { upTo, stampMs: stamp, state } = write;
        state.install.end(frame, { ...upTo, token: state.token, stampMs: stamp });
        return;
      }
      default:
        unreachable(write);
    }
  }

  #refOf(partition: number, { namespaceId, key }: LogRecord): KeyRef {
    const namespace = this.#parts.namespace(namespaceId);
    const bytes = Buffer.from(key);
    if (namespace !== undefined) return keyRef(namespace, partition, bytes);
    if (!this.#deleted.has(namespaceId)) {
      throw new ClaimdError(
        "NAMESPACE_NOT_FOUND",
        `namespace ${namespaceId} is not known here yet`,
      );
    }
    const id = keyId(namespaceId, bytes);
    const place = { namespaceId, partition, key: bytes, id };
    return { ...place, classes: NO_CLASSES, hashA: 0, hashB: 0 };
  }
}

/** What gives up entries of the log, or all of it. */
function isCutting({ type }: MemberWrite): boolean {
  return type !== "entries" && type !== "commit" && type !== "promise";
}

function* payloadsOf(batch: readonly Queued[]) {
  for (const { partition, writes } of batch) {
    for (const write of writes) {
      if (write.type !== "entries") continue;
      for (const { payload } of write.entries) yield { partition, payload };
    }
  }
}

const PASSING = ["NAMESPACE_NOT_FOUND", "DISK_FULL", "QUEUE_FULL", "STORAGE_UNAVAILABLE"];

function isPassing(error: unknown): boolean {
  return PASSING.includes(codeOf(error) ?? "");
}

function codeOf(error: unknown): string | undefined {
  return error instanceof ClaimdError ? error.code : undefined;
}
