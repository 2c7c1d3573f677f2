/**
 * The turns of a member of a cluster, and what they must leave behind: a model of its partitions
 * after every frame of the journal, whoever made it.
 */
import { ClaimdError } from "../../errors.ts";
import type { ClaimRecord } from "../claim-record.ts";
import { FrameBuilder } from "../journal-frame.ts";
import type { KeyRef } from "../key-ref.ts";
import type { TurnChange } from "../partition-erasing.ts";
import type { InstalledState, PartitionInstall } from "../partition-install.ts";
import type { StoredNamespace } from "../policy-format.ts";
import { namespaceOf, refOf, type TestNode } from "./test-node.ts";

export const NAMESPACE = namespaceOf(1, "payments");

export interface ModelEntry {
  readonly key: string;
  readonly record: ClaimRecord | undefined;
  readonly epoch: number;
}

type Records = ReadonlyMap<string, ClaimRecord>;

/** What a partition must have. Never changed, only replaced. */
export interface ModelPartition {
  readonly join: number;
  /** What was installed, and up to where it was. */
  readonly base: { readonly index: number; readonly epoch: number; readonly records: Records };
  /** Behind that. */
  readonly log: readonly ModelEntry[];
  readonly commit: number;
  readonly isVoid: boolean;
}

export const NOTHING: ModelPartition = {
  join: 0,
  base: { index: 0, epoch: 0, records: new Map() },
  log: [],
  commit: 0,
  isVoid: false,
};

/** The partition's records as of an entry of its log. */
export function recordsAt({ base, log }: ModelPartition, index: number): Records {
  const records = new Map(base.records);
  for (const { key, record } of log.slice(0, Math.max(0, index - base.index))) {
    if (record === undefined) records.delete(key);
    else records.set(key, record);
  }
  return records;
}

export function endOf({ base, log }: ModelPartition): number {
  return base.index + log.length;
}

/** A key with its partition in front: the hash is of the whole name, the partition is given. */
export function refIn(partition: number, key: string, namespace: StoredNamespace): KeyRef {
  return { ...refOf(namespace, `${partition}/${key}`), partition };
}

export class MemberTurns {
  readonly node: TestNode;
  /** As of the last frame that was staged. */
  readonly model: Map<number, ModelPartition>;
  /** By the sequence of the frame that made it so. */
  readonly history: (readonly [sequence: number, ReadonlyMap<number, ModelPartition>])[] = [];
  /** What is being installed, to be the partition's state when that is ended. */
  readonly installing = new Map<number, ModelPartition["base"]>();
  /** What is pending this far behind the journal's end is written forward with every frame. */
  readonly #forwardBytes: number | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #draining = false;

  constructor(
    node: TestNode,
    model: ReadonlyMap<number, ModelPartition> = new Map(),
    forwardBytes?: number,
  ) {
    this.node = node;
    this.#forwardBytes = forwardBytes;
    this.model = new Map(model);
    this.history.push([node.journal.lastSequence, new Map(model)]);
  }

  of(partition: number): ModelPartition {
    return this.model.get(partition) ?? NOTHING;
  }

  set(partition: number, changes: Partial<ModelPartition>): void {
    this.model.set(partition, { ...this.of(partition), ...changes });
  }

  /** One frame each, in order. */
  readonly change: TurnChange = (stage) => {
    const changed = this.#last.then(async () => {
      if (this.#draining) throw new ClaimdError("DRAINING", "no more turns");
      const { journal, store, nowMs } = this.node;
      const frame = new FrameBuilder();
      frame.reset(nowMs);
      if (this.#forwardBytes !== undefined) {
        store.replicated.writeForward(frame, this.#forwardBytes);
      }
      const staged = stage(frame, nowMs);
      this.#noteWhole();
      const sequence = journal.lastSequence + 1;
      this.history.push([sequence, new Map(this.model)]);
      store.endTurn(sequence);
      store.durable(await journal.append(frame));
      return staged;
    });
    this.#last = changed.catch(() => undefined);
    return changed;
  };

  /** What was installed is the partition's state. */
  end(install: PartitionInstall, state: InstalledState): Promise<void> {
    return this.change((frame) => {
      install.end(frame, state);
    });
  }

  /** Those under way have ended. */
  async idle(): Promise<void> {
    await this.#last;
  }

  /** Closes the node as a SIGTERM does. */
  async close(): Promise<void> {
    this.#draining = true;
    await this.#last;
    await this.node.close();
  }

  /** Partitions that have become void, and that are so no longer. */
  #noteWhole(): void {
    const { partitions } = this.node.store;
    for (const partition of new Set([...this.model.keys(), ...partitions.voids()])) {
      const { isVoid, join } = this.of(partition);
      if (!isVoid && partitions.isVoid(partition)) {
        this.model.set(partition, { ...NOTHING, join, isVoid: true });
      } else if (isVoid && !partitions.isVoid(partition)) {
        const base = this.installing.get(partition);
        const isInstalled = base !== undefined && partitions.indexOf(partition) === base.index;
        if (isInstalled) this.set(partition, { base, commit: base.index, isVoid: false });
        else this.set(partition, { isVoid: false });
      }
    }
  }

  async promise(partition: number, epoch: number): Promise<void> {
    await this.change((frame) => {
      this.node.store.replicated.mark(frame, { type: "promise", partition, epoch });
    });
  }

  async join(partition: number, join: number): Promise<void> {
    await this.#membership(partition, join, true);
  }

  async leave(partition: number): Promise<void> {
    await this.#membership(partition, this.of(partition).join, false);
  }

  async #membership(partition: number, join: number, begins: boolean): Promise<void> {
    await this.change((frame) => {
      const mark = { type: "membership", partition, join, begins } as const;
      this.node.store.replicated.mark(frame, mark);
      const { isVoid } = this.of(partition);
      this.model.set(partition, { ...NOTHING, join: begins ? join : 0, isVoid });
    });
  }

  /** Entries at the end of the partition's log. */
  async write(partition: number, entries: readonly ModelEntry[]): Promise<void> {
    const { store } = this.node;
    const endRead = store.beginRead();
    try {
      const refs = entries.map(({ key }) => refIn(partition, key, NAMESPACE));
      const asked = refs.filter((ref) => store.whereabouts(ref, this.node.nowMs) === "stored");
      const found = await store.read(asked, this.node.nowMs);
      const loaded = new Map(asked.map((ref, at) => [ref.id, found[at]]));
      await this.change((frame, nowMs) => {
        entries.forEach(({ record, epoch }, at) => {
          const ref = refs[at] as KeyRef;
          const before = store.staged(ref) ?? loaded.get(ref.id);
          store.stage(frame, ref, before, record ?? "removed", nowMs, epoch);
        });
        this.set(partition, { log: [...this.of(partition).log, ...entries] });
      });
    } finally {
      endRead();
    }
  }

  async commit(partition: number, index = endOf(this.of(partition))): Promise<void> {
    await this.change((frame) => {
      this.node.store.replicated.commit(frame, partition, index);
      this.set(partition, { commit: index });
    });
  }

  async cut(partition: number, index: number): Promise<void> {
    await this.change((frame) => {
      const { base, log } = this.of(partition);
      const at = index - base.index - 1;
      const epoch = log[at]?.epoch ?? 0;
      this.node.store.replicated.cut(frame, partition, { index, epoch });
      this.set(partition, { log: log.slice(0, at) });
    });
  }

  /** What a turn would decide on. */
  async seen(partition: number, keys: readonly string[]): Promise<(ClaimRecord | undefined)[]> {
    return await this.node.recordsOf(keys.map((key) => refIn(partition, key, NAMESPACE)));
  }
}
