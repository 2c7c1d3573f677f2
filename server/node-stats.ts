/** What a node says of itself, gathered from its parts when somebody asks. */

import type { NodeClock } from "./clock.ts";
import type { ClusterNode } from "./cluster/node/cluster-node.ts";
import type { Config } from "./config.ts";
import type { Namespaces } from "./shard/namespaces.ts";
import type { Operator } from "./shard/operator.ts";
import type { Shard } from "./shard/shard.ts";
import type { DiskSpace } from "./storage/disk-space.ts";
import type { Journal } from "./storage/journal.ts";
import type { RecordStore } from "./storage/record-store.ts";
import type { NodeStats } from "./stats.ts";
import { VERSION } from "./version.ts";

export interface StatsSources {
  readonly config: Config;
  readonly clock: NodeClock;
  readonly journal: Journal;
  readonly store: RecordStore;
  readonly disk: DiskSpace;
  readonly shard: Shard;
  readonly namespaces: Namespaces;
  readonly operator: Operator;
  readonly startedAtMs: number;
  readonly cluster: Pick<ClusterNode, "stats"> | undefined;
}

const NOTHING_UNSETTLED = { leases: 0, held: 0, exhausted: 0, oldestLeaseMs: 0 };

export function nodeStats(sources: StatsSources): NodeStats {
  const { config, clock, journal, store, disk, shard, namespaces, operator } = sources;
  const unsettled = operator.unsettled();
  const { appliedSequence, overlayRecords, generations, drops, levelZeroFiles, rebuilding } =
    store.stats;
  return {
    nodeId: config.nodeId,
    version: VERSION,
    uptimeMs: clock.nowMs() - sources.startedAtMs,
    namespaces: namespaces.list().map(({ id, name }) => ({
      name,
      ...store.counts(id),
      unsettled: unsettled && (unsettled.get(id) ?? NOTHING_UNSETTLED),
    })),
    storage: {
      journalSequence: journal.lastSequence,
      appliedSequence,
      journalBytes: journal.retainedBytes,
      overlayRecords,
      generations,
      generationsDropped: drops.targets,
      generationsDropping: drops.waiting,
      rebuilding,
      diskFreeBytes: disk.freeBytes,
      grantsRefused: disk.low || store.pressure === "refuse",
      levelFiles: [levelZeroFiles],
    },
    clock: { offsetMs: clock.offsetMs, alarm: clock.alarm },
    waitingCommands: shard.waiting,
    parkedClaims: shard.parked.count,
    cluster: sources.cluster?.stats(),
  };
}
