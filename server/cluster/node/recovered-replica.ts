/**
 * What a replica finds on disk at a start, from what the store has replayed: its log is what is
 * applied, and behind it what is pending.
 */
import { PARTITIONS } from "../../limits.ts";
import type { RecordStore } from "../../storage/record-store.ts";
import type { LogEntry } from "../core/messages.ts";
import { PartitionLog } from "../core/partition-log.ts";
import { Replica } from "../core/replica.ts";
import type { Recovered, ReplicaSurroundings } from "../core/replica-state.ts";
import type { LogRecord } from "../log-record.ts";
import type { EntryWindow } from "./entry-window.ts";

export interface RecoveredReplica {
  readonly recovered: Recovered;
  /** Not committed; their own stamps are not known any more, the partition's last one is. */
  readonly pending: readonly LogEntry<LogRecord>[];
}

export function recoveredFrom(store: RecordStore, partition: number): RecoveredReplica {
  const { promised, join, erasedJoin, index, epoch, stampMs } = store.partitions.at(partition);
  const log = new PartitionLog({ base: { epoch, index }, runs: [], lastIndex: index });
  const pending = store.pendingAfter(partition, index).map((payload) => {
    const at = log.append(payload.epoch);
    return { ...at, stampMs, payload };
  });
  const recovered = { promised, join, erasedJoin, log, commit: index, lastStampMs: stampMs };
  return { recovered, pending };
}

/** One of each partition; what is pending stands in the window. */
export function replicasFrom<S>(
  store: RecordStore,
  window: EntryWindow,
  surroundings: ReplicaSurroundings,
): readonly Replica<LogRecord, S>[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    const { recovered, pending } = recoveredFrom(store, partition);
    for (const each of pending) window.append(partition, each);
    return new Replica<LogRecord, S>(surroundings, recovered);
  });
}
