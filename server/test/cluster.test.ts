/**
 * Three nodes, three replicas, real processes, under load: nodes are killed and stopped, and no key
 * has two winners, nothing that was answered is lost, and grants flow again by themselves.
 */
import { afterAll, expect, it } from "vitest";
import { ETCD_SERVER } from "./support/etcd-cluster.ts";
import { History } from "./support/history.ts";
import { askFor, newClaimId, newKey, sleep } from "./support/key-asker.ts";
import { Load } from "./support/load.ts";
import { putLoadNamespaces } from "./support/load-run.ts";
import { rounds, seededRandom, testSeed } from "./support/seed.ts";
import { describeWith } from "./support/services.ts";
import { clusterProblems, endCluster, TestCluster } from "./support/test-cluster.ts";
import type { TestNode } from "./support/test-node.ts";

const ROUNDS = rounds("CLAIMD_CLUSTER_ROUNDS", 3);
const CALLERS = 24;
/** The lease of these nodes, the election, and time for a busy machine. */
const GRANTS_AGAIN_MS = 30_000;
const PAUSE_MS = 6000;
const seed = testSeed();
afterAll(endCluster);

describeWith("a cluster of three", [ETCD_SERVER], () => {
  it(
    `grants nothing twice and loses nothing while nodes die, in ${ROUNDS} rounds (seed ${seed})`,
    async () => {
      const random = seededRandom(seed);
      const history = new History();
      const load = new Load({ random, history });
      const cluster = await TestCluster.start();
      await putLoadNamespaces(cluster.nodes[0] as TestNode);
      const transports = Array.from({ length: 4 }, () => cluster.transport());
      load.start(transports, CALLERS);
      for (let round = 0; round < ROUNDS; round++) {
        await load.answers(200);
        const node = random.pick(cluster.nodes);
        if (random.chance(0.6)) {
          await node.server.kill("SIGKILL");
          // While it is away: the others serve all.
          await load.answers(100);
          await node.restart();
        } else {
          node.server.signal("SIGSTOP");
          await sleep(PAUSE_MS);
          node.server.signal("SIGCONT");
        }
        await load.answers(200);
      }
      await load.stop();
      for (const transport of transports) transport.close();
      expect(clusterProblems(history)).toEqual([]);
      const granted = load.granted.length;
      expect(granted).toBeGreaterThan(100);
      for (const { server } of cluster.nodes) {
        expect(server.stderr).not.toMatch(/unhandled|uncaught|invariant/i);
      }
    },
    120_000 + ROUNDS * 60_000,
  );

  it("grants again soon after a leader was killed, and answers duplicates as before", async () => {
    const cluster = await TestCluster.start();
    await putLoadNamespaces(cluster.nodes[0] as TestNode);
    const transport = cluster.transport();
    const before = Array.from({ length: 64 }, () => newKey("before"));
    for (const key of before) {
      await askFor(transport, {
        ...{ verb: "CLAIM", namespace: "long", key, claimId: newClaimId(), complete: true },
      });
    }
    const [first] = cluster.nodes as [TestNode];
    await first.server.kill("SIGKILL");
    const killedAtMs = performance.now();
    for (let n = 0; n < 64; n++) {
      for (;;) {
        const command = { verb: "CLAIM", namespace: "long", key: newKey(), claimId: newClaimId() };
        const answer = await transport.ask({ ...command, verb: "CLAIM" });
        if (answer.kind === "claim") break;
        expect(performance.now() - killedAtMs).toBeLessThan(GRANTS_AGAIN_MS);
        await sleep(50);
      }
    }
    for (const key of before) {
      const again = await askFor(transport, {
        ...{ verb: "CLAIM", namespace: "long", key, claimId: newClaimId() },
      });
      expect(again.status).toBe("COMPLETED");
    }
    transport.close();
  }, 180_000);
});
