/**
 * Reads records from LevelDB: only where a live generation may have the key.
 *
 * Never hands out a value that is not as it was written: a checksum that fails is damage and ends
 * the process. While LevelDB is being opened again a read waits for it.
 */
import { ClaimdError } from "../errors.ts";
import type { Applier } from "./applier.ts";
import { GenerationFilter } from "./generation-filter.ts";
import type { Generation, Generations } from "./generations.ts";
import type { KeyRef } from "./key-ref.ts";
import type { StoredRecord } from "./layer.ts";
import type { LevelHandle } from "./level-database.ts";
import { decodeRecord } from "./record-format.ts";
import { recordKey } from "./record-key.ts";

export interface RecordReaderParts {
  readonly applier: Applier;
  readonly generations: Generations;
  readonly onDamage: (error: ClaimdError) => void;
}

/** A read that fails this often, LevelDB being opened anew each time, will go on failing. */
const ATTEMPTS = 3;

export class RecordReader {
  readonly #parts: RecordReaderParts;

  constructor(parts: RecordReaderParts) {
    this.#parts = parts;
  }

  /** False: surely not in LevelDB, or over. True: perhaps. */
  mayExist(ref: KeyRef, nowMs: number): boolean {
    const filters = this.#parts.generations.filters(ref.namespaceId, nowMs);
    return GenerationFilter.indexOf(filters, ref.hashA, ref.hashB, 0) !== -1;
  }

  /** What LevelDB has of each key, as it is at the call. */
  async read(refs: readonly KeyRef[], nowMs: number): Promise<(StoredRecord | undefined)[]> {
    const keys: Uint8Array[] = [];
    const asked: number[] = [];
    const generations: number[] = [];
    refs.forEach((ref, at) => {
      const { namespaceId, partition, key, hashA, hashB } = ref;
      const live = this.#parts.generations.live(namespaceId, nowMs);
      const filters = this.#parts.generations.filters(namespaceId, nowMs);
      let may = GenerationFilter.indexOf(filters, hashA, hashB, 0);
      while (may !== -1) {
        const { id } = live[may] as Generation;
        keys.push(recordKey(id, namespaceId, partition, key));
        asked.push(at);
        generations.push(id);
        may = GenerationFilter.indexOf(filters, hashA, hashB, may + 1);
      }
    });
    const found = new Array<StoredRecord | undefined>(refs.length).fill(undefined);
    if (keys.length === 0) return found;
    const values = await this.use((handle) => handle.getMany(keys));
    values.forEach((value, i) => {
      const at = asked[i] as number;
      if (value === undefined) return;
      const { key } = refs[at] as KeyRef;
      const record = this.undamaged(() => decodeRecord(value, key));
      found[at] = { record, generation: generations[i] as number, bytes: value.length };
    });
    return found;
  }

  /** Asks LevelDB, again on a new handle when the one at hand has failed. */
  async use<T>(ask: (handle: LevelHandle) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const handle = await this.#parts.applier.ready();
      try {
        return await ask(handle);
      } catch (error) {
        const failure = this.#failureOf(error);
        const isPassing = failure !== error && failure.code === "STORAGE_UNAVAILABLE";
        if (!isPassing || attempt === ATTEMPTS) throw failure;
        this.#parts.applier.failed(handle, error);
      }
    }
  }

  /** Of a read that can't be done again on another handle: what to throw. */
  failed(handle: LevelHandle, error: unknown): ClaimdError {
    const failure = this.#failureOf(error);
    if (failure !== error && failure.code === "STORAGE_UNAVAILABLE") {
      this.#parts.applier.failed(handle, error);
    }
    return failure;
  }

  #failureOf(error: unknown): ClaimdError {
    if (error instanceof ClaimdError) return error;
    if (codeOf(error) === "LEVEL_CORRUPTION") {
      return this.#damaged(new ClaimdError("RECORDS_DAMAGED", textOf(error), { cause: error }));
    }
    const what = "the records can't be read";
    return new ClaimdError("STORAGE_UNAVAILABLE", what, { cause: error });
  }

  /** What `read` gives; damage it finds is reported before it is thrown. */
  undamaged<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof ClaimdError ? this.#damaged(error) : error;
    }
  }

  #damaged(error: ClaimdError): ClaimdError {
    this.#parts.onDamage(error);
    return error;
  }
}

/** classic-level's own code, which abstract-level hides behind the cause. */
export function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (code === "LEVEL_CORRUPTION" || code === "LEVEL_LOCKED" || code === "LEVEL_IO_ERROR") {
      return code;
    }
  }
  return "";
}

export function textOf(error: unknown): string {
  let text = String(error);
  for (let at = error; at instanceof Error; at = at.cause) text = at.message;
  return text;
}
