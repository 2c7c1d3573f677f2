/**
 * The client on a real cluster, its leases as in earnest: hot keys, a node that stands still, and
 * one that dies.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createClient } from "@claimd/client";
import { ETCD_SERVER } from "../../server/test/support/etcd-cluster.ts";
import { describeWith } from "../../server/test/support/services.ts";
import { endCluster, TestCluster } from "../../server/test/support/test-cluster.ts";

const KEYS = 64;
/** The lease, and time for those who are asked when it ends. */
const FROZEN_MS = 14_000;
const DEFAULT_LEASE_MS = "10000";
const NAMESPACE = "cluster-clients";
afterAll(endCluster);

const keysOf = (name: string): readonly string[] =>
  Array.from({ length: KEYS }, (_, at) => `${name}-${at}`);

describeWith("a cluster's client", [ETCD_SERVER], () => {
  let cluster: TestCluster;
  let address: readonly string[];

  beforeAll(async () => {
    cluster = await TestCluster.start({ env: { CLAIMD_NODE_LEASE_MS: DEFAULT_LEASE_MS } });
    address = cluster.nodes.map(({ server }) => server.grpc);
  }, 240_000);

  it("asks the replicas for a hot key, and keeps the answer where it may", async () => {
    await using keeping = createClient({ address, namespace: NAMESPACE });
    await using asking = createClient({ address, namespace: NAMESPACE, cache: false });
    expect(await keeping.checkAndSet("hot")).toMatchObject({ first: true });
    // Behind the first answers the client learns who the replicas are.
    await Promise.all([keeping.get("hot"), asking.get("hot")]);
    for (const client of [keeping, asking]) {
      for (let round = 0; round < 10; round++) {
        const claims = Array.from({ length: 400 }, () => client.claim("hot"));
        for (const { status } of await Promise.all(claims)) expect(status).toBe("COMPLETED");
      }
    }
    expect(keeping.stats().cacheHits).toBeGreaterThan(1000);
    expect(asking.stats().cacheHits).toBe(0);
    expect(asking.stats().sharedClaims).toBeGreaterThan(1000);
    for (let n = 0; n < 30; n++) {
      expect(await asking.claim("hot")).toMatchObject({ status: "COMPLETED", attempt: 1 });
    }
    expect(asking.stats().connections).toBe(3);
    expect(asking.stats().redirects).toBeLessThan(10);
  }, 60_000);

  it("outlives a node that stands still and holds its connections", async () => {
    await using client = createClient({ address, namespace: NAMESPACE });
    while (client.stats().connections < 3) {
      await Promise.all(keysOf("warm").map((key) => client.get(key)));
    }
    const frozen = cluster.nodes[2];
    frozen?.server.signal("SIGSTOP");
    const asked: Promise<{ readonly first: boolean }>[] = [];
    const untilMs = performance.now() + FROZEN_MS;
    for (let round = 0; performance.now() < untilMs; round++) {
      asked.push(...keysOf(`still-${round}`).map((key) => client.checkAndSet(key)));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    for (const { first } of await Promise.all(asked)) expect(first).toBe(true);
    frozen?.server.signal("SIGCONT");
    await cluster.whole();
  }, 240_000);

  it("outlives the node that leads its keys, with the default timeout", async () => {
    await using client = createClient({ address, namespace: NAMESPACE });
    const before = keysOf("before");
    for (const { first } of await Promise.all(before.map((key) => client.checkAndSet(key)))) {
      expect(first).toBe(true);
    }
    await cluster.nodes[0]?.server.kill("SIGKILL");
    const after = keysOf("after");
    for (const { first } of await Promise.all(after.map((key) => client.checkAndSet(key)))) {
      expect(first).toBe(true);
    }
    for (const { first } of await Promise.all(before.map((key) => client.checkAndSet(key)))) {
      expect(first).toBe(false);
    }
  }, 240_000);
});
