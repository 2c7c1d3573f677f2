/** The client with its default options when a node of a real cluster dies: leases as in earnest. */
import { afterAll, expect, it } from "vitest";
import { createClient } from "@claimd/client";
import { ETCD_SERVER } from "../../server/test/support/etcd-cluster.ts";
import { describeWith } from "../../server/test/support/services.ts";
import { endCluster, TestCluster } from "../../server/test/support/test-cluster.ts";

const KEYS = 64;
const DEFAULT_LEASE_MS = "10000";
afterAll(endCluster);

describeWith("a claim with the default timeout", [ETCD_SERVER], () => {
  it("outlives the node that leads its key", async () => {
    const cluster = await TestCluster.start({ env: { CLAIMD_NODE_LEASE_MS: DEFAULT_LEASE_MS } });
    const address = cluster.nodes.map(({ server }) => server.grpc);
    await using client = createClient({ address, namespace: "fail-over" });
    const before = Array.from({ length: KEYS }, (_, at) => `before-${at}`);
    for (const { first } of await Promise.all(before.map((key) => client.checkAndSet(key)))) {
      expect(first).toBe(true);
    }
    await cluster.nodes[0]?.server.kill("SIGKILL");
    const after = Array.from({ length: KEYS }, (_, at) => `after-${at}`);
    for (const { first } of await Promise.all(after.map((key) => client.checkAndSet(key)))) {
      expect(first).toBe(true);
    }
    for (const { first } of await Promise.all(before.map((key) => client.checkAndSet(key)))) {
      expect(first).toBe(false);
    }
  }, 180_000);
});
