/** Calls that are under way while the leaders of a cluster change. */
import { describe, expect, it } from "vitest";
import { clientIn } from "./client.ts";
import type { ClaimdClient, GrantedClaim } from "./index.ts";
import { connectedClientOf } from "./testing/cluster-clients.ts";
import { HeldEnvironment } from "./testing/held-environment.ts";
import { MapCluster, NAMESPACE } from "./testing/map-cluster.ts";
import { UNAVAILABLE } from "./testing/map-server.ts";
import { until } from "./testing/until.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("a leader that is lost", () => {
  it("has what it was asked asked again at the new one, with the same claim ids", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, [1]);
    cluster.server(0).faults.dropReplies = true;
    const keys = cluster.keysOf(0, 20);
    const asked = keys.map((key) => client.claim(key));
    await until(() => keys.every((key) => cluster.keys.get(`a:${key}`) !== null));
    cluster.moveAll(0, 1);
    cluster.tell();
    cluster.server(0).stop();
    const outcomes = await Promise.all(asked);
    expect(outcomes.every((each) => each.status === "GRANTED" && each.attempt === 1)).toBe(true);
    expect([...cluster.keys.grants.values()].every((ids) => ids.length === 1)).toBe(true);
    expect(client.stats()).toMatchObject({ redirects: 0 });
  });

  it("is outlived by a call with the default time: 12 s until another one leads", async () => {
    await using cluster = await MapCluster.start();
    const environment = new HeldEnvironment();
    const address = [...cluster.addresses];
    await using client = clientIn(environment, { address, namespace: NAMESPACE });
    for (const at of [0, 1, 2]) await client.get(cluster.keyOf(at));
    await until(() => client.stats().topologies >= 1);
    cluster.server(0).stop();
    const asked = client.checkAndSet(cluster.keyOf(0)).catch((error: unknown) => error);
    const passes = async (ms: number): Promise<void> => {
      for (let at = 0; at < ms; at += 250) {
        await environment.advance(250);
        await pause(2);
      }
    };
    await passes(12_000);
    cluster.moveAll(0, 1);
    cluster.tell();
    await passes(2000);
    expect(await asked).toMatchObject({ first: true });
  });

  it("keeps nothing waiting that belongs to another by now", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, [1], { timeoutMs: 60_000 });
    const keys = cluster.keysOf(0, 50);
    cluster.server(0).stop();
    const asked = keys.map((key) => client.checkAndSet(key));
    await until(() => client.stats().disconnects >= 4);
    cluster.moveAll(0, 1);
    cluster.tell();
    expect((await Promise.all(asked)).every(({ first }) => first)).toBe(true);
  });

  it("has another node asked who leads, where the watched one does not know", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, [1, 2]);
    await until(() => cluster.server(0).topology.openWatches === 1);
    const key = cluster.keyOf(1);
    cluster.server(1).stop();
    cluster.moveAll(1, 2);
    cluster.tell(2);
    expect(await client.checkAndSet(key)).toMatchObject({ first: true });
    expect(cluster.server(2).topology.watches).toBe(1);
  });

  it("frees no claim that waits, only moves it for the rest of its wait", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, [1]);
    const key = cluster.keyOf(0);
    const holder = (await client.claim(key)) as GrantedClaim;
    const waiting = client.claim(key, { waitMs: 20_000 });
    await until(() => cluster.server(0).parkedClaims === 1);
    await pause(150);
    cluster.move(cluster.partitionOf(key), 1);
    await until(() => cluster.server(1).parkedClaims === 1);
    const waits = cluster.server(1).groups.map(({ waitMs }) => waitMs);
    expect(waits.at(-1)).toBeLessThan(20_000);
    await holder.complete({ value: 1 });
    expect(await waiting).toMatchObject({ status: "COMPLETED" });
  });
});

describe("a call that waits to be tried again", () => {
  /** Asked of server 0 on this key, and put off by it. */
  async function putOff(cluster: MapCluster, client: ClaimdClient, retryAfterMs: number) {
    const key = cluster.keyOf(0);
    cluster.server(0).faults.refuse = () => ({ ...UNAVAILABLE, retryAfterMs });
    const asked = client.checkAndSet(key);
    await until(() => client.stats().retries === 1);
    cluster.server(0).faults.refuse = undefined;
    return { key, asked };
  }

  it("goes to the new leader as soon as that is known", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, [1], { timeoutMs: 60_000 });
    const { asked } = await putOff(cluster, client, 30_000);
    cluster.moveAll(0, 1);
    cluster.tell();
    expect(await asked).toMatchObject({ first: true });
  });

  it("goes where it belongs when its time has come", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, [1]);
    const { key, asked } = await putOff(cluster, client, 100);
    cluster.move(cluster.partitionOf(key), 1);
    await client.get(key);
    expect(await asked).toMatchObject({ first: true });
    expect(client.stats().redirects).toBe(1);
  });

  it("pauses shortly again at a new leader that does not serve yet", async () => {
    await using cluster = await MapCluster.start();
    const environment = new HeldEnvironment();
    const address = [...cluster.addresses];
    await using client = clientIn(environment, { address, namespace: NAMESPACE });
    for (const at of [0, 1]) await client.get(cluster.keyOf(at));
    await until(() => client.stats().topologies >= 1);
    for (const at of [0, 1]) cluster.server(at).faults.refuse = () => UNAVAILABLE;
    const asked = client.checkAndSet(cluster.keyOf(0));
    for (let tries = 1; tries <= 6; tries++) {
      await until(() => client.stats().retries === tries);
      if (tries < 6) await environment.advance(500);
    }
    cluster.moveAll(0, 1);
    cluster.tell();
    await until(() => client.stats().retries === 7);
    cluster.server(1).faults.refuse = undefined;
    // The longest of first pauses; of seventh ones the shortest is 250 ms.
    await environment.advance(20);
    expect(await asked).toMatchObject({ first: true });
  });
});

describe("a call that was moved", () => {
  it("ends at its own deadline, wherever it is", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, [], { closeTimeoutMs: 0 });
    const key = cluster.keyOf(0);
    cluster.server(1).faults.dropReplies = true;
    cluster.move(cluster.partitionOf(key), 1);
    const startMs = performance.now();
    const refused = client.checkAndSet(key, { timeoutMs: 200 });
    await expect(refused).rejects.toMatchObject({ code: "DEADLINE" });
    expect(performance.now() - startMs).toBeLessThan(3000);
    expect(client.stats().redirects).toBe(1);
  });

  it("can be given up, and frees its place in the wait", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, [1]);
    const key = cluster.keyOf(0);
    await client.claim(key);
    cluster.move(cluster.partitionOf(key), 1);
    const giveUp = new AbortController();
    const waiting = client.claim(key, { waitMs: 30_000, signal: giveUp.signal });
    await until(() => cluster.server(1).parkedClaims === 1);
    giveUp.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    await until(() => cluster.server(1).parkedClaims === 0);
  });

  it("is waited for by close()", async () => {
    await using cluster = await MapCluster.start();
    const client = await connectedClientOf(cluster, []);
    const key = cluster.keyOf(0);
    cluster.server(1).faults.delayMs = 200;
    cluster.move(cluster.partitionOf(key), 1);
    const asked = client.checkAndSet(key);
    await client.close();
    expect(await asked).toMatchObject({ first: true });
    await until(() => cluster.servers.every(({ openStreams }) => openStreams === 0));
  });
});

describe("a partition without leader", () => {
  /** A client that knows of no leader for the key. */
  async function leaderlessClientOf(cluster: MapCluster, key: string) {
    cluster.move(cluster.partitionOf(key), -1);
    cluster.tell();
    return connectedClientOf(cluster, [1]);
  }

  it("is asked for again until it has one", async () => {
    await using cluster = await MapCluster.start();
    const key = cluster.keyOf(0);
    await using client = await leaderlessClientOf(cluster, key);
    const asked = client.checkAndSet(key);
    await until(() => cluster.turnedAway >= 3);
    expect(client.stats().redirects).toBe(0);
    cluster.move(cluster.partitionOf(key), 2);
    cluster.tell();
    expect(await asked).toMatchObject({ first: true });
  });

  it("is found by any node's word, where no topology tells", async () => {
    await using cluster = await MapCluster.start();
    const key = cluster.keyOf(0);
    await using client = await leaderlessClientOf(cluster, key);
    const asked = client.checkAndSet(key);
    await until(() => cluster.turnedAway >= 2);
    cluster.move(cluster.partitionOf(key), 2);
    expect(await asked).toMatchObject({ first: true });
    expect(client.stats()).toMatchObject({ redirects: 1, topologies: 1 });
  });

  it("is UNAVAILABLE at the deadline, and says why", async () => {
    await using cluster = await MapCluster.start();
    const key = cluster.keyOf(0);
    await using client = await leaderlessClientOf(cluster, key);
    const refused = client.checkAndSet(key, { timeoutMs: 200 });
    await expect(refused).rejects.toMatchObject({ cause: { reason: "NOT_LEADER" } });
  });
});

describe("a leader named by an id that nobody told of", () => {
  it("is looked for in another node's topology", async () => {
    await using cluster = await MapCluster.start();
    cluster.namesBy = "id";
    cluster.gone.add(2);
    cluster.moveAll(2, 1);
    cluster.tell();
    await using client = await connectedClientOf(cluster, [1]);
    await until(() => cluster.server(0).topology.openWatches === 1);
    const key = cluster.keyOf(0);
    cluster.gone.clear();
    cluster.move(cluster.partitionOf(key), 2);
    cluster.tell(1, 2);
    expect(await client.checkAndSet(key)).toMatchObject({ first: true });
    expect(cluster.server(1).topology.watches).toBe(1);
  });
});

describe("a node that is gone", () => {
  it("is disconnected once nothing is under way there", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, [1, 2]);
    expect(client.stats().connections).toBe(3);
    cluster.server(2).faults.delayMs = 500;
    const key = cluster.keyOf(2);
    const asked = client.checkAndSet(key);
    await until(() => cluster.keys.get(`a:${key}`) !== null);
    cluster.gone.add(2);
    cluster.moveAll(2, 1);
    cluster.tell();
    await until(() => client.stats().topologies === 2);
    expect(cluster.server(2).openStreams).toBe(1);
    expect(await asked).toMatchObject({ first: true });
    await until(() => cluster.server(2).openStreams === 0);
    expect(client.stats()).toMatchObject({ connections: 2, disconnects: 0, retries: 0 });
  });

  it("is not waited for long: what it has not answered is asked elsewhere", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, [1]);
    // It stands still, and its connections stay.
    cluster.server(2).faults.dropReplies = true;
    const keys = cluster.keysOf(2, 20);
    const asked = keys.map((key) => client.claim(key));
    await until(() => keys.every((key) => cluster.keys.get(`a:${key}`) !== null));
    cluster.gone.add(2);
    cluster.moveAll(2, 1);
    cluster.tell();
    const outcomes = await Promise.all(asked);
    expect(outcomes.every((each) => each.status === "GRANTED" && each.attempt === 1)).toBe(true);
    expect([...cluster.keys.grants.values()].every((ids) => ids.length === 1)).toBe(true);
    expect(client.stats()).toMatchObject({ connections: 2, disconnects: 1, retries: 20 });
  });

  it("may be the seed, and come back", async () => {
    await using cluster = await MapCluster.start();
    await using client = await connectedClientOf(cluster, [1]);
    cluster.gone.add(0);
    cluster.moveAll(0, 1);
    cluster.tell();
    await until(() => cluster.server(0).openStreams === 0);
    // Told again by the node that is watched from here on.
    await until(() => client.stats().topologies === 3);
    expect(cluster.server(0).topology.openWatches).toBe(0);
    cluster.gone.clear();
    cluster.moveAll(1, 0);
    cluster.tell();
    await until(() => client.stats().topologies === 4);
    expect(await client.checkAndSet(cluster.keyOf(0))).toMatchObject({ first: true });
    expect(cluster.turnedAway).toBe(0);
  });
});
