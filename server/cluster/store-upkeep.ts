/**
 * What a started store keeps true of its record in etcd: how far its journal has got, and that it
 * is DAMAGED when its disk lied.
 *
 * On the way it learns that its record is no longer its own: a copy of its disk was started, or an
 * operator gave it up. Then the process must end, whatever it leads.
 *
 * Must stay true: the high-water mark never goes beyond what is synced on this disk.
 */
import { ClaimdError } from "../errors.ts";
import type { ClusterKeys } from "./cluster-keys.ts";
import type { Coordinator } from "./coordinator.ts";
import type { Timers } from "./memory-coordinator.ts";
import { pause, RETRY_MS } from "./patience.ts";
import type { BootedStore } from "./store-boot.ts";
import { ADVICE, type BootFile, encodeBootMemory } from "./store-boot-file.ts";
import {
  damagedRecord,
  decodeStoreRecord,
  encodeStoreRecord,
  type StoreRecord,
} from "./store-record.ts";

export interface StoreUpkeepOptions {
  readonly coordinator: Coordinator;
  readonly keys: ClusterKeys;
  readonly file: BootFile;
  readonly booted: BootedStore;
  /** Of the last journal entry that is synced. */
  readonly durableSequence: () => number;
  readonly timers: Timers;
  /** The store is no longer this process's: STORE_IN_USE, STORE_DAMAGED or WRONG_CLUSTER. Once. */
  readonly onLost: (error: ClaimdError) => void;
  readonly raiseMs?: number;
}

/**
 * How much a disk can lose unnoticed is what it wrote since the last mark. Each mark is a write to
 * etcd, and makes a promotion of this store that is under way conflict and be tried again.
 */
export const RAISE_MS = 10_000;

interface Known {
  readonly record: StoreRecord;
  readonly revision: number;
}

export class StoreUpkeep implements AsyncDisposable {
  readonly #options: StoreUpkeepOptions;
  readonly #key: string;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  #lost = false;

  constructor(options: StoreUpkeepOptions) {
    this.#options = options;
    this.#key = options.keys.store(options.booted.store);
    this.#running = this.#run();
  }

  /** Tells etcd how far the journal is, as well as it goes. Never rejects. */
  async raise(): Promise<void> {
    const known = await this.#read().catch(() => undefined);
    if (known === undefined) return;
    const highWaterMark = this.#options.durableSequence();
    if (highWaterMark <= known.record.highWaterMark) return;
    await this.#write(known, { ...known.record, highWaterMark });
  }

  /**
   * This disk is never used again: written on it, and in etcd. Resolves when both have it, when the
   * record is another start's, or when this is closed. Rejects when the disk could not be told.
   */
  async markDamaged(damage: string): Promise<void> {
    const { file, booted, timers } = this.#options;
    const memory = { confirmed: booted.nonce, intents: [], damage };
    const noted = file.write(encodeBootMemory(booted.store, memory));
    // Perhaps the disk answers late or never: that must not keep etcd from hearing of it.
    noted.catch(() => undefined);
    const { signal } = this.#ending;
    for (;;) {
      const known = await this.#read().catch(() => undefined);
      if (this.#lost || signal.aborted) break;
      // Read once more, even if it was applied: DAMAGED is what has been seen in etcd.
      const written =
        known !== undefined && (await this.#write(known, damagedRecord(known.record, damage)));
      if (!written) await pause(timers, RETRY_MS, signal);
    }
    await noted;
  }

  /** After a last mark: a disk that is rolled back while the node is down is found out. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    await this.#running;
    if (!this.#lost) await this.raise();
  }

  async #run(): Promise<void> {
    const { timers, raiseMs = RAISE_MS } = this.#options;
    const { signal } = this.#ending;
    for (;;) {
      await pause(timers, raiseMs, signal);
      if (signal.aborted || this.#lost) return;
      await this.raise();
    }
  }

  /** Undefined: what was read is older than this start, or the store was lost. */
  async #read(): Promise<Known | undefined> {
    const { coordinator, booted } = this.#options;
    const found = await coordinator.read(this.#key);
    if (found?.value === undefined) {
      // Only if it is really gone: what was read may be from before this store was made.
      const gone = { key: this.#key, revision: 0, value: "guard" } as const;
      if ((await coordinator.transact([gone])) === "applied") {
        this.#lose("WRONG_CLUSTER", `etcd has no record of store ${booted.store} any more`);
      }
      return undefined;
    }
    if (found.revision < booted.revision) return undefined;
    const record = decodeStoreRecord(found.value);
    if (record.nonce !== booted.nonce) {
      const text =
        `store ${booted.store} was started again by node ${record.node}, with a copy of this ` +
        "data directory. Stop one of the two, and give it an empty directory";
      this.#lose("STORE_IN_USE", text);
      return undefined;
    }
    if (record.state === "DAMAGED") {
      this.#lose("STORE_DAMAGED", `store ${booted.store}: ${record.damage}. ${ADVICE}`);
      return undefined;
    }
    return { record, revision: found.revision };
  }

  /** True when it was applied. */
  async #write({ revision }: Known, record: StoreRecord): Promise<boolean> {
    const write = { key: this.#key, revision, value: encodeStoreRecord(record) };
    return (await this.#options.coordinator.transact([write])) === "applied";
  }

  #lose(code: "STORE_IN_USE" | "STORE_DAMAGED" | "WRONG_CLUSTER", text: string): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#options.onLost(new ClaimdError(code, text));
  }
}
