/**
 * The layers of the overlay as turns fill them: one is open, and is sealed between two turns when
 * it is full or old; then it may go to LevelDB.
 *
 * Must stay true: what a sealed layer says of counts and partitions is exact at its last turn.
 */
import { assert } from "../errors.ts";
import type { Applier } from "./applier.ts";
import type { Layer } from "./layer.ts";
import { encodeAppliedMark, encodeCounts, encodePartitionState } from "./meta-format.ts";
import type { Overlay } from "./overlay.ts";
import type { PartitionStates } from "./partition-states.ts";
import { APPLIED_MARK_KEY, countsKey, partitionStateKey } from "./record-key.ts";

export interface LayersParts {
  readonly overlay: Overlay;
  readonly applier: Applier;
  readonly partitions: PartitionStates;
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

export class Layers {
  readonly #parts: LayersParts;
  /** Something was staged that no turn has ended yet. */
  #turnOpen = false;
  #sealDue = false;
  #timer: NodeJS.Timeout | undefined;
  #endedSequence: number;
  #layerSequence: number;

  constructor(parts: LayersParts) {
    this.#parts = parts;
    this.#endedSequence = parts.appliedSequence;
    this.#layerSequence = parts.appliedSequence;
  }

  /** The open layer, for this turn to write into. */
  forTurn(): Layer {
    this.#turnOpen = true;
    return this.#open();
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
      layer = this.#open();
    }
    layer.sequence = sequence;
    this.#layerSequence = sequence;
    if (this.#sealDue || layer.writes >= layerRecords || layer.bytes >= LAYER_BYTES) {
      this.#seal(layer);
    }
  }

  /** Seals the open layer now, or at the end of the turn that is under way. */
  sealOpen(): void {
    const layer = this.#parts.overlay.open;
    if (layer === undefined) return;
    if (this.#turnOpen || layer.sequence === 0) this.#sealDue = true;
    else this.#seal(layer);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #open(): Layer {
    const { overlay, applier, layerMs } = this.#parts;
    const open = overlay.open;
    if (open !== undefined) return open;
    this.#timer = setTimeout(() => {
      this.sealOpen();
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
