/**
 * What an operator asks of a cluster: what there is, and verbs that say where data is to live. Each
 * writes one record in etcd; nodes and their controllers carry it out.
 *
 *     drain, undrain     a store is to hold nothing any more, or may again
 *     move, cancel       a partition's goal, or none
 *     freeze, unfreeze   a partition stays as it is, or may be moved again
 *
 * Never waits until it is carried out: `state` tells. All verbs may be sent again.
 */
import { ClaimdError } from "../../errors.ts";
import { PARTITIONS } from "../../limits.ts";
import type { ClusterKeys } from "../cluster-keys.ts";
import { type ClusterMeta, decodeMeta } from "../cluster-meta.ts";
import { type ClusterState, ClusterView } from "../cluster-view.ts";
import { cancelled } from "../controller-goal.ts";
import type { Coordinator } from "../coordinator.ts";
import type { PartitionRecord } from "../partition-record.ts";
import { decodePartitionRecord, encodePartitionRecord } from "../partition-record-format.ts";
import { recordProblem } from "../partition-record-rules.ts";
import { type Patience, patiently, pauseOrCancel } from "../patience.ts";
import { setDraining } from "../store-draining.ts";
import { moveGoal, storesThatTake } from "./move-goal.ts";
import { storeNamed } from "./store-names.ts";

export interface ClusterOperatorOptions extends Patience {
  readonly coordinator: Coordinator;
  readonly keys: ClusterKeys;
  /** Of this writer, never the same twice. */
  readonly nonce: () => string;
}

type Change = (record: PartitionRecord, state: ClusterState) => PartitionRecord | undefined;

export class ClusterOperator implements AsyncDisposable {
  readonly #options: ClusterOperatorOptions;
  readonly #view: ClusterView;
  readonly #damaged = new Map<string, string>();

  /** It closes the coordinator with itself. */
  constructor(options: ClusterOperatorOptions) {
    this.#options = options;
    const { coordinator, keys, timers } = options;
    this.#view = new ClusterView({
      ...{ coordinator, keys, timers },
      onChange: () => undefined,
      onDamage: (key, error) => {
        this.#damaged.set(key, error instanceof Error ? error.message : String(error));
      },
    });
  }

  /** As of about now; what was read last, once `refresh` has resolved. */
  get state(): ClusterState {
    return this.#view;
  }

  /** Records that can't be read, by key, with what is wrong with each. */
  get damaged(): ReadonlyMap<string, string> {
    return this.#damaged;
  }

  /** Rejects with COORDINATOR_UNAVAILABLE. */
  refresh(): Promise<void> {
    return this.#view.refresh();
  }

  /** Undefined: no node has founded it yet. Rejects with WRONG_CLUSTER. */
  async meta(): Promise<ClusterMeta | undefined> {
    const { coordinator, keys } = this.#options;
    const found = await patiently(this.#options, () => coordinator.read(keys.meta));
    return found?.value === undefined ? undefined : decodeMeta(keys.meta, found.value);
  }

  /**
   * `name`: a node, a store, or how a store begins. Resolves with the store. Rejects with
   * UNSAFE_REQUEST when too few others are there to take what it holds.
   */
  async setDraining(name: string, draining: boolean): Promise<string> {
    const { minInSync } = await this.#founded();
    await this.refresh();
    const store = storeNamed(this.state, name);
    const others = storesThatTake(this.state).filter((each) => each !== store).length;
    if (draining && others < minInSync) {
      throw new ClaimdError(
        "UNSAFE_REQUEST",
        `store: without ${store} there are ${others} that live and may hold partitions, ` +
          `at least minInSync ${minInSync} are needed: it could never be emptied`,
      );
    }
    await setDraining(this.#options, store, draining);
    return store;
  }

  /** To the stores that are named, the first as its leader. Resolves with the record as it is. */
  async move(partition: number, names: readonly string[]): Promise<PartitionRecord> {
    const meta = await this.#founded();
    return await this.#change(partition, (record, state) => {
      if (record.frozen) {
        throw new ClaimdError("UNSAFE_REQUEST", `partition ${partition} is frozen: unfreeze it`);
      }
      const named = names.map((name) => storeNamed(state, name));
      const goal = moveGoal(record, named, state, meta);
      return isSame(record.goal, goal) ? undefined : { ...record, goal, nonce: this.#nonce() };
    });
  }

  /** It stays where it is; whoever was to take it and has not yet, leaves. */
  async cancel(partition: number): Promise<PartitionRecord> {
    await this.#founded();
    return await this.#change(partition, (record) =>
      record.goal === undefined ? undefined : cancelled(record, this.#nonce()),
    );
  }

  async setFrozen(partition: number, frozen: boolean): Promise<PartitionRecord> {
    await this.#founded();
    return await this.#change(partition, (record) =>
      record.frozen === frozen ? undefined : { ...record, frozen, nonce: this.#nonce() },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#view[Symbol.dispose]();
    await this.#options.coordinator[Symbol.asyncDispose]();
  }

  #nonce(): string {
    return this.#options.nonce();
  }

  async #founded(): Promise<ClusterMeta> {
    const meta = await this.meta();
    if (meta !== undefined) return meta;
    const { keys } = this.#options;
    throw new ClaimdError("INVALID_ARGUMENT", `cluster: etcd has no ${keys.meta}: no such cluster`);
  }

  /** `change`: undefined = it is so already. Guarded on what was read, and read again (R1, R9). */
  async #change(partition: number, change: Change): Promise<PartitionRecord> {
    const { coordinator, keys } = this.#options;
    if (!Number.isInteger(partition) || partition < 0 || partition >= PARTITIONS) {
      const most = PARTITIONS - 1;
      throw new ClaimdError(
        "INVALID_ARGUMENT",
        `partition: ${partition}, must be a whole number from 0 to ${most}`,
      );
    }
    const key = keys.partition(partition);
    for (;;) {
      await patiently(this.#options, () => this.refresh());
      const found = await patiently(this.#options, () => coordinator.read(key));
      if (found?.value === undefined) {
        throw new ClaimdError("INVALID_ARGUMENT", `partition: etcd has no ${key} yet`);
      }
      const record = decodePartitionRecord(found.value);
      const next = change(record, this.state);
      if (next === undefined) return record;
      const problem = recordProblem(record, next, { type: "planner" }, { minInSync: 1 });
      if (problem !== undefined) throw new ClaimdError("UNSAFE_REQUEST", problem);
      const value = encodePartitionRecord(next);
      const { revision } = found;
      if ((await coordinator.transact([{ key, revision, value }])) === "applied") return next;
      await pauseOrCancel(this.#options);
    }
  }
}

function isSame(one: readonly string[] | undefined, other: readonly string[]): boolean {
  return one?.length === other.length && one.every((store, at) => store === other[at]);
}
