/**
 * Takes snapshots of partitions whose logs have let go of what this store lacks, chunk by chunk.
 *
 *     chunk 0 ─▶ offered to the protocol ─▶ it wants it, and has given up its log
 *                   ─▶ each chunk durable ─▶ the next one wanted … ─▶ told to the protocol
 *                   └──▶ nothing comes, or another log began: erased, and offered anew
 *
 * Never decides whether a snapshot is of use: the protocol does, before anything here goes and once
 * more when all of it has come (core/follower.ts).
 */
import { setTimeout as delay } from "node:timers/promises";
import { ClaimdError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { PartitionInstall } from "../../storage/partition-install.ts";
import type { WholePartitions } from "../../storage/whole-partitions.ts";
import type { Effect } from "../core/effects.ts";
import type { Offer, Snapshot } from "../core/messages.ts";
import type { LogRecord } from "../log-record.ts";
import type { Incarnation } from "../partition-record.ts";
import { resolves } from "../patience.ts";
import type { ChunkWanted, SnapshotChunk } from "../peers/peer-message.ts";
import type { ExportedRecord } from "../../storage/partition-export.ts";

/** All of a snapshot is on this disk, and becomes the partition's state by its end's mark. */
export interface InstalledState {
  readonly install: PartitionInstall;
  readonly token: number;
}

type Fetch = Extract<Effect<LogRecord, InstalledState>, { type: "fetch" }>;

export interface SnapshotTakingParts {
  readonly self: Incarnation;
  readonly whole: Pick<WholePartitions, "install">;
  /** The partition's log has nothing, under this join. */
  readonly isEmpty: (partition: number, join: number) => boolean;
  readonly offer: (from: Incarnation, partition: number, offer: Offer) => void;
  /** True: the protocol takes it, and has its end written. */
  readonly complete: (
    from: Incarnation,
    partition: number,
    snapshot: Snapshot<InstalledState>,
  ) => boolean;
  readonly send: (store: string, partition: number, message: ChunkWanted) => void;
  /** By id, once the cluster's have been read anew. */
  readonly isKnownNamespace: (id: number) => boolean;
  readonly refreshNamespaces: () => Promise<void>;
  readonly log: Pick<Log, "warn">;
}

const AGAIN_MS = 50;
/** A chunk that does not come is asked for again, and in the end not waited for. */
const ASK_AGAIN_MS = 1000;
const GIVEN_UP_MS = 10_000;

export class SnapshotTaking {
  readonly #parts: SnapshotTakingParts;
  /** The last chunk 0 of each partition that the protocol has not wanted yet. */
  readonly #offered = new Map<number, { from: Incarnation; chunk: SnapshotChunk }>();
  readonly #takings = new Map<number, Taking>();
  readonly #running = new Set<Promise<void>>();
  /** Snapshots that the protocol has taken. */
  taken = 0;

  constructor(parts: SnapshotTakingParts) {
    this.#parts = parts;
  }

  receive(from: Incarnation, partition: number, chunk: SnapshotChunk): void {
    const taking = this.#takings.get(partition);
    if (taking?.isOf(from, chunk) === true) {
      taking.take(chunk);
      return;
    }
    if (chunk.sequence !== 0) return;
    this.#offered.set(partition, { from, chunk });
    const { epoch, join, round, upTo, stampMs } = chunk;
    this.#parts.offer(from, partition, { type: "offer", epoch, join, round, upTo, stampMs });
  }

  fetch(partition: number, { epoch, upTo }: Fetch): void {
    const offered = this.#offered.get(partition);
    if (offered?.chunk.epoch !== epoch || offered.chunk.upTo.index !== upTo.index) return;
    this.#offered.delete(partition);
    this.#takings.get(partition)?.abort();
    const taking = new Taking(this.#parts, offered.from, partition, offered.chunk);
    this.#takings.set(partition, taking);
    const running = taking
      .run()
      .then(() => {
        this.taken += 1;
      })
      .catch((error: unknown) => {
        const { store } = offered.from;
        if (taking.isAborted) return;
        this.#parts.log.warn({ err: error, store, partition }, "a snapshot is not taken");
      })
      .finally(() => {
        this.#running.delete(running);
        if (this.#takings.get(partition) === taking) this.#takings.delete(partition);
      });
    this.#running.add(running);
  }

  /** Partitions that are being taken. */
  get size(): number {
    return this.#takings.size;
  }

  async close(): Promise<void> {
    for (const each of this.#takings.values()) each.abort();
    await Promise.all(this.#running);
  }
}

class Taking {
  readonly #parts: SnapshotTakingParts;
  readonly #from: Incarnation;
  readonly #partition: number;
  readonly #first: SnapshotChunk;
  readonly #ending = new AbortController();
  /** Of the chunk that is waited for. */
  #sequence = 0;
  #onChunk: ((chunk: SnapshotChunk) => void) | undefined;

  constructor(
    parts: SnapshotTakingParts,
    from: Incarnation,
    partition: number,
    first: SnapshotChunk,
  ) {
    this.#parts = parts;
    this.#from = from;
    this.#partition = partition;
    this.#first = first;
  }

  get isAborted(): boolean {
    return this.#ending.signal.aborted;
  }

  isOf({ store, boot }: Incarnation, { transfer }: SnapshotChunk): boolean {
    const { store: mine, boot: myBoot } = this.#from;
    return store === mine && boot === myBoot && transfer === this.#first.transfer;
  }

  take(chunk: SnapshotChunk): void {
    if (chunk.sequence === this.#sequence) this.#onChunk?.(chunk);
  }

  abort(): void {
    this.#ending.abort();
  }

  /** Rejects when it was overtaken, aborted, or nothing more came. */
  async run(): Promise<void> {
    const { whole, isEmpty } = this.#parts;
    const { join, upTo, stampMs, token, epoch, round } = this.#first;
    const isWanted = (): boolean => !this.isAborted && isEmpty(this.#partition, join);
    const install = await whole.install(this.#partition, isWanted);
    try {
      for (let chunk = this.#first; ; chunk = await this.#next()) {
        await this.#add(install, chunk.records);
        this.#sequence = chunk.sequence + 1;
        if (chunk.last) break;
      }
      this.#ending.signal.throwIfAborted();
      const snapshot = { type: "snapshot", epoch, join, round, upTo, stampMs } as const;
      const state = { install, token };
      if (!this.#parts.complete(this.#from, this.#partition, { ...snapshot, state })) {
        throw new ClaimdError("CANCELLED", "the log has gone on without it");
      }
    } catch (error) {
      install.abort();
      throw error;
    }
    this.#ask();
  }

  async #add(install: PartitionInstall, records: readonly LogRecord[]): Promise<void> {
    const { isKnownNamespace, refreshNamespaces } = this.#parts;
    for (let rest = records.filter(isStored); ; ) {
      this.#ending.signal.throwIfAborted();
      try {
        await install.add(rest);
        return;
      } catch (error) {
        const code = error instanceof ClaimdError ? error.code : undefined;
        if (code === "NAMESPACE_NOT_FOUND") {
          // What etcd does not have any more was deleted, and its records with it.
          if (await resolves(refreshNamespaces())) {
            rest = rest.filter(({ namespaceId }) => isKnownNamespace(namespaceId));
          }
        } else if (!PASSING.includes(code ?? "")) throw error;
        await delay(AGAIN_MS);
      }
    }
  }

  async #next(): Promise<SnapshotChunk> {
    const { signal } = this.#ending;
    let onAbort: (() => void) | undefined;
    let asking: NodeJS.Timeout | undefined;
    try {
      return await new Promise<SnapshotChunk>((resolve, reject) => {
        this.#onChunk = resolve;
        onAbort = () => {
          reject(new ClaimdError("CANCELLED", "another one takes its place"));
        };
        signal.addEventListener("abort", onAbort);
        if (signal.aborted) onAbort();
        let waitedMs = 0;
        asking = setInterval(() => {
          waitedMs += ASK_AGAIN_MS;
          if (waitedMs < GIVEN_UP_MS) this.#ask();
          else reject(new ClaimdError("CANCELLED", `chunk ${this.#sequence} did not come`));
        }, ASK_AGAIN_MS);
        this.#ask();
      });
    } finally {
      this.#onChunk = undefined;
      clearInterval(asking);
      if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
    }
  }

  #ask(): void {
    const { self, send } = this.#parts;
    const { epoch, join, round, transfer } = this.#first;
    const head = { type: "wanted", from: self, epoch, join, round } as const;
    send(this.#from.store, this.#partition, { ...head, transfer, sequence: this.#sequence });
  }
}

const PASSING = ["QUEUE_FULL", "DISK_FULL", "STORAGE_UNAVAILABLE"];

function isStored(record: LogRecord): record is ExportedRecord {
  return record.record !== undefined;
}
