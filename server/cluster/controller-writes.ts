/**
 * A round's steps, as transactions: several partitions in one, several of these at once.
 *
 * Each partition of a transaction is guarded on its own revision, and each candidate's store too
 * (R4); one that does not hold stops all of them. So what conflicted is read again, and what is
 * still as it was is written one by one. What has an unknown outcome is left to the next round,
 * which finds out by what it reads, or writes on the same revision (R9).
 */
import type { ClusterKeys } from "./cluster-keys.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { Step } from "./controller-round.ts";
import type { Coordinator, GuardedWrite } from "./coordinator.ts";
import { encodePartitionRecord } from "./partition-record-format.ts";

export interface WritesOptions {
  readonly coordinator: Coordinator;
  readonly keys: ClusterKeys;
  readonly view: ClusterView;
  /** Nothing is begun any more. */
  readonly signal: AbortSignal;
}

/** With their guards a fourth of what etcd takes; few enough that a conflict costs little. */
const STEPS_OF_A_TRANSACTION = 16;
/** Waiting for etcd one by one, 256 partitions would take seconds. */
const TRANSACTIONS_AT_ONCE = 16;

/** Resolves with those that are known to be written. Never rejects. */
export async function writeSteps(
  options: WritesOptions,
  steps: readonly Step[],
): Promise<readonly Step[]> {
  const batches: (readonly Step[])[] = [];
  for (let at = 0; at < steps.length; at += STEPS_OF_A_TRANSACTION) {
    batches.push(steps.slice(at, at + STEPS_OF_A_TRANSACTION));
  }
  const written: Step[] = [];
  const worker = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      written.push(...(await writeBatch(options, batch)));
    }
  };
  await Promise.all(Array.from({ length: TRANSACTIONS_AT_ONCE }, worker));
  return written;
}

async function writeBatch(
  options: WritesOptions,
  batch: readonly Step[],
): Promise<readonly Step[]> {
  const { coordinator, view, signal } = options;
  const isCurrent = ({ partition, revision, guard }: Step): boolean =>
    view.partitions.get(partition)?.revision === revision &&
    (guard === undefined || view.stores.get(guard.store)?.revision === guard.revision);
  // Of others somebody else was faster.
  const steps = batch.filter(isCurrent);
  if (steps.length === 0 || signal.aborted) return [];
  const outcome = await coordinator.transact(writesOf(options.keys, steps));
  if (outcome === "applied") return steps;
  // The watch may have missed what stood in the way, or what has become of this.
  await view.refresh().catch(() => undefined);
  if (outcome === "unknown" || steps.length === 1) return [];
  const written: Step[] = [];
  for (const step of steps) written.push(...(await writeBatch(options, [step])));
  return written;
}

function writesOf(keys: ClusterKeys, steps: readonly Step[]): readonly GuardedWrite[] {
  const guards = new Map<string, GuardedWrite>();
  const writes = steps.map(({ partition, record, revision, guard }): GuardedWrite => {
    if (guard !== undefined) {
      const key = keys.store(guard.store);
      guards.set(key, { key, revision: guard.revision, value: "guard" });
    }
    return { key: keys.partition(partition), revision, value: encodePartitionRecord(record) };
  });
  return [...writes, ...guards.values()];
}
