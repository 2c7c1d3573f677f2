/**
 * Takes what turns decide: into the journal frame and, once it is committed, into the open layer,
 * counts, filter and index, all at once. A single node's writes are committed when they are durable
 * and so are applied at once; those of a member of a cluster are pending until their partition's
 * commit index has passed them.
 *
 * S2  A write is visible from the moment it is staged on.
 * Must stay true: a write is applied in the turn whose frame has the mark that commits it, live as
 * in a replay.
 */
import { assert } from "../errors.ts";
import { applyWrite } from "./apply-write.ts";
import { type ClaimRecord, expiresAtMs } from "./claim-record.ts";
import { generationFor } from "./generation.ts";
import type { Generations } from "./generations.ts";
import type { Journal } from "./journal.ts";
import type { RecordEntry } from "./journal-entry.ts";
import type { FrameBuilder } from "./journal-frame.ts";
import type { KeyRef } from "./key-ref.ts";
import { REMOVED, type StoredRecord } from "./layer.ts";
import type { Layers } from "./layers.ts";
import type { InstalledEntry, MembershipEntry, PromiseEntry } from "./mark-entry.ts";
import { encodeNextNamespaceId } from "./meta-format.ts";
import type { LogPosition, PartitionStates } from "./partition-states.ts";
import type { PendingWrites } from "./pending-writes.ts";
import { encodeNamespace, type StoredNamespace } from "./policy-format.ts";
import { decodeRecord, encodeRecord } from "./record-format.ts";
import { namespaceKey, NEXT_NAMESPACE_ID_KEY } from "./record-key.ts";
import type { UnsettledIndex } from "./unsettled-index.ts";

export interface StagingParts {
  readonly layers: Layers;
  /** Of a member of a cluster. */
  readonly pending: PendingWrites | undefined;
  readonly journal: Pick<Journal, "appendedBytes" | "lastStampMs">;
  readonly generations: Generations;
  readonly partitions: PartitionStates;
  readonly unsettled: UnsettledIndex;
}

/** An entry of a partition's log as its leader has made it. */
export interface ReplicatedEntry extends LogPosition {
  /** The encoded record; undefined = removed. */
  readonly value: Uint8Array | undefined;
  readonly token: number;
}

/** What a member of a cluster does beside `stage`. */
export type ReplicatedWrites = Pick<
  Staging,
  "adopt" | "stageEntry" | "commit" | "cut" | "mark" | "setVoid" | "writeForward"
>;

/**
 * Half of the journal's segment that is always retained beyond what LevelDB can lose; the other
 * half is for frames under way: what is committed behind that segment has all its entries retained
 * (recovery.ts).
 */
const WRITE_FORWARD_BYTES = 8 * 1024 * 1024;

export class Staging {
  readonly #parts: StagingParts;
  /** How far partitions are committed in which something void still stands. */
  readonly #deferred = new Map<number, number>();

  constructor(parts: StagingParts) {
    this.#parts = parts;
  }

  /** A write that this node has decided, at the end of its partition's log. */
  stage(
    frame: FrameBuilder,
    ref: KeyRef,
    before: StoredRecord | undefined,
    write: ClaimRecord | "removed",
    nowMs: number,
    epoch: number,
  ): void {
    const { partitions, pending } = this.#parts;
    const { partition, key } = ref;
    const last = pending?.lastIndexOf(partition) ?? partitions.indexOf(partition);
    const record = write === "removed" ? undefined : write;
    const value = record === undefined ? undefined : encodeRecord(record, key);
    const token = record?.token ?? 0;
    this.#add(frame, { index: last + 1, epoch, value, token }, ref, before, record, nowMs);
  }

  /** A write that the partition's leader has decided. Throws RECORDS_DAMAGED. */
  stageEntry(
    frame: FrameBuilder,
    entry: ReplicatedEntry,
    ref: KeyRef,
    before: StoredRecord | undefined,
    nowMs: number,
  ): void {
    const record = entry.value === undefined ? undefined : decodeRecord(entry.value, ref.key);
    this.#add(frame, entry, ref, before, record, nowMs);
  }

  #add(
    frame: FrameBuilder,
    { index, epoch, value, token }: ReplicatedEntry,
    ref: KeyRef,
    found: StoredRecord | undefined,
    record: ClaimRecord | undefined,
    nowMs: number,
  ): void {
    const { generations, journal, layers, partitions, pending } = this.#parts;
    const { namespaceId, partition, key, id, hashA, hashB } = ref;
    // What is void now may have been looked up before it was.
    const isVoid = pending !== undefined && partitions.isVoid(partition);
    const before = isVoid ? pending.get(id) : found;
    partitions.handOut(partition, token, nowMs);
    const previousGeneration = before?.generation ?? 0;
    let generation = 0;
    if (record !== undefined) {
      const slice = generationFor(ref.classes.current, nowMs, expiresAtMs(record));
      generation = generations.place(slice, previousGeneration);
    }
    const entry: RecordEntry = {
      type: "record",
      partition,
      index,
      epoch,
      namespaceId,
      key,
      generation,
      previousGeneration,
      previousBytes: before?.bytes ?? 0,
      record: value,
      token: partitions.tokenOf(partition),
    };
    frame.addRecord(entry);
    if (pending !== undefined) {
      if (generation !== 0) generations.expect(generation, namespaceId, hashA, hashB);
      pending.add(entry, id, before, journal.appendedBytes);
      return;
    }
    const layer = layers.forTurn();
    const stored = value === undefined ? REMOVED : layer.encoded.add(generation, value);
    const into = applyWrite(this.#parts, layer, entry, id, before, stored, record);
    into?.filter.add(hashA, hashB);
  }

  /**
   * The partition's log is committed up to the index: what was pending is applied. Where something
   * void stands, that goes first, and this comes when it is erased.
   */
  commit(frame: FrameBuilder, partition: number, index: number): void {
    const { generations, journal, layers, partitions, pending } = this.#parts;
    if (index <= partitions.indexOf(partition)) return;
    assert(index <= (pending?.lastIndexOf(partition) ?? 0), "only what is in a log is committed");
    if (partitions.isVoid(partition)) {
      this.#deferred.set(partition, Math.max(index, this.#deferred.get(partition) ?? 0));
      return;
    }
    frame.addMark({ type: "commit", partition, index });
    const layer = layers.forTurn();
    for (const { entry, id, stored, before } of pending?.takeUpTo(partition, index) ?? []) {
      const { generation } = entry;
      if (generation !== 0) generations.expectNoMore(generation);
      const isOver = generation !== 0 && generations.isOver(generation, journal.lastStampMs);
      if (isOver) {
        // Nothing in it can be live any more: as if it had been dropped with its generation.
        const { key } = entry;
        const gone = { ...entry, key, generation: 0, record: undefined };
        applyWrite(this.#parts, layer, gone, id, before, REMOVED, undefined);
      } else applyWrite(this.#parts, layer, entry, id, before, stored, stored.record);
    }
  }

  /** The partition's log ends before this entry: what was pending from it on never was. */
  cut(frame: FrameBuilder, partition: number, { index, epoch }: LogPosition): void {
    frame.addMark({ type: "cut", partition, epoch, index });
    this.#dropPending(partition, index);
  }

  /** What the store says of itself as a member of the partition. */
  mark(frame: FrameBuilder, mark: PromiseEntry | MembershipEntry): void {
    const { partitions } = this.#parts;
    const { partition } = mark;
    if (mark.type === "promise") partitions.promise(partition, mark.epoch);
    else {
      // What stands was the earlier membership's.
      if (partitions.indexOf(partition) > 0) this.setVoid(frame, partition);
      this.#endLog(partition);
      partitions.setMembership(partition, mark.join, mark.begins);
    }
    frame.addMark(mark);
    this.#touch(partition);
  }

  /** What a single node has in the partition is its state as a member's, under this join. */
  adopt(frame: FrameBuilder, partition: number, join: number): void {
    const { partitions } = this.#parts;
    const { index, epoch, token, stampMs } = partitions.at(partition);
    frame.addMark({ type: "membership", partition, join, begins: true });
    partitions.setMembership(partition, join, true);
    if (index > 0) {
      this.setInstalled(frame, { type: "installed", partition, index, epoch, token, stampMs });
    }
    this.#touch(partition);
  }

  /** The partition has nothing from here on: no log, and records that are to be erased. */
  setVoid(frame: FrameBuilder, partition: number): void {
    frame.addMark({ type: "void", partition });
    this.#endLog(partition);
    this.#parts.partitions.setVoid(partition);
    this.#touch(partition);
  }

  /** What stands of the partition is its state; what is committed of the log behind it follows. */
  setInstalled(frame: FrameBuilder, mark: InstalledEntry): void {
    const { partition } = mark;
    frame.addMark(mark);
    this.#parts.partitions.setInstalled(mark);
    this.#touch(partition);
    const index = this.#deferred.get(partition);
    this.#deferred.delete(partition);
    if (index !== undefined) this.commit(frame, partition, index);
  }

  #endLog(partition: number): void {
    this.#deferred.delete(partition);
    this.#dropPending(partition, 0);
  }

  #dropPending(partition: number, index: number): void {
    for (const { entry } of this.#parts.pending?.takeFrom(partition, index) ?? []) {
      if (entry.generation !== 0) this.#parts.generations.expectNoMore(entry.generation);
    }
  }

  /** Its state comes to LevelDB with this turn's layer. */
  #touch(partition: number): void {
    const layer = this.#parts.layers.forTurn();
    layer.partitions.add(partition);
    layer.writes += 1;
  }

  /** What has been pending for long stands in the journal once more, so that nothing pins it. */
  writeForward(frame: FrameBuilder, olderBytes = WRITE_FORWARD_BYTES): void {
    const { journal, pending } = this.#parts;
    const before = journal.appendedBytes - olderBytes;
    while (frame.bytes <= WRITE_FORWARD_BYTES) {
      const write = pending?.journaledBefore(before);
      if (write === undefined) return;
      frame.addRecord(write.entry);
      pending?.journaledAgain(write, journal.appendedBytes);
    }
  }

  /** `value` undefined = deleted; its records are dropped once that is in LevelDB. */
  stageNamespace(
    frame: FrameBuilder,
    id: number,
    value: StoredNamespace | undefined,
    nextNamespaceId: number,
  ): void {
    const layer = this.#parts.layers.forTurn();
    const bytes = value === undefined ? undefined : encodeNamespace(value);
    frame.addNamespace({ type: "namespace", id, value: bytes });
    if (bytes === undefined) layer.del(namespaceKey(id));
    else layer.put(namespaceKey(id), bytes);
    layer.put(NEXT_NAMESPACE_ID_KEY, encodeNextNamespaceId(nextNamespaceId));
    layer.writes += 1;
  }
}
