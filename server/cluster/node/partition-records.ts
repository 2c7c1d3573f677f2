/**
 * The records of the partitions as this node's replicas use them: read from the coordinator, and
 * changed there by guarded transactions.
 *
 * Never writes what the rules of a record forbid. What became of a transaction is learnt by reading
 * (R9): every outcome is followed by a read.
 */
import { assert } from "../../errors.ts";
import type { ClusterKeys } from "../cluster-keys.ts";
import type { ClusterView } from "../cluster-view.ts";
import type { Coordinator, GuardedWrite } from "../coordinator.ts";
import type { Effect } from "../core/effects.ts";
import type { LogRecord } from "../log-record.ts";
import type { Incarnation } from "../partition-record.ts";
import { encodePartitionRecord } from "../partition-record-format.ts";
import { type Actor, recordProblem } from "../partition-record-rules.ts";

type Transaction = Extract<Effect<LogRecord, unknown>, { type: "transact" }>;

export interface PartitionRecordsParts {
  readonly coordinator: Coordinator;
  readonly keys: ClusterKeys;
  readonly view: ClusterView;
  readonly self: Incarnation;
  readonly minInSync: number;
}

/** A node that comes or goes changes hundreds of records: claims need the processors, too. */
const MOST_AT_ONCE = 16;

export class PartitionRecords {
  readonly #parts: PartitionRecordsParts;
  readonly #reading = new Set<number>();
  /** By partition, in the order of asking; only what was asked for last is of use. */
  readonly #waiting = new Map<number, Transaction>();
  #underWay = 0;

  constructor(parts: PartitionRecordsParts) {
    this.#parts = parts;
  }

  /** One read at a time; what it finds is told by the view. */
  read(partition: number): void {
    if (this.#reading.has(partition)) return;
    this.#reading.add(partition);
    const { coordinator, keys, view } = this.#parts;
    coordinator
      .read(keys.partition(partition))
      .then(
        (found) => {
          if (found !== undefined) view.tell(found);
        },
        // Away: whoever needs it asks again.
        () => undefined,
      )
      .finally(() => {
        this.#reading.delete(partition);
      });
  }

  /** Soon: not too many at once. */
  transact(partition: number, transaction: Transaction): void {
    this.#waiting.set(partition, transaction);
    this.#next();
  }

  #next(): void {
    for (const [partition, transaction] of this.#waiting) {
      if (this.#underWay === MOST_AT_ONCE) return;
      this.#waiting.delete(partition);
      const writes = this.#writesOf(partition, transaction);
      if (writes !== undefined) void this.#send(partition, writes);
    }
  }

  async #send(partition: number, writes: readonly GuardedWrite[]): Promise<void> {
    this.#underWay += 1;
    await this.#parts.coordinator.transact(writes);
    this.#underWay -= 1;
    this.read(partition);
    this.#next();
  }

  /** Undefined: what it rests on is over. */
  #writesOf(partition: number, { revision, record, candidate }: Transaction) {
    const { keys, view, self, minInSync } = this.#parts;
    const known = view.partitions.get(partition);
    if (known?.revision !== revision) {
      this.read(partition);
      return undefined;
    }
    const by: Actor =
      candidate === undefined
        ? { type: "leader", incarnation: self, epoch: known.record.epoch }
        : { type: "promoter" };
    const problem = recordProblem(known.record, record, by, { minInSync });
    assert(problem === undefined, `partition ${partition}: ${problem}`);
    const key = keys.partition(partition);
    const writes: GuardedWrite[] = [{ key, revision, value: encodePartitionRecord(record) }];
    if (candidate !== undefined) {
      const store = view.stores.get(candidate.store);
      const isThere = store?.record.state === "ACTIVE" && store.record.boot === candidate.boot;
      if (!isThere) return undefined;
      const guard = keys.store(candidate.store);
      writes.push({ key: guard, revision: store.revision, value: "guard" });
    }
    return writes;
  }
}
