/** Where the calls of a client go in a cluster, and how it comes to know. */
import { describe, expect, it } from "vitest";
import { createClient } from "./index.ts";
import { clientOf, connectedClientOf } from "./testing/cluster-clients.ts";
import { MapCluster } from "./testing/map-cluster.ts";
import { aloneAt } from "./testing/map-topology.ts";
import { MapServer } from "./testing/map-server.ts";
import { until } from "./testing/until.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("the first call", () => {
  it("waits for no topology: the node that is asked says who leads", async () => {
    await using cluster = await MapCluster.start();
    for (const { topology } of cluster.servers) topology.mute = true;
    await using client = clientOf(cluster);
    expect(await client.checkAndSet(cluster.keyOf(2))).toMatchObject({ first: true });
    expect(client.stats()).toMatchObject({ redirects: 1, retries: 0, topologies: 0 });
    expect(client.stats().connections).toBe(2);
  });

  it("is one frame to each node, however many commands it is", async () => {
    await using cluster = await MapCluster.start();
    for (const { topology } of cluster.servers) topology.mute = true;
    await using client = clientOf(cluster);
    const keys = [0, 1, 2].flatMap((at) => cluster.keysOf(at, 50));
    const answers = await Promise.all(keys.map((key) => client.checkAndSet(key)));
    expect(answers.every(({ first }) => first)).toBe(true);
    expect(cluster.servers.map(({ frames }) => frames)).toEqual([[150], [50], [50]]);
    expect(client.stats().redirects).toBe(100);
    expect([...cluster.keys.grants.values()].every((ids) => ids.length === 1)).toBe(true);
  });

  it("waits where a leader is named by an unknown id, for the topology to come", async () => {
    await using cluster = await MapCluster.start();
    cluster.namesBy = "id";
    for (const { topology } of cluster.servers) topology.mute = true;
    await using client = clientOf(cluster);
    const asked = client.checkAndSet(cluster.keyOf(2));
    await until(() => cluster.turnedAway >= 2);
    expect(client.stats().redirects).toBe(0);
    for (const { topology } of cluster.servers) topology.mute = false;
    cluster.tell();
    expect(await asked).toMatchObject({ first: true });
  });

  it("finds the cluster by any of several seeds, one of them down", async () => {
    await using cluster = await MapCluster.start();
    const address = ["127.0.0.1:1", cluster.server(1).address];
    await using client = clientOf(cluster, { address });
    for (const at of [0, 1, 2]) {
      expect(await client.checkAndSet(cluster.keyOf(at))).toMatchObject({ first: true });
    }
  });

  it("may be a forget of whatever is there: being turned away decides nothing", async () => {
    await using cluster = await MapCluster.start();
    await using other = clientOf(cluster);
    const key = cluster.keyOf(2);
    await other.claim(key);
    await using client = clientOf(cluster);
    expect(await client.forget(key, { fencingToken: 0 })).toEqual({ existed: true });
    expect(client.stats().redirects).toBe(1);
  });
});

describe("a client that knows the topology", () => {
  it("goes to the leaders at once", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, []);
    for (const at of [0, 1, 2]) {
      for (const key of cluster.keysOf(at, 5)) await client.checkAndSet(key);
    }
    expect(cluster.turnedAway).toBe(0);
    expect(client.stats()).toMatchObject({ redirects: 0, connections: 3 });
  });

  it("learns of moves before it meets them", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, []);
    const key = cluster.keyOf(0);
    cluster.moveAll(0, 1);
    cluster.tell();
    await until(() => client.stats().topologies === 2);
    expect(await client.checkAndSet(key)).toMatchObject({ first: true });
    expect(cluster.turnedAway).toBe(0);
  });

  it("follows a move that it meets first, and remembers it", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, []);
    const key = cluster.keyOf(0);
    cluster.move(cluster.partitionOf(key), 1);
    expect(await client.checkAndSet(key)).toMatchObject({ first: true });
    expect(await client.checkAndSet(key)).toMatchObject({ first: false, status: "COMPLETED" });
    expect(client.stats()).toMatchObject({ redirects: 1, retries: 0 });
  });

  it("does not fall back to what was so before", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, []);
    const key = cluster.keyOf(0);
    const stale = cluster.topology();
    cluster.move(cluster.partitionOf(key), 1);
    await client.get(key);
    for (const { topology } of cluster.servers) topology.tell(stale);
    await until(() => client.stats().topologies === 2);
    for (const { topology } of cluster.servers) topology.tell({ ...stale, version: 99 });
    await until(() => client.stats().topologies === 3);
    await client.get(key);
    expect(client.stats().redirects).toBe(1);
  });

  it("passes over a topology that is malformed", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, []);
    const topology = cluster.topology();
    const nodes = [{ id: "node-0", address: "nowhere" }];
    for (const server of cluster.servers) server.topology.tell({ ...topology, version: 9, nodes });
    await until(() => client.stats().topologiesIgnored === 1);
    for (const at of [0, 1, 2]) await client.checkAndSet(cluster.keyOf(at));
    expect(cluster.turnedAway).toBe(0);
  });

  it("needs one Session a node, and those of the seeds no more", async () => {
    await using cluster = await MapCluster.start();
    await using client = clientOf(cluster, { address: cluster.addresses });
    await client.get(cluster.keyOf(0));
    await until(() => client.stats().topologies >= 1);
    for (const at of [0, 1, 2]) await client.get(cluster.keyOf(at));
    const streams = (): number[] => cluster.servers.map(({ openStreams }) => openStreams);
    await until(() => streams().join() === "1,1,1");
    expect(client.stats().connections).toBe(3);
    await until(() => openWatches(cluster) === 1);
  });

  it("goes to the seeds where no node has an address, and stays with them", async () => {
    await using cluster = await MapCluster.start();
    const topology = cluster.topology();
    const nodes = (topology.nodes ?? []).map((node) => ({ ...node, address: "" }));
    for (const server of cluster.servers) server.topology.tell({ ...topology, nodes });
    await using client = await connectedClientOf(cluster, []);
    await pause(50);
    expect(await client.checkAndSet(cluster.keyOf(0))).toMatchObject({ first: true });
    expect(cluster.server(0).authorizations).toHaveLength(1);
    expect(cluster.server(0).topology.watches).toBe(1);
  });

  it("keeps the seed where that is the node itself", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, []);
    await pause(30);
    await client.get(cluster.keyOf(0));
    expect(cluster.server(0).authorizations).toHaveLength(1);
    expect(client.stats()).toMatchObject({ connections: 1, disconnects: 0 });
  });
});

function openWatches(cluster: MapCluster): number {
  return cluster.servers.reduce((sum, { topology }) => sum + topology.openWatches, 0);
}

describe("the watch", () => {
  it("begins behind the first answer, and goes on at another node when it is lost", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, []);
    await client.get(cluster.keyOf(1));
    expect(cluster.servers.map(({ topology }) => topology.watches)).toEqual([1, 0, 0]);
    cluster.server(0).topology.end();
    await until(() => cluster.server(1).topology.openWatches === 1);
    cluster.move(cluster.partitionOf(cluster.keyOf(0)), 1);
    cluster.tell(1);
    const { topologies } = client.stats();
    await until(() => client.stats().topologies > topologies);
  });

  it("survives the node it was at, though no other was asked anything before", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, []);
    const key = cluster.keyOf(0);
    cluster.server(0).stop();
    const asked = client.checkAndSet(key);
    cluster.moveAll(0, 2);
    cluster.tell();
    expect(await asked).toMatchObject({ first: true });
    await until(() => openWatches(cluster) === 1);
  });

  it("never is alone: without a Session it rests, with the next one it is back", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, []);
    await client.get(cluster.keyOf(1));
    for (const server of cluster.servers) server.breakStreams();
    await until(() => openWatches(cluster) === 0);
    await client.get(cluster.keyOf(1));
    await until(() => openWatches(cluster) === 1);
  });

  it("ends with the client", async () => {
    await using cluster = await MapCluster.start();
    const client = await connectedClientOf(cluster, []);
    await until(() => openWatches(cluster) === 1);
    await client.close();
    await until(() => openWatches(cluster) === 0);
  });

  it("takes the token of the Session before it, once", async () => {
    await using cluster = await MapCluster.start();
    let asked = 0;
    const options = { token: () => `token-${++asked}`, insecureToken: true };
    await using client = await connectedClientOf(cluster, [], options);
    const { authorizations, topology } = cluster.server(0);
    expect([...authorizations, ...topology.authorizations]).toEqual([
      "Bearer token-1",
      "Bearer token-1",
    ]);
    topology.end();
    await until(() => openWatches(cluster) === 1);
    expect(asked).toBe(2);
    expect(client.stats().disconnects).toBe(0);
  });
});

describe("a single node", () => {
  it("is reached as it was told, whatever it says of its address", async () => {
    await using server = await new MapServer().start();
    server.topology.tell(aloneAt("127.0.0.1:1"));
    await using client = createClient({ address: server.address, namespace: "a" });
    await client.checkAndSet("before");
    await until(() => client.stats().topologies === 1);
    expect(await client.checkAndSet("k")).toMatchObject({ first: true });
    expect(client.stats()).toMatchObject({ disconnects: 0, redirects: 0, connections: 1 });
  });

  it("may become a cluster", async () => {
    await using cluster = await MapCluster.start();
    cluster.moveAll(1, 0);
    cluster.moveAll(2, 0);
    cluster.gone.add(1).add(2);
    cluster.tell();
    await using client = await connectedClientOf(cluster, []);
    const key = cluster.keyOf(0);
    cluster.gone.clear();
    cluster.moveAll(0, 1);
    cluster.tell();
    await until(() => client.stats().topologies === 2);
    expect(await client.checkAndSet(key)).toMatchObject({ first: true });
    expect(cluster.turnedAway).toBe(0);
  });
});
