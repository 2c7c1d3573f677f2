/**
 * What an operator may do to a cluster under load: partitions change their leaders, all are moved,
 * nodes come and go. Nothing of it may be felt but as a short wait.
 */
import { expect } from "vitest";
import type { ClusterOperator } from "../../cluster/operator/cluster-operator.ts";
import { movesUnderWay, type StoreRow, storeRows } from "../../cluster/operator/cluster-summary.ts";
import { openOperator } from "../../cluster/operator/open-operator.ts";
import { PARTITIONS } from "../../limits.ts";
import { type ClusterFaults, type Scene, whileClaiming } from "./cluster-scene.ts";
import { sleep } from "./key-asker.ts";
import { CLUSTER_NAME, type TestCluster } from "./test-cluster.ts";
import type { TestNode } from "./test-node.ts";

/** Copies of all partitions are made. */
const SETTLED_WITHIN_MS = 240_000;
/** Of 256 partitions, three replicas each, on 5 nodes. */
const FEWEST_OF_A_JOINER = 128;

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

const places = (operator: ClusterOperator): readonly (readonly string[])[] =>
  Array.from({ length: PARTITIONS }, (_, partition) => {
    const record = operator.state.partitions.get(partition)?.record;
    const { leader = "", replicas = [] } = record ?? {};
    return [leader, ...replicas.map(({ store }) => store).filter((store) => store !== leader)];
  });

/** Each to where it is not, or not led, and all at once. */
async function moveAll(operator: ClusterOperator, to: (at: readonly string[]) => string) {
  await operator.refresh();
  const goals = places(operator).map(to);
  await Promise.all(goals.map((store, partition) => operator.move(partition, [store])));
  await settled(operator, "moved", () => true);
  const moved = places(operator).filter(([leader], partition) => leader === goals[partition]);
  expect(moved).toHaveLength(PARTITIONS);
}

export const MOVE_FAULTS = {
  "every partition gets another leader": async (scene) => {
    await using operator = operatorOf(scene.cluster);
    await whileClaiming(scene, () => moveAll(operator, ([, next = ""]) => next));
  },

  "every partition is moved to where it was not": (scene) =>
    visit(scene, 1, async (operator) => {
      const stores = storeRows(operator.state).filter(({ holds }) => holds > 0);
      await moveAll(
        operator,
        (at) => stores.find(({ store }) => !at.includes(store))?.store ?? "none",
      );
    }),

  "two nodes join, are drained and leave": (scene) => visit(scene, 2, () => Promise.resolve()),
} as const satisfies ClusterFaults;
