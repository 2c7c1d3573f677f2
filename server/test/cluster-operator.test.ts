/**
 * An operator's verbs on real processes: a node is drained while claims go on, holds something
 * again, and a partition is moved; nothing that was granted is granted twice.
 */
import { afterAll, expect, it } from "vitest";
import type { StoreRow } from "../cluster/operator/cluster-summary.ts";
import { claimOn } from "./support/claiming.ts";
import { operatorOf, settled } from "./support/cluster-move-faults.ts";
import { ETCD_SERVER } from "./support/etcd-cluster.ts";
import { History } from "./support/history.ts";
import { newClaimId } from "./support/key-asker.ts";
import { putLoadNamespaces } from "./support/load-run.ts";
import { describeWith } from "./support/services.ts";
import { endCluster, TestCluster } from "./support/test-cluster.ts";
import type { TestNode } from "./support/test-node.ts";

const PARTITION = 5;
afterAll(endCluster);

describeWith("an operator of a real cluster", [ETCD_SERVER], () => {
  it("drains a node while claims go on, lets it back, and moves a partition", async () => {
    const cluster = await TestCluster.start();
    await putLoadNamespaces(cluster.nodes[0] as TestNode);
    await using operator = operatorOf(cluster);
    const transport = cluster.transport();
    const claims = claimOn(transport, new History());
    const store = await operator.setDraining("node-3", true);
    const ofNode = (rows: readonly StoreRow[]) => rows.find((each) => each.node === "node-3");
    await settled(operator, "drained", (rows) => ofNode(rows)?.holds === 0);
    const atDrained = claims.granted.length;
    expect(atDrained).toBeGreaterThan(0);
    await operator.setDraining("node-3", false);
    const isBack = (row: StoreRow | undefined): boolean => row?.inSync === 256 && row.leads > 60;
    await settled(operator, "undrained", (rows) => isBack(ofNode(rows)));
    await claims.end();
    expect(claims.granted.length).toBeGreaterThan(atDrained);

    const from = operator.state.partitions.get(PARTITION)?.record;
    const to = from?.leader === store ? "node-1" : "node-3";
    const { goal: [target] = [] } = await operator.move(PARTITION, [to]);
    const leaderNow = () => operator.state.partitions.get(PARTITION)?.record;
    await settled(operator, "moved", () => leaderNow()?.leader === target);
    expect(leaderNow()).toMatchObject({ goal: undefined, epoch: (from?.epoch ?? 0) + 1 });
    for (const key of claims.granted) {
      const on = { namespace: "long", key, claimId: newClaimId(), complete: true };
      expect(await transport.ask({ verb: "CLAIM", ...on })).toMatchObject({ status: "COMPLETED" });
    }
    transport.close();
    for (const { server } of cluster.nodes) {
      expect(server.stderr).not.toMatch(/unhandled|uncaught|invariant/i);
    }
  }, 480_000);
});
