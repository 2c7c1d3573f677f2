/**
 * Three nodes, three replicas, real processes: a node is killed, and the others grant again by
 * themselves; what was granted before stays so.
 */
import { afterAll, expect, it } from "vitest";
import { ETCD_SERVER } from "./support/etcd-cluster.ts";
import { newClaimId, newKey, sleep } from "./support/key-asker.ts";
import { putLoadNamespaces } from "./support/load-run.ts";
import { describeWith } from "./support/services.ts";
import { endCluster, TestCluster } from "./support/test-cluster.ts";
import type { TestNode } from "./support/test-node.ts";

/** The lease of these nodes, the promotions, and time for a busy machine. */
const GRANTS_AGAIN_MS = 60_000;
const KEYS = 64;
afterAll(endCluster);

describeWith("a cluster of three", [ETCD_SERVER], () => {
  it("grants again after a node was killed, and answers duplicates as before", async () => {
    const cluster = await TestCluster.start();
    const [first] = cluster.nodes as [TestNode];
    await putLoadNamespaces(first);
    const transport = cluster.transport();
    const before = Array.from({ length: KEYS }, () => newKey("before"));
    let sinceMs = performance.now();
    const claim = async (key: Buffer, complete = false): Promise<string> => {
      const on = { namespace: "long", key, claimId: newClaimId(), complete };
      for (;;) {
        const answer = await transport.ask({ verb: "CLAIM", ...on });
        if (answer.kind === "claim") return answer.status;
        expect(performance.now() - sinceMs).toBeLessThan(GRANTS_AGAIN_MS);
        await sleep(50);
      }
    };
    for (const key of before) expect(await claim(key, true)).toBe("GRANTED");
    await first.server.kill("SIGKILL");
    sinceMs = performance.now();
    for (let n = 0; n < KEYS; n++) expect(await claim(newKey())).toBe("GRANTED");
    for (const key of before) expect(await claim(key)).toBe("COMPLETED");
    transport.close();
    for (const { server } of cluster.nodes) {
      expect(server.stderr).not.toMatch(/unhandled|uncaught|invariant/i);
    }
  }, 240_000);
});
