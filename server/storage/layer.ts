/**
 * A layer of the overlay: the writes of some turns, as later commands see them and as one LevelDB
 * batch, built while turns decide.
 *
 *     open → sealed → applied → dropped
 *
 * Never written before every turn in it is durable; never looked at again by its writer once
 * sealed. Must stay true: the batch holds exactly what the turns staged, in their order, and
 * nothing of a later turn: counts and partition states are put in when the layer is sealed,
 * between two turns.
 */
import { assert } from "../errors.ts";
import type { ClaimRecord } from "./claim-record.ts";
import { EncodedRecords } from "./encoded-records.ts";
import type { Count } from "./generations.ts";
import type { LevelBatch, LevelHandle } from "./level-database.ts";

/** What is known of a key: where its record stands and how large it is, or that it was removed. */
export interface StoredRecord {
  /** Undefined = removed. */
  readonly record: ClaimRecord | undefined;
  /** 0 when it was removed. */
  readonly generation: number;
  /** Of the encoded record. */
  readonly bytes: number;
}

/** Of a key whose record was removed. */
export const REMOVED: StoredRecord = { record: undefined, generation: 0, bytes: 0 };

/** undefined = delete. */
type Operation = readonly [key: Uint8Array, value: Uint8Array | undefined];

export class Layer {
  readonly records = new Map<string, StoredRecord>();
  readonly encoded = new EncodedRecords();
  /** The last turn in it. */
  sequence = 0;
  /** Records staged and their bytes; a key that was written twice counts twice. */
  writes = 0;
  bytes = 0;
  sealed = false;
  readonly partitions = new Set<number>();
  readonly counts: Count[] = [];
  #batch: LevelBatch | undefined;
  /** Kept while there is no handle to build a batch on. */
  #operations: Operation[] = [];

  constructor(handle: LevelHandle | undefined) {
    this.#batch = handle?.batch();
  }

  /** Key and value are copied. */
  put(key: Uint8Array, value: Uint8Array): void {
    if (this.#batch === undefined) this.#operations.push([Buffer.from(key), Buffer.from(value)]);
    else this.#batch.put(key, value);
  }

  /** The key is copied. */
  del(key: Uint8Array): void {
    if (this.#batch === undefined) this.#operations.push([Buffer.from(key), undefined]);
    else this.#batch.del(key);
  }

  /** The absolute value goes into the batch when the layer is sealed. */
  touchCount(count: Count): void {
    if (count.touchedBy === this) return;
    count.touchedBy = this;
    this.counts.push(count);
  }

  /** Whether its batch belongs to a handle; a batch is worth nothing on another one. */
  get bound(): boolean {
    return this.#batch !== undefined;
  }

  bind(handle: LevelHandle): void {
    if (this.#batch !== undefined) return;
    const batch = handle.batch();
    for (const [key, value] of this.#operations) {
      if (value === undefined) batch.del(key);
      else batch.put(key, value);
    }
    this.#operations = [];
    this.#batch = batch;
  }

  write(): Promise<void> {
    assert(this.sealed && this.#batch !== undefined, "only a sealed layer is written");
    return this.#batch.write();
  }
}
