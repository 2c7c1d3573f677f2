/**
 * Takes what turns decide: into the journal frame, the open layer, counts, filter and index, all at
 * once. When a layer is full or old it is sealed between two turns and may go to LevelDB.
 *
 * S2  A write is visible from the moment it is staged on.
 * Must stay true: what a sealed layer says of counts and partitions is exact at its last turn.
 */
import { assert } from "../errors.ts";
import type { Applier } from "./applier.ts";
import { type ClaimRecord, expiresAtMs } from "./claim-record.ts";
import { generationFor } from "./generation.ts";
import type { Generations } from "./generations.ts";
import type { FrameBuilder } from "./journal-frame.ts";
import type { KeyRef } from "./key-ref.ts";
import type { Layer, StoredRecord } from "./layer.ts";
import {
  encodeAppliedMark,
  encodeCounts,
  encodeNextNamespaceId,
  encodePartitionState,
} from "./meta-format.ts";
import type { Overlay } from "./overlay.ts";
import type { PartitionStates } from "./partition-states.ts";
import { encodeNamespace, type StoredNamespace } from "./policy-format.ts";
import { encodeRecord } from "./record-format.ts";
import {
  APPLIED_MARK_KEY,
  countsKey,
  namespaceKey,
  NEXT_NAMESPACE_ID_KEY,
  partitionStateKey,
  recordKeyView,
} from "./record-key.ts";
import type { UnsettledIndex } from "./unsettled-index.ts";

export interface StagingParts {
  readonly overlay: Overlay;
  readonly applier: Applier;
  readonly generations: Generations;
  readonly partitions: PartitionStates;
  readonly unsettled: UnsettledIndex;
  readonly layerRecords: number;
  readonly layerMs: number;
  readonly appliedSequence: number;
}

/** A layer with large results is full before it has many records. */
const LAYER_BYTES = 4 * 1024 * 1024;
/**
 * Turns that write nothing but the time move the mark once in a while, or the journal would grow.
 */
const EMPTY_TURNS = 1000;

const REMOVED: StoredRecord = { record: undefined, generation: 0, bytes: 0 };

export class Staging {
  readonly #parts: StagingParts;
  /** Something was staged that no turn has ended yet. */
  #turnOpen = false;
  #sealDue = false;
  #timer: NodeJS.Timeout | undefined;
  #endedSequence: number;
  #layerSequence: number;

  constructor(parts: StagingParts) {
    this.#parts = parts;
    this.#endedSequence = parts.appliedSequence;
    this.#layerSequence = parts.appliedSequence;
  }

  stage(
    frame: FrameBuilder,
    ref: KeyRef,
    before: StoredRecord | undefined,
    write: ClaimRecord | "removed",
    nowMs: number,
  ): void {
    const { generations, partitions, unsettled } = this.#parts;
    const { namespaceId, partition, key } = ref;
    const layer = this.#layer();
    this.#turnOpen = true;
    const record = write === "removed" ? undefined : write;
    partitions.advance(partition, record?.token ?? 0, nowMs);
    layer.partitions.add(partition);

    const previousGeneration = before?.generation ?? 0;
    const previousBytes = before?.bytes ?? 0;
    if (previousGeneration !== 0) {
      const bytes = key.length + previousBytes;
      const count = generations.remove(previousGeneration, namespaceId, bytes);
      if (count !== undefined) layer.touchCount(count);
    }
    let generation = 0;
    let value: Buffer | undefined;
    if (record === undefined) {
      layer.records.set(ref.id, REMOVED);
    } else {
      const slice = generationFor(ref.classes.current, nowMs, expiresAtMs(record));
      generation = generations.place(slice, previousGeneration);
      value = encodeRecord(record, key);
      const count = generations.add(generation, namespaceId, key.length + value.length);
      layer.touchCount(count);
      count.generation.filter.add(ref.hashA, ref.hashB);
      layer.put(recordKeyView(generation, namespaceId, partition, key), value);
      layer.records.set(ref.id, layer.encoded.add(generation, value));
      layer.bytes += value.length;
    }
    if (previousGeneration !== 0 && previousGeneration !== generation) {
      layer.del(recordKeyView(previousGeneration, namespaceId, partition, key));
    }
    layer.writes += 1;
    unsettled.update(ref.id, namespaceId, partition, record, before?.record);
    frame.addRecord({
      type: "record",
      partition,
      index: partitions.index[partition] as number,
      epoch: partitions.epoch[partition] as number,
      namespaceId,
      key,
      generation,
      previousGeneration,
      previousBytes,
      record: value,
      token: partitions.tokenOf(partition),
    });
  }

  /** `value` undefined = deleted; its records are dropped once that is in LevelDB. */
  stageNamespace(
    frame: FrameBuilder,
    id: number,
    value: StoredNamespace | undefined,
    nextNamespaceId: number,
  ): void {
    const layer = this.#layer();
    this.#turnOpen = true;
    const bytes = value === undefined ? undefined : encodeNamespace(value);
    frame.addNamespace({ type: "namespace", id, value: bytes });
    if (bytes === undefined) layer.del(namespaceKey(id));
    else layer.put(namespaceKey(id), bytes);
    layer.put(NEXT_NAMESPACE_ID_KEY, encodeNextNamespaceId(nextNamespaceId));
    layer.writes += 1;
  }

  /** What was staged since the last one is the frame of this sequence. */
  endTurn(sequence: number): void {
    assert(sequence > this.#endedSequence, "turns end in the order of the journal");
    const { layerRecords } = this.#parts;
    this.#turnOpen = false;
    this.#endedSequence = sequence;
    let layer = this.#parts.overlay.open;
    if (layer === undefined) {
      if (sequence - this.#layerSequence < EMPTY_TURNS) return;
      layer = this.#layer();
    }
    layer.sequence = sequence;
    this.#layerSequence = sequence;
    if (this.#sealDue || layer.writes >= layerRecords || layer.bytes >= LAYER_BYTES) {
      this.#seal(layer);
    }
  }

  /** Seals the open layer now, or at the end of the turn that is under way. */
  sealOpenLayer(): void {
    const layer = this.#parts.overlay.open;
    if (layer === undefined) return;
    if (this.#turnOpen || layer.sequence === 0) this.#sealDue = true;
    else this.#seal(layer);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #layer(): Layer {
    const { overlay, applier, layerMs } = this.#parts;
    const open = overlay.open;
    if (open !== undefined) return open;
    this.#timer = setTimeout(() => {
      this.sealOpenLayer();
    }, layerMs);
    this.#timer.unref();
    return overlay.begin(applier.handle);
  }

  #seal(layer: Layer): void {
    const { partitions, applier } = this.#parts;
    const { sequence } = layer;
    clearTimeout(this.#timer);
    this.#sealDue = false;
    for (const partition of layer.partitions) {
      const state = partitions.at(partition);
      layer.put(partitionStateKey(partition), encodePartitionState(partition, state));
    }
    for (const { generation, namespaceId, records, bytes } of layer.counts) {
      const value = encodeCounts(generation.id, namespaceId, { records, bytes, sequence });
      layer.put(countsKey(generation.id, namespaceId), value);
    }
    layer.put(APPLIED_MARK_KEY, encodeAppliedMark(sequence));
    layer.sealed = true;
    applier.wake();
  }
}
