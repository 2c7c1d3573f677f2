/**
 * What an operator may do to a cluster under load: partitions change their leaders, all are moved,
 * nodes come and go. Nothing of it may be felt but as a short wait.
 */
import { expect } from "vitest";
import type { ClusterOperator } from "../../cluster/operator/cluster-operator.ts";
import {
  movesUnderWay,
  partitionRows,
  type StoreRow,
  storeRows,
} from "../../cluster/operator/cluster-summary.ts";
import { openOperator } from "../../cluster/operator/open-operator.ts";
import type { PartitionRecord } from "../../cluster/partition-record.ts";
import { PARTITIONS } from "../../limits.ts";
import { type ClusterFaults, type Scene, whileClaiming } from "./cluster-scene.ts";
import { sleep } from "./key-asker.ts";
import { CLUSTER_NAME, type TestCluster } from "./test-cluster.ts";
import type { TestNode } from "./test-node.ts";

/** Copies of all partitions are made. */
const SETTLED_WITHIN_MS = 240_000;
/** Of 256 partitions, three replicas each, on 5 nodes. */
const FEWEST_OF_A_JOINER = 128;

/** Where too much would be in one place, the planner takes a goal back before it is reached. */
const FEWEST_MOVED = 0.9 * PARTITIONS;

/** Nothing is on its way any more, and the stores look so. */
export async function settled(
  operator: ClusterOperator,
  what: string,
  isSo: (rows: readonly StoreRow[]) => boolean,
): Promise<void> {
  const untilMs = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    await operator.refresh();
    const rows = storeRows(operator.state);
    if (isSo(rows) && movesUnderWay(operator.state) === 0) return;
    expect(performance.now(), `${what}: ${JSON.stringify(rows)}`).toBeLessThan(untilMs);
    await sleep(250);
  }
}

export function operatorOf({ etcd }: TestCluster): ClusterOperator {
  return openOperator({
    etcd: { endpoints: etcd.endpoints },
    cluster: CLUSTER_NAME,
    signal: new AbortController().signal,
  });
}

/** They hold something; then they are emptied, and stop; nothing is placed on them any more. */
async function visit(
  scene: Scene,
  visitors: number,
  meanwhile: (operator: ClusterOperator) => Promise<void>,
): Promise<void> {
  const { cluster } = scene;
  await using operator = operatorOf(cluster);
  await whileClaiming(scene, async ({ granted }) => {
    const joined: TestNode[] = [];
    for (let n = 0; n < visitors; n++) joined.push(await cluster.join());
    const names = joined.map(({ options }) => options.env?.["CLAIMD_NODE_ID"] ?? "");
    const theirs = (rows: readonly StoreRow[]) => rows.filter(({ node }) => names.includes(node));
    await settled(
      operator,
      "joined",
      (rows) =>
        theirs(rows).filter(({ holds, leads }) => holds >= FEWEST_OF_A_JOINER && leads > 0)
          .length === visitors,
    );
    await meanwhile(operator);
    for (const name of names) await operator.setDraining(name, true);
    await settled(operator, "drained", (rows) => theirs(rows).every(({ holds }) => holds === 0));
    const atDrained = granted.length;
    for (const node of joined) {
      expect(await node.stop()).toEqual({ code: 0, signal: null });
      cluster.remove(node);
    }
    await cluster.served();
    await operator.refresh();
    expect(theirs(storeRows(operator.state)).map(({ holds, leads }) => ({ holds, leads }))).toEqual(
      names.map(() => ({ holds: 0, leads: 0 })),
    );
    expect(atDrained).toBeGreaterThan(0);
  });
}

/** All at once, to the store that `to` names of each. */
async function moveAll(
  operator: ClusterOperator,
  to: (record: PartitionRecord) => string | undefined,
): Promise<void> {
  await operator.refresh();
  const before = partitionRows(operator.state);
  await Promise.all(before.map((row) => operator.move(row.partition, [to(row) ?? "nobody"])));
  await settled(operator, "moved", () => true);
  const after = partitionRows(operator.state);
  expect(after).toHaveLength(PARTITIONS);
  const moved = after.filter(({ epoch }, at) => epoch > (before[at]?.epoch ?? 0));
  expect(moved.length).toBeGreaterThan(FEWEST_MOVED);
}

/** From each store to another one: then nobody leads too much. */
function nextInSync({ leader, inSync }: PartitionRecord): string | undefined {
  const stores = inSync.map(({ store }) => store).sort();
  return stores[(stores.indexOf(leader) + 1) % stores.length];
}

export const MOVE_FAULTS = {
  "every partition gets another leader": async (scene) => {
    await using operator = operatorOf(scene.cluster);
    await whileClaiming(scene, () => moveAll(operator, nextInSync));
  },

  "every partition is moved to where it was not": (scene) =>
    visit(scene, 1, async (operator) => {
      const stores = storeRows(operator.state).filter(({ address }) => address !== undefined);
      await moveAll(
        operator,
        ({ replicas }) =>
          stores.find(({ store }) => !replicas.some((each) => each.store === store))?.store,
      );
    }),

  "two nodes join, are drained and leave": (scene) => visit(scene, 2, () => Promise.resolve()),
} as const satisfies ClusterFaults;
