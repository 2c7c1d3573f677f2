/**
 * Passes once over all records after a start, in the background: rebuilds the filters and the index
 * of unsettled keys, and checks that LevelDB has exactly what it says it has.
 *
 * Never trusts a value, a key or a count that does not fit: what is damaged is reported, never
 * skipped. Turns go on meanwhile, so what it reads may be old: a filter only ever gets more, and
 * the index takes a key as it is found when it is asked for again, the overlay first.
 *
 * A count is compared within one snapshot, because it was written in one batch with its records.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate, setTimeout as delay } from "node:timers/promises";
import { keyHash } from "@claimd/proto";
import { ClaimdError } from "../errors.ts";
import type { Applier, ApplierLog } from "./applier.ts";
import type { DropTarget } from "./dropping.ts";
import { filtersPath } from "./filter-files.ts";
import { filterHash, GenerationFilter } from "./generation-filter.ts";
import type { Count, Generation, Generations } from "./generations.ts";
import type { LevelDatabase, LevelHandle } from "./level-database.ts";
import { decodeCounts } from "./meta-format.ts";
import type { Overlay } from "./overlay.ts";
import type { StoredNamespace } from "./policy-format.ts";
import { decodeRecord } from "./record-format.ts";
import { ALL_RECORDS, countsKey, namespaceRange, parseRecordKey } from "./record-key.ts";
import type { RecordReader } from "./record-reader.ts";
import { checkTable } from "./table-check.ts";
import { isUnsettled, type UnsettledIndex } from "./unsettled-index.ts";

export interface RecordScanParts {
  readonly database: LevelDatabase;
  readonly applier: Applier;
  readonly reader: RecordReader;
  readonly overlay: Overlay;
  readonly generations: Generations;
  readonly namespaces: ReadonlyMap<number, StoredNamespace>;
  readonly unsettled: UnsettledIndex;
  readonly nowMs: () => number;
  /** What belongs to nothing that exists. */
  readonly drop: (strays: readonly DropTarget[]) => void;
  readonly onDamage: (error: ClaimdError) => void;
  readonly log: ApplierLog;
}

interface Candidate {
  readonly levelKey: Buffer;
  readonly id: string;
  readonly partition: number;
  readonly key: Buffer;
}

/** A few milliseconds of the event loop. */
const RECORDS_AT_ONCE = 512;
const CHECKED_AT_ONCE = 1024 * 1024;
const RETRY_MS = 1000;

export class RecordScan {
  /** Resolves when it has ended, well or not. */
  ended: Promise<void> = Promise.resolve();
  readonly #parts: RecordScanParts;
  #running = false;
  readonly #stopSignal = new AbortController();

  constructor(parts: RecordScanParts) {
    this.#parts = parts;
  }

  get running(): boolean {
    return this.#running;
  }

  begin(): void {
    this.#running = true;
    this.ended = this.#run().finally(() => {
      this.#running = false;
    });
  }

  stop(): void {
    this.#stopSignal.abort();
  }

  #stopped(): boolean {
    return this.#stopSignal.signal.aborted;
  }

  async #run(): Promise<void> {
    const { generations, unsettled, onDamage, log } = this.#parts;
    const newestFirst = [...generations.all()].sort((a, b) => b.id - a.id);
    // While one has no filter, every key is looked up in it. Its records are checked on the way.
    const urgent = newestFirst.filter(({ filter }) => !filter.complete);
    const others = newestFirst.filter(({ filter }) => filter.complete);
    while (!this.#stopped()) {
      try {
        await this.#generations(urgent);
        await this.#tables();
        await this.#generations(others);
        await this.#strays();
        unsettled.scanned();
        return;
      } catch (error) {
        if (this.#stopped()) return;
        if (error instanceof ClaimdError && error.code === "RECORDS_DAMAGED") {
          onDamage(error);
          return;
        }
        log.warn({ error }, "the scan of the records is interrupted and will go on");
        const options = { signal: this.#stopSignal.signal, ref: false };
        await delay(RETRY_MS, undefined, options).catch(() => undefined);
      }
    }
  }

  /** LevelDB looks at none of its checksums when it reads, so it is done here. */
  async #tables(): Promise<void> {
    const { applier, database } = this.#parts;
    for (const name of (await applier.ready()).tables()) {
      const path = join(database.path, name);
      const table = await readFile(path).catch((error: unknown) => {
        // Compacted away meanwhile.
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      });
      if (table === undefined) continue;
      const check = checkTable(table);
      let bytes = 0;
      for (let step = check.next(); ; step = check.next()) {
        if (step.done === true) {
          if (step.value !== undefined) throw damaged(`${path} is damaged: ${step.value}`);
          break;
        }
        bytes += step.value;
        if (bytes < CHECKED_AT_ONCE) continue;
        bytes = 0;
        await setImmediate();
        if (this.#stopped()) return;
      }
    }
  }

  /** Takes out what has been passed over. */
  async #generations(rest: Generation[]): Promise<void> {
    for (; rest[0] !== undefined && !this.#stopped(); rest.shift()) await this.#generation(rest[0]);
  }

  async #generation(generation: Generation): Promise<void> {
    for (const count of [...generation.counts.values()]) {
      if (this.#stopped()) return;
      await this.#parts.reader.use((handle) => this.#pair(handle, count));
    }
    if (this.#stopped()) return;
    generation.filter.completed();
  }

  /** All records of a namespace in a generation. */
  async #pair(handle: LevelHandle, count: Count): Promise<void> {
    const { generation, namespaceId } = count;
    const snapshot = handle.snapshot();
    const iterator = snapshot.iterate(namespaceRange(generation.id, namespaceId));
    try {
      const stored = await snapshot.get(countsKey(generation.id, namespaceId));
      let records = 0;
      let bytes = 0;
      for (;;) {
        const piece = await iterator.next(RECORDS_AT_ONCE);
        if (this.#stopped() || count.retired) return;
        if (piece.length === 0) break;
        const candidates: Candidate[] = [];
        for (const [levelKey, value] of piece) {
          const { key } = this.#record(generation, levelKey, value, candidates);
          records += 1;
          bytes += key.length + value.length;
        }
        if (candidates.length > 0) await this.#index(handle, candidates, namespaceId);
      }
      const expected =
        stored === undefined ? undefined : decodeCounts(generation.id, namespaceId, stored);
      if (expected?.records === records && expected.bytes === bytes) return;
      // Staged for the first time after the start, and not there when the snapshot was taken.
      if (expected === undefined && records === 0) return;
      throw damaged(
        `namespace ${namespaceId} in generation ${generation.id} has ${records} records of ` +
          `${bytes} bytes, but ${expected?.records ?? 0} of ${expected?.bytes ?? 0} were counted`,
      );
    } finally {
      await iterator.close();
      await snapshot.close();
    }
  }

  #record(
    generation: Generation,
    levelKey: Buffer,
    value: Buffer,
    candidates: Candidate[],
  ): { readonly key: Buffer } {
    const { namespaceId, partition, key } = parseRecordKey(levelKey);
    const record = decodeRecord(value, key);
    const namespace = this.#parts.namespaces.get(namespaceId);
    if (namespace === undefined) return { key };
    const hash = keyHash(namespace.policy.name, key);
    this.#filter(generation, hash, filterHash(namespaceId, key));
    if (isUnsettled(record)) {
      const id = levelKey.toString("latin1", 6, 10) + key.toString("latin1");
      candidates.push({ levelKey, id, partition, key });
    }
    return { key };
  }

  /** One that was kept in a file has every key already. */
  #filter({ id, filter }: Generation, hashA: number, hashB: number): void {
    if (!filter.isSealed) {
      filter.add(hashA, hashB);
    } else if (GenerationFilter.indexOf([filter], hashA, hashB, 0) === -1) {
      const advice = `remove ${filtersPath(this.#parts.database.path)}, it will be rebuilt`;
      const what = `the kept filter of generation ${id} lacks a key`;
      throw new ClaimdError("RECORDS_DAMAGED", `${what}: ${advice}`);
    }
  }

  /** The snapshot may be old by now: what stands there at this moment counts. */
  async #index(
    handle: LevelHandle,
    candidates: readonly Candidate[],
    namespaceId: number,
  ): Promise<void> {
    const { overlay, unsettled, namespaces } = this.#parts;
    const endRead = overlay.beginRead();
    try {
      const values = await handle.getMany(candidates.map(({ levelKey }) => levelKey));
      candidates.forEach(({ id, partition, key }, at) => {
        const value = values[at];
        if (value === undefined || overlay.get(id) !== undefined) return;
        if (!namespaces.has(namespaceId)) return;
        unsettled.update(id, namespaceId, partition, decodeRecord(value, key), undefined);
      });
    } finally {
      endRead();
    }
  }

  /** Looks for records that no count knows of: deletions that a power cut took back, or damage. */
  async #strays(): Promise<void> {
    const { generations, namespaces, nowMs, drop, reader } = this.#parts;
    let { from } = ALL_RECORDS;
    while (!this.#stopped()) {
      const first = await reader.use(async (handle) => {
        const iterator = handle.iterate({ from, before: ALL_RECORDS.before });
        try {
          return (await iterator.next(1))[0];
        } finally {
          await iterator.close();
        }
      });
      if (first === undefined) return;
      const { generation, namespaceId } = parseRecordKey(first[0]);
      from = namespaceRange(generation, namespaceId).before;
      if (generations.get(generation)?.counts.has(namespaceId) === true) continue;
      if (namespaces.has(namespaceId) && !generations.isOver(generation, nowMs())) {
        throw damaged(`namespace ${namespaceId} has uncounted records in ${generation}`);
      }
      drop([{ generation: { id: generation }, namespaceId, records: 0, bytes: 0 }]);
    }
  }
}

function damaged(what: string): ClaimdError {
  return new ClaimdError(
    "RECORDS_DAMAGED",
    `${what}; restore a backup, or in a cluster come back as a new store`,
  );
}
