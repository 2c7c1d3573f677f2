import { describe, expect, it } from "vitest";
import { clientIn } from "./client.ts";
import type { ClaimdClient, ClientOptions } from "./index.ts";
import { connectedClientOf } from "./testing/cluster-clients.ts";
import { HeldEnvironment } from "./testing/held-environment.ts";
import { MapCluster, NAMESPACE } from "./testing/map-cluster.ts";
import { until } from "./testing/until.ts";

/** A cluster with a key that is completed and hot, as the client has heard. */
async function hotKey(
  cluster: MapCluster,
  options?: Partial<ClientOptions>,
): Promise<{ readonly client: ClaimdClient; readonly key: string }> {
  if (cluster.replicas === "not told") cluster.replicas = "know";
  cluster.version++;
  cluster.tell();
  const client = await connectedClientOf(cluster, [1, 2], options);
  const key = cluster.keyOf(0);
  cluster.keys.hot.add(`${NAMESPACE}:${key}`);
  await client.checkAndSet(key);
  expect(await client.claim(key)).toMatchObject({ status: "COMPLETED" });
  return { client, key };
}

const SHORT = { timeoutMs: 300, closeTimeoutMs: 100 };

const commandsAt = (cluster: MapCluster): number[] =>
  cluster.servers.map(({ frames }) => frames.reduce((sum, each) => sum + each, 0));

describe("a hot key", () => {
  it("is asked for at one replica after the other", async () => {
    await using cluster = await MapCluster.start();
    const hot = await hotKey(cluster, { cache: false });
    await using client = hot.client;
    const { key } = hot;
    const before = commandsAt(cluster);
    for (let n = 0; n < 9; n++) {
      expect(await client.claim(key)).toMatchObject({ status: "COMPLETED", attempt: 1 });
    }
    const asked = commandsAt(cluster).map((count, at) => count - (before[at] ?? 0));
    expect(asked).toEqual([3, 3, 3]);
    expect(client.stats()).toMatchObject({ redirects: 0, cacheHits: 0 });
    await client.claim(cluster.keyOf(1));
    expect(cluster.turnedAway).toBe(0);
  });

  it("is asked for at the leader where a replica does not know", async () => {
    await using cluster = await MapCluster.start();
    cluster.replicas = "lag";
    const hot = await hotKey(cluster, { cache: false });
    await using client = hot.client;
    const { key } = hot;
    for (let n = 0; n < 9; n++) {
      expect(await client.claim(key)).toMatchObject({ status: "COMPLETED" });
    }
    expect(client.stats()).toMatchObject({ redirects: 6, retries: 0 });
  });

  it("is not asked for again while its answer is kept: 10 s, or what the server says", async () => {
    await using cluster = await MapCluster.start();
    const environment = new HeldEnvironment();
    const address = [...cluster.addresses];
    await using client = clientIn(environment, { address, namespace: NAMESPACE });
    const key = cluster.keyOf(0);
    await client.checkAndSet(key);
    await client.claim(key);
    await client.claim(key);
    expect(client.stats()).toMatchObject({ commands: 3, cacheHits: 0 });
    cluster.keys.hot.add(`${NAMESPACE}:${key}`);
    await client.claim(key);
    for (const afterMs of [0, 9000]) {
      await environment.advance(afterMs);
      expect(await client.claim(key)).toMatchObject({ status: "COMPLETED", ageMs: afterMs });
    }
    expect(client.stats()).toMatchObject({ commands: 4, cacheHits: 2 });
    await environment.advance(1001);
    expect(await client.claim(key)).toMatchObject({ status: "COMPLETED", ageMs: 0 });
    expect(client.stats()).toMatchObject({ commands: 5, cacheHits: 2 });
    await client.forget(key, { fencingToken: 0 });
    expect(await client.claim(key)).toMatchObject({ status: "GRANTED" });
  });

  it("is not asked for again by checkAndSet either, and only at the leader", async () => {
    await using cluster = await MapCluster.start();
    const hot = await hotKey(cluster);
    await using client = hot.client;
    const { commands, cacheHits } = client.stats();
    expect(await client.checkAndSet(hot.key)).toMatchObject({ first: false, status: "COMPLETED" });
    expect(client.stats()).toMatchObject({ commands, cacheHits: cacheHits + 1 });
    const other = cluster.keyOf(1);
    cluster.keys.hot.add(`${NAMESPACE}:${other}`);
    for (const first of [true, false, false]) {
      expect(await client.checkAndSet(other)).toMatchObject({ first });
    }
    expect(client.stats()).toMatchObject({ commands: commands + 2, cacheHits: cacheHits + 2 });
    await using never = await connectedClientOf(cluster, [1, 2], { cache: false });
    for (let n = 0; n < 3; n++) await never.checkAndSet(other);
    expect(never.stats()).toMatchObject({ redirects: 0, cacheHits: 0 });
  });

  it("has its claims of one moment share a call", async () => {
    await using cluster = await MapCluster.start();
    const hot = await hotKey(cluster, { cache: false });
    await using client = hot.client;
    const { key } = hot;
    const { commands } = client.stats();
    const print = { fingerprint: "another" };
    const claims = Array.from({ length: 10 }, () => client.claim(key));
    const outcomes = await Promise.all([...claims, client.claim(key, print)]);
    for (const outcome of outcomes) expect(outcome.status).toBe("COMPLETED");
    expect(client.stats()).toMatchObject({ commands: commands + 2, sharedClaims: 9 });
    await client.claim(key, { timeoutMs: 5000 });
    expect(client.stats()).toMatchObject({ commands: commands + 3, sharedClaims: 9 });
  });

  it("is granted to one of those that share a call, when it was forgotten meanwhile", async () => {
    await using cluster = await MapCluster.start();
    const hot = await hotKey(cluster, { cache: false });
    await using client = hot.client;
    const { key } = hot;
    cluster.keys.forget(`${NAMESPACE}:${key}`, 0);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => client.claim(key)));
    const statuses = outcomes.map(({ status }) => status).sort();
    expect(statuses).toEqual(["GRANTED", ...new Array<string>(7).fill("IN_PROGRESS")]);
    expect(client.stats().sharedClaims).toBe(0);
  });

  it("ends with the same error for all that share a call", async () => {
    await using cluster = await MapCluster.start();
    const hot = await hotKey(cluster, { ...SHORT, cache: false });
    await using client = hot.client;
    const { key } = hot;
    for (const server of cluster.servers) server.faults.dropReplies = true;
    const asked = Array.from({ length: 3 }, () => client.claim(key));
    for (const each of asked) await expect(each).rejects.toMatchObject({ code: "DEADLINE" });
    for (const server of cluster.servers) server.faults.dropReplies = false;
    await until(() => client.stats().connections > 0);
    expect(await client.claim(key)).toMatchObject({ status: "COMPLETED" });
  });
});
