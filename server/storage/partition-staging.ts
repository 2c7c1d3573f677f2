/**
 * Takes records into a partition, or out of it, that stand in no log: what a state consists of that
 * is installed, and what is erased. Both go through the journal like any write, so that a replay
 * does them again and counts come out right, whatever LevelDB has lost.
 *
 * Must stay true: the partition is void meanwhile, so that nobody looks at it.
 */
import { assert } from "../errors.ts";
import { applyWrite } from "./apply-write.ts";
import { type ClaimRecord, expiresAtMs } from "./claim-record.ts";
import { type GenerationId, generationFor } from "./generation.ts";
import type { RecordEntry } from "./journal-entry.ts";
import type { FrameBuilder } from "./journal-frame.ts";
import { keyId, type KeyRef } from "./key-ref.ts";
import { REMOVED, type StoredRecord } from "./layer.ts";
import type { StagingParts } from "./staging.ts";

/** A record as LevelDB has it. */
export interface StandingRecord {
  readonly generation: GenerationId;
  readonly namespaceId: number;
  readonly key: Uint8Array;
  /** Of its value. */
  readonly bytes: number;
  readonly record: ClaimRecord;
}

/** A record that comes with a state. */
export interface InstallableRecord {
  readonly ref: KeyRef;
  /** The encoded record, and what it says. */
  readonly value: Uint8Array;
  readonly record: ClaimRecord;
}

const IN_NO_LOG = { type: "record", index: 0, epoch: 0, token: 0 } as const;

export class PartitionStaging {
  readonly #parts: StagingParts;

  constructor(parts: StagingParts) {
    this.#parts = parts;
  }

  /** `before` as in `Staging.stage`. */
  install(
    frame: FrameBuilder,
    { ref, value, record }: InstallableRecord,
    before: StoredRecord | undefined,
    nowMs: number,
  ): void {
    const { generations, layers } = this.#parts;
    const { namespaceId, partition, key, hashA, hashB } = ref;
    const previousGeneration = before?.generation ?? 0;
    const slice = generationFor(ref.classes.current, nowMs, expiresAtMs(record));
    const generation = generations.place(slice, previousGeneration);
    const place = { partition, namespaceId, key, generation, previousGeneration };
    const entry = { ...IN_NO_LOG, ...place, previousBytes: before?.bytes ?? 0, record: value };
    this.#assertVoid(partition);
    frame.addRecord(entry);
    const layer = layers.forTurn();
    const stored = layer.encoded.add(generation, value);
    const into = applyWrite(this.#parts, layer, entry, ref.id, before, stored, record);
    into?.filter.add(hashA, hashB);
  }

  /** It may have gone by now with its generation or its namespace. */
  erase(frame: FrameBuilder, partition: number, standing: StandingRecord): void {
    const { layers } = this.#parts;
    const { generation, namespaceId, key, bytes, record } = standing;
    const before = { generation, bytes, record };
    const entry: RecordEntry = {
      ...IN_NO_LOG,
      ...{ partition, namespaceId, key, generation: 0, record: undefined },
      ...{ previousGeneration: generation, previousBytes: bytes },
    };
    this.#assertVoid(partition);
    frame.addRecord(entry);
    const id = keyId(namespaceId, key);
    applyWrite(this.#parts, layers.forTurn(), entry, id, before, REMOVED, undefined);
  }

  #assertVoid(partition: number): void {
    const isVoid = this.#parts.partitions.isVoid(partition);
    assert(isVoid, "only a void partition is filled or emptied beside its log");
  }
}
