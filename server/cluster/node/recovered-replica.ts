/**
 * What a replica finds on disk at a start, from what the store has replayed: its log is what is
 * applied, and behind it what is pending.
 */
import type { RecordStore } from "../../storage/record-store.ts";
import type { LogEntry } from "../core/messages.ts";
import { PartitionLog } from "../core/partition-log.ts";
import type { Recovered } from "../core/replica-state.ts";
import type { LogRecord } from "../log-record.ts";

export interface RecoveredReplica {
  readonly recovered: Recovered;
  /** Not committed; their own stamps are not known any more, the partition's last one is. */
  readonly pending: readonly LogEntry<LogRecord>[];
}

export function recoveredFrom(store: RecordStore, partition: number): RecoveredReplica {
  const { promised, join, erasedJoin, index, epoch, stampMs } = store.partitions.at(partition);
  const log = new PartitionLog({ base: { epoch, index }, runs: [], lastIndex: index });
  const pending = store.pendingOf(partition).map(({ entry }) => {
    const at = log.append(entry.epoch);
    return { ...at, stampMs, payload: payloadOf(entry) };
  });
  const recovered = { promised, join, erasedJoin, log, commit: index, lastStampMs: stampMs };
  return { recovered, pending };
}

/** As much of an entry as members send each other. */
export function payloadOf(entry: LogRecord): LogRecord {
  const { namespaceId, key, record, token } = entry;
  return { namespaceId, key, record, token };
}
