/**
 * What happens to a cluster on purpose or by chance, each from its begin until the cluster is whole
 * again: every partition served, with as many replicas in sync as it is to have.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type ClusterOperator,
  movesUnderWay,
  type PartitionRow,
  partitionRows,
} from "@claimd/server";
import {
  AWAY_SECONDS,
  type ClusterEventName,
  FROZEN_SECONDS,
  MOVED_AT_ONCE,
} from "../support/availability-report.ts";
import type { ClaimdProcess } from "../support/claimd-process.ts";
import type { RunningCluster } from "../support/claimd-cluster.ts";

export interface ClusterScene {
  readonly cluster: RunningCluster;
  readonly operator: ClusterOperator;
}

interface ClusterEvent {
  /** Of the load in which it happens: longer than the event. */
  readonly seconds: number;
  readonly happen: (scene: ClusterScene) => Promise<void>;
}

const MOVED_WITHIN_MS = 60_000;
const LOOK_MS = 50;

/** But hand-overs, which are of one partition each. */
export const CLUSTER_EVENTS: Readonly<
  Record<Exclude<ClusterEventName, "hand-over">, ClusterEvent>
> = {
  moves: {
    seconds: 20,
    happen: ({ operator }) => changeLeaders(operator, [...Array(MOVED_AT_ONCE).keys()]),
  },
  restart: {
    seconds: 100,
    happen: async ({ cluster }) => {
      for (const at of cluster.nodes.keys()) {
        await nodeOf(cluster, at).stop();
        await cluster.startAgain(at);
        await cluster.whole();
      }
    },
  },
  kill: {
    seconds: 60,
    happen: async ({ cluster }) => {
      await nodeOf(cluster, 1).kill();
      await sleep(AWAY_SECONDS * 1000);
      await cluster.startAgain(1);
      await cluster.whole();
    },
  },
  freeze: {
    seconds: 60,
    happen: async ({ cluster }) => {
      const { pid } = nodeOf(cluster, 2);
      process.kill(pid, "SIGSTOP");
      await sleep(FROZEN_SECONDS * 1000);
      process.kill(pid, "SIGCONT");
      await cluster.whole();
    },
  },
};

/** Each is led by another of its replicas when this resolves. */
export async function changeLeaders(
  operator: ClusterOperator,
  partitions: readonly number[],
): Promise<void> {
  await operator.refresh();
  const rows = partitionRows(operator.state).filter((row) => partitions.includes(row.partition));
  await Promise.all(rows.map((row) => operator.move(row.partition, [nextLeader(row)])));
  await moved(operator);
}

async function moved(operator: ClusterOperator): Promise<void> {
  const untilMs = performance.now() + MOVED_WITHIN_MS;
  do {
    if (performance.now() > untilMs) throw new Error("moves did not end within a minute");
    await sleep(LOOK_MS);
    await operator.refresh();
  } while (movesUnderWay(operator.state) > 0);
}

/** From each store to another one, so that nobody leads too much. */
function nextLeader({ partition, leader, inSync }: PartitionRow): string {
  const stores = inSync.map(({ store }) => store).sort();
  const next = stores[(stores.indexOf(leader) + 1) % stores.length];
  if (next === undefined) throw new Error(`partition ${partition} has no replica in sync`);
  return next;
}

function nodeOf({ nodes }: RunningCluster, at: number): ClaimdProcess {
  const node = nodes[at];
  if (node === undefined) throw new Error(`there is no node ${at}`);
  return node;
}
