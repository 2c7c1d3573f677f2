/** An etcd in memory with its time, and what everybody who uses it needs. */
import { ClusterKeys } from "../cluster-keys.ts";
import type { Coordinator } from "../coordinator.ts";
import { MemoryCoordinator } from "../memory-coordinator.ts";
import { ScriptedMisbehaviour } from "../memory-coordinator-misbehaviour.ts";
import { CoordinatorState } from "../memory-coordinator-state.ts";
import { encodeNodeRecord } from "../node-record.ts";
import type { PartitionRecord } from "../partition-record.ts";
import { decodePartitionRecord } from "../partition-record-format.ts";
import type { BootFile } from "../store-boot-file.ts";
import { decodeStoreRecord, encodeStoreRecord, type StoreRecord } from "../store-record.ts";
import { PacedTime } from "./paced-time.ts";

/** A store that was started once, by a node of the same name. */
export const storeRecord = (node: string, change: Partial<StoreRecord> = {}): StoreRecord => ({
  ...{ node, zone: node, boot: 1, nonce: "0".repeat(32), highWaterMark: 0 },
  ...{ state: "ACTIVE", damage: "", draining: false },
  ...change,
});

export class ClusterWorld {
  readonly time = new PacedTime();
  readonly script = new ScriptedMisbehaviour();
  readonly state: CoordinatorState;
  readonly keys = new ClusterKeys("test");
  /** Of a client that nothing happens to. */
  readonly coordinator: MemoryCoordinator;

  constructor(state?: (script: ScriptedMisbehaviour) => CoordinatorState) {
    this.state = state?.(this.script) ?? new CoordinatorState(this.script);
    this.coordinator = this.open();
  }

  open(): MemoryCoordinator {
    return new MemoryCoordinator({ state: this.state, clock: this.time, timers: this.time });
  }

  /** What those who wait for etcd are given. */
  patience(signal = new AbortController().signal) {
    return { timers: this.time, signal, onWaiting: () => undefined };
  }

  /** Guarded on what is there. */
  async put(key: string, value: Uint8Array | "delete"): Promise<void> {
    const revision = (await this.coordinator.read(key))?.revision ?? 0;
    const outcome = await this.coordinator.transact([{ key, revision, value }]);
    if (outcome !== "applied") throw new Error(`${key}: ${outcome}`);
  }

  /** As it is, with what is to be different. */
  async putStore(store: string, change: Partial<StoreRecord> = {}): Promise<void> {
    const key = this.keys.store(store);
    const found = await this.coordinator.read(key);
    const record = found?.value === undefined ? storeRecord(store) : decodeStoreRecord(found.value);
    await this.put(key, encodeStoreRecord({ ...record, ...change }));
  }

  /** The node of this name lives, and serves this store. */
  async putNode(node: string, store = node, boot = 1): Promise<void> {
    const places = { address: `${node}:7600`, peerAddress: `${node}:7602` };
    const record = { store, boot, zone: node, build: "test", ...places };
    await this.put(this.keys.node(node), encodeNodeRecord(record));
  }

  async partitions(): Promise<ReadonlyMap<number, PartitionRecord>> {
    const records = new Map<number, PartitionRecord>();
    for (const { key, value } of await this.coordinator.list(this.keys.partitions)) {
      const parsed = this.keys.parse(key);
      if (parsed?.type !== "partition" || value === undefined) continue;
      records.set(parsed.partition, decodePartitionRecord(value));
    }
    return records;
  }
}

/** Thrown where a test lets a process die; nothing it does afterwards counts. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/** Counts steps, and dies before or after one of them. */
export class CrashPoint {
  readonly #at: number;
  readonly #when: "before" | "after";
  #steps = 0;

  constructor(at: number, when: "before" | "after") {
    this.#at = at;
    this.#when = when;
  }

  /** Whether it has died; a process that ended before has seen no crash. */
  get reached(): boolean {
    return this.#steps >= this.#at;
  }

  async step<T>(action: () => Promise<T>): Promise<T> {
    if (this.reached) throw new Crash();
    const isLast = ++this.#steps === this.#at;
    if (isLast && this.#when === "before") throw new Crash();
    const result = await action();
    if (isLast) throw new Crash();
    return result;
  }
}

/** Dies at a step; a write of several keys is one, as reads are. */
export function crashing(coordinator: Coordinator, point: CrashPoint): Coordinator {
  return {
    read: (key) => point.step(() => coordinator.read(key)),
    list: (prefix) => point.step(() => coordinator.list(prefix)),
    transact: (writes) => point.step(() => coordinator.transact(writes)),
    watch: (prefix, onChange) => coordinator.watch(prefix, onChange),
    register: (key, value, leaseMs) => coordinator.register(key, value, leaseMs),
    [Symbol.asyncDispose]: () => coordinator[Symbol.asyncDispose](),
  };
}

/** A file of a disk that can be copied and rolled back. */
export class MemoryBootFile implements BootFile {
  content: Uint8Array | undefined;

  read(): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.content);
  }

  write(content: Uint8Array): Promise<void> {
    this.content = Uint8Array.from(content);
    return Promise.resolve();
  }

  copy(): MemoryBootFile {
    const copy = new MemoryBootFile();
    copy.content = this.content;
    return copy;
  }
}

export function crashingFile(file: BootFile, point: CrashPoint): BootFile {
  return {
    read: () => file.read(),
    write: (content) => point.step(() => file.write(content)),
  };
}
