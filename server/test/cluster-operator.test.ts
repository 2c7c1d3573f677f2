/**
 * An operator's verbs on real processes: a node is drained while claims go on, holds something
 * again, and a partition is moved; nothing that was granted is granted twice.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import type { ClusterOperator } from "../cluster/operator/cluster-operator.ts";
import { movesUnderWay, type StoreRow, storeRows } from "../cluster/operator/cluster-summary.ts";
import { openOperator } from "../cluster/operator/open-operator.ts";
import type { Transport } from "./support/command.ts";
import { ETCD_SERVER } from "./support/etcd-cluster.ts";
import { newClaimId, newKey } from "./support/key-asker.ts";
import { putLoadNamespaces } from "./support/load-run.ts";
import { describeWith } from "./support/services.ts";
import { endCluster, TestCluster } from "./support/test-cluster.ts";
import type { TestNode } from "./support/test-node.ts";

/** A copy of every partition is made; some 15 s when nothing else runs. */
const STORES_SETTLE_MS = 180_000;
const GRANTED_WITHIN_MS = 40_000;
const PARTITION = 5;
afterAll(endCluster);

/** Claims one new key after the other until it is told to end; a claim must not wait for long. */
function claimOn(transport: Transport) {
  const granted: Buffer[] = [];
  const ending = new AbortController();
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const key = newKey("during");
      const on = { namespace: "long", key, claimId: newClaimId(), complete: true };
      const untilMs = performance.now() + GRANTED_WITHIN_MS;
      for (;;) {
        const answer = await transport.ask({ verb: "CLAIM", ...on });
        if (answer.kind === "claim") {
          expect(answer.status).toBe("GRANTED");
          break;
        }
        expect(performance.now(), JSON.stringify(answer)).toBeLessThan(untilMs);
        await sleep(20);
      }
      granted.push(key);
      await sleep(5);
    }
  };
  const running = run();
  // Told by `end`; the test may be elsewhere when it fails.
  running.catch(() => undefined);
  return {
    granted,
    end: async () => {
      ending.abort();
      await running;
    },
  };
}

async function eventually(
  operator: ClusterOperator,
  what: string,
  isSo: (rows: readonly StoreRow[]) => boolean,
): Promise<void> {
  const untilMs = performance.now() + STORES_SETTLE_MS;
  for (;;) {
    await operator.refresh();
    const rows = storeRows(operator.state);
    if (isSo(rows) && movesUnderWay(operator.state) === 0) return;
    expect(performance.now(), `${what}: ${JSON.stringify(rows)}`).toBeLessThan(untilMs);
    await sleep(250);
  }
}

describeWith("an operator of a real cluster", [ETCD_SERVER], () => {
  it("drains a node while claims go on, lets it back, and moves a partition", async () => {
    const cluster = await TestCluster.start();
    await putLoadNamespaces(cluster.nodes[0] as TestNode);
    await using operator = openOperator({
      etcd: { endpoints: cluster.etcd.endpoints },
      cluster: "test",
      signal: new AbortController().signal,
    });
    const transport = cluster.transport();
    const claims = claimOn(transport);
    const store = await operator.setDraining("node-3", true);
    const ofNode = (rows: readonly StoreRow[]) => rows.find((each) => each.node === "node-3");
    await eventually(operator, "drained", (rows) => ofNode(rows)?.holds === 0);
    const atDrained = claims.granted.length;
    expect(atDrained).toBeGreaterThan(0);
    await operator.setDraining("node-3", false);
    const isBack = (row: StoreRow | undefined): boolean => row?.inSync === 256 && row.leads > 60;
    await eventually(operator, "undrained", (rows) => isBack(ofNode(rows)));
    await claims.end();
    expect(claims.granted.length).toBeGreaterThan(atDrained);

    const from = operator.state.partitions.get(PARTITION)?.record;
    const to = from?.leader === store ? "node-1" : "node-3";
    const { goal: [target] = [] } = await operator.move(PARTITION, [to]);
    const leaderNow = () => operator.state.partitions.get(PARTITION)?.record;
    await eventually(operator, "moved", () => leaderNow()?.leader === target);
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
