/**
 * Records with revisions, stores that come and go, leaders that do what leaders do, and controllers
 * that look now and act later. Everything is guarded as etcd would.
 */
import { expect } from "vitest";
import type { ClusterState, Revised } from "../cluster-view.ts";
import type { Step } from "../controller-round.ts";
import type { NodeRecord } from "../node-record.ts";
import type { PartitionRecord } from "../partition-record.ts";
import { recordProblem } from "../partition-record-rules.ts";
import type { StoreRecord } from "../store-record.ts";
import { storeRecord } from "./cluster-world.ts";
import { leaderChanges } from "./record-leaders.ts";

export class RoundModel {
  #revision = 0;
  readonly #partitions = new Map<number, Revised<PartitionRecord>>();
  readonly #stores = new Map<string, Revised<StoreRecord>>();
  readonly #nodes = new Map<string, Revised<NodeRecord>>();
  readonly #seen = new Map<number, ClusterState>();

  /** One store for each letter, all alive. */
  constructor(stores: string, records: readonly PartitionRecord[]) {
    for (const [partition, record] of records.entries()) {
      this.#partitions.set(partition, this.#revised(record));
    }
    for (const store of stores) {
      this.#stores.set(store, this.#revised(storeRecord(store)));
      this.#nodes.set(store, this.#revised(nodeRecord(store, 1)));
    }
  }

  view(): ClusterState {
    return {
      partitions: new Map(this.#partitions),
      stores: new Map(this.#stores),
      nodes: new Map(this.#nodes),
    };
  }

  /** A controller looks: what it sees is what it goes by until it looks again. */
  look(controller: number): void {
    this.#seen.set(controller, this.view());
  }

  seen(controller: number): ClusterState {
    return this.#seen.get(controller) ?? this.view();
  }

  record(partition: number): PartitionRecord {
    const found = this.#partitions.get(partition);
    if (found === undefined) throw new Error(`no partition ${partition}`);
    return found.record;
  }

  records(): readonly PartitionRecord[] {
    return [...this.#partitions.keys()].map((partition) => this.record(partition));
  }

  /** False: conflict. */
  apply({ partition, record, revision, guard }: Step): boolean {
    if (this.#partitions.get(partition)?.revision !== revision) return false;
    if (guard !== undefined && this.#stores.get(guard.store)?.revision !== guard.revision) {
      return false;
    }
    this.#partitions.set(partition, this.#revised(record));
    return true;
  }

  /** An operator's word. */
  change(partition: number, change: Partial<PartitionRecord>): void {
    const old = this.record(partition);
    const next = { ...old, ...change, nonce: `operator-${this.#revision}` };
    expect(recordProblem(old, next, { type: "planner" }, { minInSync: 1 })).toBeUndefined();
    this.#partitions.set(partition, this.#revised(next));
  }

  /** Its leader does one of the things it can do; false: there is none. */
  lead(partition: number, pick: number, minInSync: number): boolean {
    const nonce = `leader-${this.#revision}`;
    const living = (store: string) => this.#nodes.get(store)?.record.boot;
    const changes = leaderChanges(this.record(partition), living, minInSync, nonce);
    const next = changes[pick % Math.max(1, changes.length)];
    if (next === undefined) return false;
    this.#partitions.set(partition, this.#revised(next));
    return true;
  }

  kill(store: string): void {
    this.#nodes.delete(store);
  }

  /** Unless it lives: then under its next boot. */
  revive(store: string): void {
    const known = this.#stores.get(store);
    if (known === undefined || this.#nodes.has(store)) return;
    const boot = known.record.boot + 1;
    this.#stores.set(store, this.#revised({ ...known.record, boot }));
    this.#nodes.set(store, this.#revised(nodeRecord(store, boot)));
  }

  #revised<T>(record: T): Revised<T> {
    this.#revision += 1;
    return { record, revision: this.#revision };
  }
}

function nodeRecord(store: string, boot: number): NodeRecord {
  return { store, boot, zone: store, address: "", peerAddress: "", build: "" };
}
