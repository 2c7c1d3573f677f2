/**
 * What a node knows of its cluster: partitions, stores and living nodes, as of about now.
 *
 * Hints, each a fact at its own revision. What can't be read is told and left out: nobody acts on
 * half a record.
 */
import type { ClusterKeys } from "./cluster-keys.ts";
import type { Coordinator, Versioned } from "./coordinator.ts";
import type { Timers } from "./memory-coordinator.ts";
import { decodeNodeRecord, type NodeRecord } from "./node-record.ts";
import type { PartitionRecord } from "./partition-record.ts";
import { decodePartitionRecord } from "./partition-record-format.ts";
import { decodeStoreRecord, type StoreRecord } from "./store-record.ts";
import { WatchedKeys } from "./watched-keys.ts";

/** A record with the revision that its next change is guarded on. */
export interface Revised<T> {
  readonly record: T;
  readonly revision: number;
}

export interface ClusterState {
  /** By number. */
  readonly partitions: ReadonlyMap<number, Revised<PartitionRecord>>;
  /** By store id. */
  readonly stores: ReadonlyMap<string, Revised<StoreRecord>>;
  /** By node id: those whose lease is there. */
  readonly nodes: ReadonlyMap<string, Revised<NodeRecord>>;
}

export interface ClusterViewOptions {
  readonly coordinator: Coordinator;
  readonly keys: ClusterKeys;
  readonly timers: Timers;
  /** Something has changed; `partition` says which one, where it was one. Never throws. */
  readonly onChange: (partition: number | undefined) => void;
  /** A record that is none: somebody must look. */
  readonly onDamage: (key: string, error: unknown) => void;
  readonly refreshMs?: number;
}

export class ClusterView implements ClusterState, Disposable {
  readonly partitions = new Map<number, Revised<PartitionRecord>>();
  readonly stores = new Map<string, Revised<StoreRecord>>();
  readonly nodes = new Map<string, Revised<NodeRecord>>();
  readonly #options: ClusterViewOptions;
  readonly #watched: readonly WatchedKeys[];
  #nodesRevision = 0;

  constructor(options: ClusterViewOptions) {
    this.#options = options;
    const { coordinator, keys, timers, refreshMs } = options;
    this.#watched = [keys.partitions, keys.stores, keys.nodes].map(
      (prefix) =>
        new WatchedKeys({
          ...{ coordinator, prefix, timers },
          ...(refreshMs === undefined ? {} : { refreshMs }),
          onChange: (entry) => {
            this.#take(entry);
          },
        }),
    );
  }

  /** Everything has been read once; nothing may be concluded from what is missing before. */
  get loaded(): boolean {
    return this.#watched.every(({ loaded }) => loaded);
  }

  /** Of the last change among nodes that was told, deletions too. */
  get nodesRevision(): number {
    return this.#nodesRevision;
  }

  /** What somebody has read or written elsewhere; older than is known says nothing. */
  tell(entry: Versioned): void {
    for (const [at, prefix] of this.#prefixes().entries()) {
      if (entry.key.startsWith(prefix)) this.#watched[at]?.tell(entry);
    }
  }

  /** Rejects with COORDINATOR_UNAVAILABLE. */
  async refresh(): Promise<void> {
    await Promise.all(this.#watched.map((each) => each.refresh()));
  }

  [Symbol.dispose](): void {
    for (const each of this.#watched) each[Symbol.dispose]();
  }

  #prefixes(): readonly string[] {
    const { partitions, stores, nodes } = this.#options.keys;
    return [partitions, stores, nodes];
  }

  #take(entry: Versioned): void {
    const parsed = this.#options.keys.parse(entry.key);
    switch (parsed?.type) {
      case "partition":
        this.#set(this.partitions, parsed.partition, entry, decodePartitionRecord);
        this.#options.onChange(parsed.partition);
        return;
      case "store":
        this.#set(this.stores, parsed.store, entry, decodeStoreRecord);
        break;
      case "node":
        this.#set(this.nodes, parsed.node, entry, decodeNodeRecord);
        this.#nodesRevision = Math.max(this.#nodesRevision, entry.revision);
        break;
      default:
        return;
    }
    this.#options.onChange(undefined);
  }

  #set<K, T>(
    map: Map<K, Revised<T>>,
    name: K,
    { key, value, revision }: Versioned,
    decode: (value: Uint8Array) => T,
  ): void {
    // In its place, so that whoever goes through the map while it changes comes to an end.
    try {
      if (value === undefined) map.delete(name);
      else map.set(name, { record: decode(value), revision });
    } catch (error) {
      map.delete(name);
      this.#options.onDamage(key, error);
    }
  }
}
