/**
 * Erases what is void in partitions, in the background, piece by piece while turns go on.
 *
 *     void → LevelDB has all that was staged → read a piece ⇄ stage its removal → nothing void
 *
 * Never touches a partition that is not void, nor one that an install fills. Never writes to
 * LevelDB beside the journal: each removal is a journal entry, so a replay that brings records back
 * removes them again, and counts are as exact as those of any write. A start finds void partitions
 * by their state and goes on; what is erased already is not found again.
 */
import { ClaimdError } from "../errors.ts";
import type { ApplierLog } from "./applier.ts";
import type { Generations } from "./generations.ts";
import type { Journal } from "./journal.ts";
import type { FrameBuilder } from "./journal-frame.ts";
import type { LevelRange } from "./level-database.ts";
import type { PartitionStaging, StandingRecord } from "./partition-staging.ts";
import type { PartitionStates } from "./partition-states.ts";
import { decodeRecord } from "./record-format.ts";
import { parseRecordKey, prefixRange } from "./record-key.ts";
import type { RecordReader } from "./record-reader.ts";
import type { Staging } from "./staging.ts";
import { stageSome } from "./stage-some.ts";

/**
 * Stages between two turns; resolves with what `stage` gave when that is durable. When `stage`
 * throws, it has changed nothing.
 */
export type TurnChange = <T>(stage: (frame: FrameBuilder, nowMs: number) => T) => Promise<T>;

export interface PartitionErasingParts {
  readonly journal: Pick<Journal, "hasRoomFor" | "maxFrameBytes">;
  readonly staging: Staging;
  readonly partitionStaging: PartitionStaging;
  readonly partitions: PartitionStates;
  readonly generations: Generations;
  readonly reader: RecordReader;
  /** Resolves when LevelDB has everything staged so far. */
  readonly flush: () => Promise<void>;
  readonly log: ApplierLog;
}

/** A quarter of a millisecond of a turn; with their keys at most 300 KiB of its frame. */
const RECORDS_AT_ONCE = 512;
const PIECE_BYTES = 256 * 1024;
const ENTRY_BYTES = 64;
const EMPTY = new Uint8Array(0);
const NOTHING = { index: 0, epoch: 0, token: 0, stampMs: 0 };

interface FoundRecord extends StandingRecord {
  readonly levelKey: Buffer;
}

export class PartitionErasing {
  readonly #parts: PartitionErasingParts;
  /** Undefined before turns are made. */
  #change: TurnChange | undefined;
  readonly #installing = new Set<number>();
  #running: Promise<void> | undefined;
  #waiting: (() => void)[] = [];
  #isStopped = false;

  constructor(parts: PartitionErasingParts) {
    this.#parts = parts;
  }

  get change(): TurnChange {
    if (this.#change === undefined) throw new ClaimdError("INTERNAL", "no turns are made yet");
    return this.#change;
  }

  /** Turns are made from now on. */
  begin(change: TurnChange): void {
    this.#change = change;
    this.wake();
  }

  /** There may be something void. Called every second. */
  wake(): void {
    if (this.#running !== undefined || this.#change === undefined || this.#stopped()) return;
    if (this.#next() === undefined) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when nothing void stands in the partition. Rejects when the records are closed. */
  async erased(partition: number): Promise<void> {
    while (this.#parts.partitions.isVoid(partition)) {
      if (this.#stopped()) throw closed();
      this.wake();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Resolves when it has ended what it was woken for, or was stopped. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  stop(): void {
    this.#isStopped = true;
    this.#progress();
  }

  /** An install has the partition to itself, once what is void in it is erased. */
  async takeForInstall(partition: number): Promise<void> {
    // Asked anew: it may have become void once more.
    while (this.#parts.partitions.isVoid(partition)) await this.erased(partition);
    if (this.#installing.has(partition)) {
      throw new ClaimdError("INTERNAL", `partition ${partition} is being installed already`);
    }
    this.#installing.add(partition);
  }

  giveBack(partition: number): void {
    this.#installing.delete(partition);
    this.#progress();
    this.wake();
  }

  /** Removes all that stands in a void partition. Rejects when it is interrupted. */
  async clear(partition: number): Promise<void> {
    const { flush, generations } = this.#parts;
    // What was staged before it became void is found then, and nothing comes after.
    await flush();
    for (const { id, counts } of generations.all().toSorted((a, b) => a.id - b.id)) {
      for (const namespaceId of [...counts.keys()]) {
        await this.#clearRange(partition, prefixRange(id, namespaceId, partition, EMPTY));
      }
    }
  }

  async #clearRange(partition: number, range: LevelRange): Promise<void> {
    for (let { from } = range; ; ) {
      const piece = await this.#read({ from, before: range.before });
      const last = piece.at(-1);
      if (last === undefined) return;
      from = Buffer.concat([last.levelKey, Buffer.of(0)]);
      await this.#remove(partition, piece);
    }
  }

  async #remove(partition: number, piece: readonly StandingRecord[]): Promise<void> {
    const { partitionStaging, journal } = this.#parts;
    for (let rest = piece; rest.length > 0; ) {
      if (this.#stopped()) throw closed();
      const standing = rest;
      const staged = await this.change((frame) =>
        stageSome(frame, standing, {
          ...{ journal, mostBytes: PIECE_BYTES, bytesOf },
          stage: (each) => {
            partitionStaging.erase(frame, partition, each);
          },
        }),
      );
      rest = rest.slice(staged);
    }
  }

  #read(range: LevelRange): Promise<FoundRecord[]> {
    const { reader } = this.#parts;
    return reader.use(async (handle) => {
      const iterator = handle.iterate(range);
      try {
        const piece = await iterator.next(RECORDS_AT_ONCE);
        return piece.map(([levelKey, value]) => reader.undamaged(() => found(levelKey, value)));
      } finally {
        await iterator.close();
      }
    });
  }

  /** One that is void and that nobody fills. */
  #next(): number | undefined {
    return this.#parts.partitions.voids().find((partition) => !this.#installing.has(partition));
  }

  /** Asked anew after each wait. */
  #stopped(): boolean {
    return this.#isStopped;
  }

  #progress(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  async #run(): Promise<void> {
    const { staging, log } = this.#parts;
    for (;;) {
      const partition = this.#next();
      if (partition === undefined || this.#stopped()) return;
      try {
        await this.clear(partition);
        await this.change((frame) => {
          staging.setInstalled(frame, { type: "installed", partition, ...NOTHING });
        });
        this.#progress();
      } catch (error) {
        // Woken again within a second.
        if (!this.#stopped()) log.warn({ error, partition }, "erasing is interrupted, and goes on");
        return;
      }
    }
  }
}

function found(levelKey: Buffer, value: Buffer): FoundRecord {
  const { generation, namespaceId, key } = parseRecordKey(levelKey);
  const record = decodeRecord(value, key);
  return { levelKey, generation, namespaceId, key, bytes: value.length, record };
}

function bytesOf({ key }: StandingRecord): number {
  return ENTRY_BYTES + key.length;
}

function closed(): ClaimdError {
  return new ClaimdError("STORAGE_UNAVAILABLE", "the records are closed");
}
