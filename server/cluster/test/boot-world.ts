/** One store and its etcd: starts of it on disks that may be copied, by processes that may die. */
import { type Random, seededRandom } from "../../test/support/seed.ts";
import type { Coordinator } from "../coordinator.ts";
import type { CoordinatorState } from "../memory-coordinator-state.ts";
import { type BootedStore, bootStore } from "../store-boot.ts";
import { type BootFile, type BootMemory, decodeBootMemory } from "../store-boot-file.ts";
import { decodeStoreRecord, encodeStoreRecord, type StoreRecord } from "../store-record.ts";
import { ClusterWorld, type MemoryBootFile } from "./cluster-world.ts";

export const STORE = "5f".repeat(16);

export interface Machine {
  readonly coordinator?: Coordinator;
  readonly node?: string;
  readonly journalSequence?: number;
}

export class BootWorld {
  readonly world: ClusterWorld;
  readonly random: Random;

  constructor(seed: number, stateOf?: (random: Random) => CoordinatorState) {
    const random = seededRandom(seed);
    this.random = random;
    this.world = new ClusterWorld(stateOf && (() => stateOf(random)));
  }

  /** In the real time of the test. */
  boot(file: BootFile, machine: Machine = {}): Promise<BootedStore> {
    const { world, random } = this;
    const { coordinator = world.coordinator, node = "n1", journalSequence = 0 } = machine;
    const { keys } = world;
    return bootStore({
      ...world.patience(),
      ...{ coordinator, keys, file, store: STORE, node, zone: "z", journalSequence },
      random: (bytes) => random.bytes(bytes),
    });
  }

  /** In the world's time. */
  start(file: BootFile, machine?: Machine): Promise<BootedStore> {
    return this.world.time.until(this.boot(file, machine));
  }

  async record(): Promise<StoreRecord | undefined> {
    const found = await this.world.coordinator.read(this.world.keys.store(STORE));
    return found?.value && decodeStoreRecord(found.value);
  }

  async change(change: Partial<StoreRecord>): Promise<void> {
    const record = await this.record();
    if (record === undefined) throw new Error("no record");
    const value = encodeStoreRecord({ ...record, ...change });
    await this.world.put(this.world.keys.store(STORE), value);
  }
}

export function memoryOf(file: MemoryBootFile): BootMemory {
  return decodeBootMemory(STORE, file.content);
}
