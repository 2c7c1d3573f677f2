/**
 * The records of a node: what turns read and write, kept in an overlay until LevelDB has it.
 *
 *     decided → staged (overlay) → durable (journal) → applied (LevelDB) → dropped from the overlay
 *
 * Never answers whether something is durable: that is the journal's. Never forgets a live record:
 * whatever may be live is found in the overlay or in a live generation.
 *
 * S1  LevelDB together with the retained journal is the whole state: the journal is released only
 *     behind the applied mark, and so far behind it that nothing rests on LevelDB's own log.
 * S2  (overlay.ts)   S3  (generations.ts)
 *
 * A turn: `beginRead`, then `read` of the keys whose `whereabouts` are LevelDB; decide with
 * `staged(key) ?? what was read`; `stage` each write; end the read; `endTurn`; append; `durable`.
 */
import { assert } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { ClaimRecord } from "./claim-record.ts";
import type { Totals } from "./generations.ts";
import type { RecordEntry } from "./journal-entry.ts";
import type { FrameBuilder } from "./journal-frame.ts";
import type { KeyRef } from "./key-ref.ts";
import type { StoredRecord } from "./layer.ts";
import type { PartitionStates } from "./partition-states.ts";
import type { StoredNamespace } from "./policy-format.ts";
import { type ListedRecord, listNamespace } from "./record-list.ts";
import { openRecordParts, type RecordParts } from "./record-parts.ts";
import type { RecordStoreOptions, RecordStoreStats } from "./record-store-options.ts";
import type { ReplicatedWrites } from "./staging.ts";
import type { UnsettledIndex } from "./unsettled-index.ts";
import type { WholePartitions } from "./whole-partitions.ts";

export type { KeyRef } from "./key-ref.ts";
export type { StoredRecord } from "./layer.ts";
export type { RecordStoreOptions, RecordStoreStats } from "./record-store-options.ts";

export type Whereabouts = "new" | "staged" | "stored";
export type Pressure = "none" | "slow" | "refuse" | "full";

const DROP_EVERY_MS = 1000;

export class RecordStore {
  /** As they are durable or about to be, by id. */
  readonly namespaces: ReadonlyMap<number, StoredNamespace>;
  /** Moved by `stage`; a grant's token is the partition's `tokenOf` + 1. */
  readonly partitions: PartitionStates;
  readonly unsettled: UnsettledIndex;
  readonly #options: RecordStoreOptions;
  readonly #parts: RecordParts;
  #nextNamespaceId: number;
  readonly #dropTimer: NodeJS.Timeout;
  #closed: Promise<void> | undefined;

  private constructor(options: RecordStoreOptions, parts: RecordParts) {
    this.#options = options;
    this.#parts = parts;
    this.namespaces = parts.namespaces;
    this.partitions = parts.partitions;
    this.unsettled = parts.unsettled;
    this.#nextNamespaceId = parts.nextNamespaceId;
    this.dropOver();
    this.#dropTimer = setInterval(() => {
      this.dropOver();
      parts.filterFiles.wake();
      parts.whole?.wake();
    }, DROP_EVERY_MS);
    this.#dropTimer.unref();
    parts.scan.begin();
  }

  /**
   * Opens LevelDB and replays the retained journal into it.
   *
   * Throws RECORDS_DAMAGED, saying what to do, when they don't belong together.
   */
  static async open(options: RecordStoreOptions): Promise<RecordStore> {
    return new RecordStore(options, await openRecordParts(options));
  }

  /** Ids are given in order and never again. */
  get nextNamespaceId(): number {
    return this.#nextNamespaceId;
  }

  // Reading

  /**
   * Before a turn's keys are looked up anywhere. The function it gives ends it: once the turn has
   * decided, because until then the overlay keeps what LevelDB may not have shown.
   */
  beginRead(): () => void {
    return this.#parts.overlay.beginRead();
  }

  /**
   * What was staged and may not be in LevelDB yet: it is newer than anything read. "committed": of
   * a member's writes those that are.
   */
  staged(ref: KeyRef, which: "all" | "committed" = "all"): StoredRecord | undefined {
    const { overlay, pending } = this.#parts;
    const staged = which === "all" ? pending?.get(ref.id) : undefined;
    if (staged !== undefined || this.#isVoid(ref)) return staged;
    return overlay.get(ref.id);
  }

  /** The same for a key that was new when this turn began: only this turn can have staged it. */
  stagedSince(ref: KeyRef): StoredRecord | undefined {
    const { overlay, pending } = this.#parts;
    return pending === undefined ? overlay.open?.records.get(ref.id) : pending.get(ref.id);
  }

  /**
   * Where to look for the key's record: "new" = nowhere, the filters have what is stored and what
   * is staged; "staged" has it; else LevelDB has to be asked.
   */
  whereabouts(ref: KeyRef, nowMs: number): Whereabouts {
    const { reader, overlay, pending } = this.#parts;
    if (!reader.mayExist(ref, nowMs)) return "new";
    const isPending = pending?.get(ref.id) !== undefined;
    if (!isPending && this.#isVoid(ref)) return "new";
    return isPending || overlay.holds(ref.id) ? "staged" : "stored";
  }

  /** From LevelDB alone. Rejects with STORAGE_UNAVAILABLE or RECORDS_DAMAGED. */
  read(refs: readonly KeyRef[], nowMs: number): Promise<(StoredRecord | undefined)[]> {
    const { reader, pending } = this.#parts;
    const found = reader.read(refs, nowMs);
    if (pending === undefined) return found;
    const isVoid = (at: number): boolean => this.#isVoid(refs[at] as KeyRef);
    return found.then((all) => all.map((each, at) => (isVoid(at) ? undefined : each)));
  }

  /** Of a member: what stands in the partition is not looked at. */
  #isVoid({ partition }: KeyRef): boolean {
    return this.#parts.pending !== undefined && this.partitions.isVoid(partition);
  }

  // A turn's writes

  /**
   * `before` is what stands there now, expired or not: `staged(ref)`, or else what was read. Moves
   * the partition's index, token and stamp. `epoch`: the one this node leads, 0 on a single node.
   */
  stage(
    frame: FrameBuilder,
    ref: KeyRef,
    before: StoredRecord | undefined,
    write: ClaimRecord | "removed",
    nowMs: number,
    epoch = 0,
  ): void {
    this.#parts.staging.stage(frame, ref, before, write, nowMs, epoch);
  }

  /** `value` undefined = deleted: its keys are not found any more, and go in the background. */
  stageNamespace(frame: FrameBuilder, id: number, value: StoredNamespace | undefined): void {
    this.#nextNamespaceId = Math.max(this.#nextNamespaceId, id + 1);
    this.#parts.staging.stageNamespace(frame, id, value, this.#nextNamespaceId);
    if (value === undefined) {
      this.#parts.namespaces.delete(id);
      this.unsettled.removeNamespace(id);
      this.#parts.dropping.add(this.#parts.generations.retireNamespace(id));
    } else {
      this.#parts.namespaces.set(id, value);
    }
  }

  /** What a member of a cluster does beside `stage`; a single node does none of it. */
  get replicated(): ReplicatedWrites {
    return this.#parts.staging;
  }

  /** Partitions exported, replaced and erased; of a member of a cluster. */
  get whole(): WholePartitions {
    assert(this.#parts.whole !== undefined, "a single node's partitions stay as they are");
    return this.#parts.whole;
  }

  /** The last entry of the partition's log, committed or not. */
  logEnd(partition: number): number {
    return this.#parts.pending?.lastIndexOf(partition) ?? this.partitions.indexOf(partition);
  }

  isPending(id: string): boolean {
    return this.#parts.pending?.get(id) !== undefined;
  }

  /** Of a member: in the journal and not committed, in the order of the partition's log. */
  pendingAfter(partition: number, index: number): readonly RecordEntry[] {
    return this.#parts.pending?.after(partition, index) ?? [];
  }

  /** What was staged since the last one is the frame of this sequence. Before it is appended. */
  endTurn(sequence: number): void {
    this.#parts.layers.endTurn(sequence);
  }

  /** Everything up to the frame is durable (in a cluster: committed), so LevelDB may have it. */
  durable(sequence: number): void {
    this.#parts.applier.durable(sequence);
  }

  /** How far LevelDB is behind: grants are to be slowed or refused, or every write. */
  get pressure(): Pressure {
    const { overlayRecords, overlayBytes } = this.#options;
    const { records, bytes } = this.#parts.overlay;
    const share = Math.max(
      records / (overlayRecords ?? LIMITS.overlayRecords.max),
      bytes / (overlayBytes ?? LIMITS.overlayBytes.max),
    );
    if (share >= 2) return "full";
    if (share >= 1 || this.#parts.applier.handle === undefined) return "refuse";
    return share >= 0.5 ? "slow" : "none";
  }

  // The operator

  /** Stored records, expired ones included; bytes of keys and values. */
  counts(namespaceId: number): Readonly<Totals> {
    return this.#parts.generations.totals(namespaceId);
  }

  /** The namespace's records whose key begins with `prefix` (record-list.ts). */
  async *list(
    namespace: Pick<KeyRef, "namespaceId" | "classes">,
    prefix: Uint8Array,
  ): AsyncGenerator<ListedRecord, void, void> {
    await this.flush();
    yield* listNamespace({ ...this.#parts, nowMs: this.#options.nowMs }, namespace, prefix);
  }

  /**
   * Drops what is over, in the background. Called every second.
   *
   * By the journal's last stamp, not by the clock: the next start takes what was over by then as
   * over, and what came later as stopped by an outage. It must not look at what is half dropped.
   */
  dropOver(): void {
    const { journal } = this.#options;
    this.#parts.dropping.add(this.#parts.generations.retireOver(journal.lastStampMs));
  }

  /** Resolves when everything that was to be dropped is gone. */
  dropped(): Promise<void> {
    return this.#parts.dropping.idle();
  }

  /** Resolves when the filters of full runs are in files, where that was possible. */
  filtersKept(): Promise<void> {
    this.#parts.filterFiles.wake();
    return this.#parts.filterFiles.idle();
  }

  /** Resolves when filters and index are rebuilt after the start. */
  rebuilt(): Promise<void> {
    return this.#parts.scan.ended;
  }

  get stats(): RecordStoreStats {
    const handle = this.#parts.applier.handle;
    const generations = this.#parts.generations.all();
    return {
      appliedSequence: this.#parts.applier.appliedSequence,
      overlayRecords: this.#parts.overlay.records,
      overlayBytes: this.#parts.overlay.bytes,
      generations: generations.length,
      filterBytes: generations.reduce((sum, { filter }) => sum + filter.bytes, 0),
      levelZeroFiles: handle?.levelZeroFiles() ?? 0,
      reopening: handle === undefined,
      rebuilding: this.#parts.scan.running,
      drops: this.#parts.dropping.stats,
    };
  }

  /** Resolves when LevelDB has everything staged so far; not before its turn is durable. */
  flush(): Promise<void> {
    return this.#parts.flush();
  }

  /** Idempotent. What LevelDB does not have yet comes back by replay. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#dropTimer);
    const { layers, applier, scan, dropping, filterFiles, whole } = this.#parts;
    layers.sealOpen();
    layers.close();
    for (const each of [scan, dropping, filterFiles, whole]) each?.stop();
    await applier.close();
    await Promise.all([scan.ended, dropping.idle(), filterFiles.idle(), whole?.idle()]);
  }
}
