/**
 * Replaces a partition's log and records by a state that another store has exported.
 *
 *     begin: void, erased ─▶ add … add ─▶ end: it is the partition's state
 *                               └──▶ abort, or a crash: void, erased in the background
 *
 * Never shows a part of it: the partition is void from `begin` on, and nobody finds anything in it
 * until the mark of `end` is staged. A start that finds no such mark finds the partition with
 * nothing, at the beginning of its log, under the membership that it had. Never decides whether a
 * state is to be taken: the protocol does, before `begin`.
 *
 * Must stay true: one install of a partition at a time, under one membership.
 */
import { assert, ClaimdError } from "../errors.ts";
import { keyRef } from "./key-ref.ts";
import type { StoredRecord } from "./layer.ts";
import type { FrameBuilder } from "./journal-frame.ts";
import type { InstalledEntry } from "./mark-entry.ts";
import type { Overlay } from "./overlay.ts";
import type { PartitionErasing, PartitionErasingParts } from "./partition-erasing.ts";
import type { ExportedRecord } from "./partition-export.ts";
import type { InstallableRecord } from "./partition-staging.ts";
import type { PendingWrites } from "./pending-writes.ts";
import type { StoredNamespace } from "./policy-format.ts";
import { decodeRecord } from "./record-format.ts";
import { stageSome } from "./stage-some.ts";

export interface PartitionInstallParts extends PartitionErasingParts {
  readonly erasing: PartitionErasing;
  readonly overlay: Overlay;
  readonly pending: PendingWrites;
  readonly nowMs: () => number;
  readonly namespaces: ReadonlyMap<number, StoredNamespace>;
}

/** What a state is, beside its records. */
export type InstalledState = Omit<InstalledEntry, "type" | "partition">;

const RECORDS_AT_ONCE = 1024;
/** Some milliseconds of a turn's write. */
const PIECE_BYTES = 1024 * 1024;
/** Of a record in a journal frame, beside key and value. */
const ENTRY_BYTES = 64;
/** LevelDB is waited for: turns need the rest of what the overlay may hold. */
const BEHIND_BYTES = 16 * 1024 * 1024;
const BEHIND_RECORDS = 65_536;

export class PartitionInstall implements Disposable {
  readonly #parts: PartitionInstallParts;
  readonly #partition: number;
  readonly #join: number;
  #state: "filling" | "ended" | "aborted" = "filling";

  private constructor(parts: PartitionInstallParts, partition: number, join: number) {
    this.#parts = parts;
    this.#partition = partition;
    this.#join = join;
  }

  /**
   * Resolves when the partition has nothing any more, which is durable. Waits for what is being
   * erased in it. Rejects when the records are closed or turns refuse changes; then it may be void.
   * With CANCELLED, and nothing changed, when `isWanted` says so in the turn that would begin it.
   */
  static async begin(
    parts: PartitionInstallParts,
    partition: number,
    isWanted: () => boolean = () => true,
  ): Promise<PartitionInstall> {
    const { erasing, partitions, staging } = parts;
    await erasing.takeForInstall(partition);
    try {
      const { join, stands } = await erasing.change((frame) => {
        if (!isWanted()) throw overtaken(partition);
        const stands = partitions.indexOf(partition) > 0 || partitions.isVoid(partition);
        staging.setVoid(frame, partition);
        return { join: partitions.at(partition).join, stands };
      });
      if (stands) await erasing.clear(partition);
      return new PartitionInstall(parts, partition, join);
    } catch (error) {
      erasing.giveBack(partition);
      throw error;
    }
  }

  /**
   * Resolves when the records are durable; not to be changed meanwhile. One call at a time. A
   * record that comes twice counts once, the later one.
   *
   * Rejects with NAMESPACE_NOT_FOUND before anything of them is staged: wait until the namespace is
   * known here, or leave records of deleted ones out. With RECORDS_DAMAGED when one is not as it
   * was encoded. With CANCELLED when the membership is another or entries of a log came in: abort.
   * Else as a change does; then some may be there, and all of them may be added again.
   */
  async add(records: readonly ExportedRecord[]): Promise<void> {
    const { overlay, flush } = this.#parts;
    for (let rest = records.map((each) => this.#installable(each)); rest.length > 0; ) {
      if (overlay.bytes > BEHIND_BYTES || overlay.records > BEHIND_RECORDS) await flush();
      rest = rest.slice(await this.#some(rest.slice(0, RECORDS_AT_ONCE)));
    }
  }

  /** Gives how many of them are durable. */
  async #some(records: readonly InstallableRecord[]): Promise<number> {
    const { erasing, journal, namespaces, overlay, partitionStaging } = this.#parts;
    const endRead = overlay.beginRead();
    try {
      const loaded = await this.#load(records);
      return await erasing.change((frame, nowMs) => {
        this.#assertFilling();
        return stageSome(frame, records, {
          ...{ journal, mostBytes: PIECE_BYTES, bytesOf },
          stage: (each) => {
            const { id, namespaceId } = each.ref;
            // Deleted meanwhile: it gets no records any more.
            if (!namespaces.has(namespaceId)) return;
            partitionStaging.install(frame, each, overlay.get(id) ?? loaded.get(id), nowMs);
          },
        });
      });
    } finally {
      endRead();
    }
  }

  /**
   * Within a turn. All records were added: the partition's state is this one from here on, once the
   * frame is durable. Throws CANCELLED as `add` rejects.
   */
  end(frame: FrameBuilder, { index, epoch, token, stampMs }: InstalledState): void {
    assert(index > 0, "a state that nothing led to is not installed");
    const { erasing, staging } = this.#parts;
    const partition = this.#partition;
    this.#assertFilling();
    staging.setInstalled(frame, { type: "installed", partition, index, epoch, token, stampMs });
    this.#state = "ended";
    erasing.giveBack(partition);
  }

  /** What was added is void, and erased in the background. Nothing after `end`. */
  abort(): void {
    if (this.#state !== "filling") return;
    this.#state = "aborted";
    this.#parts.erasing.giveBack(this.#partition);
  }

  [Symbol.dispose](): void {
    this.abort();
  }

  /** Throws within a turn, before anything of this is staged. */
  #assertFilling(): void {
    const { partitions, pending } = this.#parts;
    const { join, isVoid } = partitions.at(this.#partition);
    const isSame = isVoid && join === this.#join && pending.of(this.#partition).length === 0;
    if (this.#state === "filling" && isSame) return;
    throw overtaken(this.#partition);
  }

  #installable({ namespaceId, key, record: value }: ExportedRecord): InstallableRecord {
    const namespace = this.#parts.namespaces.get(namespaceId);
    if (namespace === undefined) {
      throw new ClaimdError("NAMESPACE_NOT_FOUND", `namespace ${namespaceId} is not known here`);
    }
    const ref = keyRef(namespace, this.#partition, key);
    return { ref, value, record: decodeRecord(value, key) };
  }

  /** What LevelDB has of them, by key id: only what came before. */
  async #load(
    records: readonly InstallableRecord[],
  ): Promise<ReadonlyMap<string, StoredRecord | undefined>> {
    const { reader, nowMs } = this.#parts;
    const refs = records.map(({ ref }) => ref);
    const found = await reader.read(refs, nowMs());
    return new Map(refs.map(({ id }, at) => [id, found[at]]));
  }
}

function overtaken(partition: number): ClaimdError {
  return new ClaimdError("CANCELLED", `the install of partition ${partition} was overtaken`);
}

function bytesOf({ ref, value }: InstallableRecord): number {
  return ENTRY_BYTES + ref.key.length + value.length;
}
