/**
 * LevelDB and the retained journal together are the state: this brings the one up to the other, at
 * a start and whenever LevelDB had to be opened again.
 *
 * Never repairs: a LevelDB that does not belong to this journal is refused with what to do. Never
 * trusts LevelDB's own log: everything retained is applied again, what the mark covers included.
 * Only a member's replay leaves out what the oldest segment's worth of journal commits: LevelDB has
 * that for certain, and not every entry that is committed there is retained.
 *
 * S1  LevelDB is never ahead of the journal: its applied mark lies between the first retained frame
 *     and the last one, and every write it can have lost is still retained (see record-store.ts).
 * J2  Replay is idempotent: records are physical, and an entry is counted once, however often it is
 *     applied (recovered-counts.ts).
 */
import { ClaimdError, unreachable } from "../errors.ts";
import type { GenerationId } from "./generation.ts";
import type { Journal } from "./journal.ts";
import type { NamespaceEntry, RecordEntry } from "./journal-entry.ts";
import type { JournalFrame } from "./journal-frame.ts";
import type { LevelBatch, LevelHandle } from "./level-database.ts";
import type { PartitionMark } from "./mark-entry.ts";
import {
  encodeAppliedMark,
  encodeCounts,
  encodeNextNamespaceId,
  encodePartitionState,
  encodeStoreId,
} from "./meta-format.ts";
import type { PartitionStates } from "./partition-states.ts";
import { decodeNamespace, type StoredNamespace } from "./policy-format.ts";
import type { RecoveredCounts } from "./recovered-counts.ts";
import {
  APPLIED_MARK_KEY,
  countsKey,
  namespaceKey,
  NEXT_NAMESPACE_ID_KEY,
  partitionStateKey,
  recordKey,
  STORE_ID_KEY,
} from "./record-key.ts";
import { RecoveredLogs } from "./recovered-logs.ts";
import { readMeta } from "./recovered-meta.ts";

export interface RecoveryOptions {
  readonly handle: LevelHandle;
  readonly journal: Journal;
  readonly storeId: Uint8Array;
  /** For messages. */
  readonly path: string;
  /** Records are applied up to their partition's commit index, not as soon as they are durable. */
  readonly member: boolean;
  /** So much at the beginning of a journal that was released LevelDB can't have lost. */
  readonly certainBytes: number;
  /** Nothing is brought back into a generation that is to be dropped. */
  readonly isOver: (generation: GenerationId) => boolean;
  readonly onProgress?: (entries: number, sequence: number) => void;
}

/** The state as of the frame `sequence`, which LevelDB now has. */
export interface RecoveredRecords {
  readonly sequence: number;
  readonly entries: number;
  readonly namespaces: Map<number, StoredNamespace>;
  readonly nextNamespaceId: number;
  readonly partitions: PartitionStates;
  readonly counts: RecoveredCounts;
  /** A member's entries that are not committed, in the order of their logs. */
  readonly pending: readonly RecordEntry[];
}

/** Large, so that a sync costs little; two of them are in memory at a time. */
const BATCH_OPERATIONS = 32_768;
const BATCH_BYTES = 8 * 1024 * 1024;

/** Throws RECORDS_DAMAGED when LevelDB and journal don't belong together. */
export async function recoverRecords(options: RecoveryOptions): Promise<RecoveredRecords> {
  const { handle, journal, storeId, path } = options;
  const meta = await readMeta(handle);
  const { appliedSequence } = meta;
  const { firstSequence, lastSequence } = journal;
  if (meta.storeId !== undefined && Buffer.compare(meta.storeId, storeId) !== 0) {
    throw refused(path, "they belong to another store", journal);
  }
  if (appliedSequence < firstSequence - 1) {
    const what = `they hold everything up to ${appliedSequence}, the journal begins at`;
    throw refused(path, `${what} ${firstSequence}`, journal);
  }
  if (appliedSequence > lastSequence) {
    const what = `they hold everything up to ${appliedSequence}, the journal ends at`;
    throw refused(path, `${what} ${lastSequence}`, journal);
  }
  const replay = new Replay(options, meta);
  let bytes = firstSequence === 1 ? options.certainBytes : 0;
  for await (const frame of journal.frames(firstSequence)) {
    bytes += frame.bytes;
    const isCertain = bytes <= options.certainBytes && frame.sequence <= appliedSequence;
    replay.frame(frame, isCertain);
    if (replay.batchIsFull) await replay.write();
  }
  return replay.finish();
}

/** RECORDS_DAMAGED with what an operator can do about it. */
export function refused(path: string, why: string, journal: Journal, cause?: unknown): ClaimdError {
  const advice =
    journal.firstSequence === 1
      ? "the journal reaches back to the beginning: move the directory away, it will be rebuilt"
      : "restore a backup, or in a cluster come back as a new store with an empty directory";
  return new ClaimdError(
    "RECORDS_DAMAGED",
    `the records in ${path} can't be used: ${why}; ${advice}`,
    { cause },
  );
}

class Replay {
  readonly #options: RecoveryOptions;
  readonly #namespaces: Map<number, StoredNamespace>;
  readonly #partitions: PartitionStates;
  readonly #counts: RecoveredCounts;
  readonly #logs = new RecoveredLogs();
  readonly #touchedPartitions = new Set<number>();
  #isCertain = false;
  #nextNamespaceId: number;
  #sequence: number;
  #batch: LevelBatch;
  #batchOperations = 0;
  #batchBytes = 0;
  #entries = 0;
  #writing: Promise<void> | undefined;

  constructor(options: RecoveryOptions, meta: Awaited<ReturnType<typeof readMeta>>) {
    this.#options = options;
    this.#namespaces = meta.namespaces;
    this.#partitions = meta.partitions;
    this.#counts = meta.counts;
    this.#nextNamespaceId = meta.nextNamespaceId;
    this.#sequence = meta.appliedSequence;
    this.#batch = options.handle.batch();
  }

  get batchIsFull(): boolean {
    return this.#batchOperations >= BATCH_OPERATIONS || this.#batchBytes >= BATCH_BYTES;
  }

  /** `isCertain`: LevelDB has it, and logs may have holes here (recovered-logs.ts). */
  frame({ sequence, stampMs, entries }: JournalFrame, isCertain: boolean): void {
    this.#isCertain = isCertain && this.#options.member;
    this.#sequence = Math.max(this.#sequence, sequence);
    this.#entries += entries.length;
    for (const entry of entries) {
      switch (entry.type) {
        case "record":
          this.#record(entry, sequence, stampMs);
          break;
        case "namespace":
          this.#namespace(entry);
          break;
        default:
          this.#mark(entry, sequence);
      }
    }
  }

  #record(entry: RecordEntry, sequence: number, stampMs: number): void {
    if (entry.index === 0) {
      this.#apply(entry, sequence);
      return;
    }
    this.#partitions.handOut(entry.partition, entry.token, stampMs);
    this.#touchedPartitions.add(entry.partition);
    // What a single node has written is all committed, also where it became a member since.
    if (entry.epoch > 0) this.#logs.add(entry);
    else this.#apply(entry, sequence);
  }

  /** A single node writes none. */
  #mark(mark: PartitionMark, sequence: number): void {
    if (!this.#options.member) {
      throw new ClaimdError(
        "WRONG_DATA_DIRECTORY",
        "the journal was written by a member of a cluster, this is a single node",
      );
    }
    const { partition } = mark;
    this.#touchedPartitions.add(partition);
    switch (mark.type) {
      case "commit":
        this.#commit(partition, mark.index, sequence);
        break;
      case "cut":
        this.#logs.cut(mark);
        break;
      case "promise":
        this.#partitions.promise(partition, mark.epoch);
        break;
      case "membership":
        this.#logs.clear(partition, 0);
        this.#partitions.setMembership(partition, mark.join, mark.begins);
        break;
      case "void":
        this.#logs.clear(partition, 0);
        this.#partitions.setVoid(partition);
        break;
      case "installed":
        if (mark.index > 0) this.#logs.clear(partition, mark.index);
        this.#partitions.setInstalled(mark);
        break;
      default:
        unreachable(mark);
    }
  }

  #commit(partition: number, index: number, sequence: number): void {
    for (const each of this.#logs.commit(partition, index, this.#isCertain)) {
      this.#apply(each, sequence);
    }
  }

  #apply(entry: RecordEntry, sequence: number): void {
    const { partition, index, epoch, namespaceId, key, generation } = entry;
    const { previousGeneration, previousBytes, record } = entry;
    const { isOver } = this.#options;
    this.#partitions.raiseApplied(partition, { index, epoch });
    // Some of it done again without the rest would bring older records back.
    if (this.#isCertain) return;
    if (previousGeneration !== 0 && !isOver(previousGeneration)) {
      const bytes = key.length + previousBytes;
      this.#counts.change(previousGeneration, namespaceId, sequence, -1, -bytes);
      if (previousGeneration !== generation) {
        this.#batch.del(recordKey(previousGeneration, namespaceId, partition, key));
        this.#batchOperations += 1;
      }
    }
    if (record === undefined || isOver(generation)) return;
    this.#counts.change(generation, namespaceId, sequence, 1, key.length + record.length);
    this.#batch.put(recordKey(generation, namespaceId, partition, key), record);
    this.#batchOperations += 1;
    this.#batchBytes += record.length;
  }

  #namespace({ id, value }: NamespaceEntry): void {
    this.#nextNamespaceId = Math.max(this.#nextNamespaceId, id + 1);
    if (value === undefined) {
      this.#namespaces.delete(id);
      this.#batch.del(namespaceKey(id));
    } else {
      this.#namespaces.set(id, decodeNamespace(value));
      this.#batch.put(namespaceKey(id), value);
    }
    this.#batchOperations += 1;
  }

  /** Ends this batch; the next one is built while it is written. */
  async write(): Promise<void> {
    await this.#writing;
    this.#writing = this.#batch.write();
    // Heard of by the next await; until then a rejection must not count as unhandled.
    this.#writing.catch(() => undefined);
    this.#batch = this.#options.handle.batch();
    this.#batchOperations = 0;
    this.#batchBytes = 0;
    this.#options.onProgress?.(this.#entries, this.#sequence);
  }

  /** The mark and all that is exact at it go into the last batch: before, nothing counts. */
  async finish(): Promise<RecoveredRecords> {
    const sequence = this.#sequence;
    const nextNamespaceId = this.#nextNamespaceId;
    this.#batch.put(STORE_ID_KEY, encodeStoreId(this.#options.storeId));
    this.#batch.put(APPLIED_MARK_KEY, encodeAppliedMark(sequence));
    this.#batch.put(NEXT_NAMESPACE_ID_KEY, encodeNextNamespaceId(nextNamespaceId));
    for (const partition of this.#touchedPartitions) {
      const state = this.#partitions.at(partition);
      this.#batch.put(partitionStateKey(partition), encodePartitionState(partition, state));
    }
    for (const { touched, generation, namespaceId, records, bytes } of this.#counts.all()) {
      // Of a deleted namespace only removals may be retained: what they took from is dropped.
      if (!touched || !this.#namespaces.has(namespaceId)) continue;
      const value = encodeCounts(generation, namespaceId, { records, bytes, sequence });
      this.#batch.put(countsKey(generation, namespaceId), value);
    }
    await this.write();
    await this.#writing;
    return {
      sequence,
      entries: this.#entries,
      namespaces: this.#namespaces,
      nextNamespaceId,
      partitions: this.#partitions,
      counts: this.#counts,
      pending: [...this.#logs.pending((partition) => this.#partitions.indexOf(partition))],
    };
  }
}
