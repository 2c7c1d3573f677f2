/** Nodes that disagree about who leads: how often a call follows them. */
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { clientOf, connectedClientOf } from "./testing/cluster-clients.ts";
import { MapCluster } from "./testing/map-cluster.ts";
import { until } from "./testing/until.ts";

describe("nodes that send a call to each other", () => {
  const HOPS = 3;

  async function endless(mute: boolean, epochOf: (times: number) => number) {
    await using cluster = await MapCluster.start(2);
    for (const { topology } of cluster.servers) topology.mute = mute;
    await using client = mute ? clientOf(cluster) : await connectedClientOf(cluster, [1]);
    let times = 0;
    for (const [at, server] of cluster.servers.entries()) {
      server.turnsAway = () => ({
        code: status.FAILED_PRECONDITION,
        reason: "NOT_LEADER",
        leader: cluster.server(1 - at).address,
        epoch: epochOf(++times),
      });
    }
    const giveUp = new AbortController();
    const asked = client.checkAndSet("k", { signal: giveUp.signal });
    const refused = expect(asked).rejects.toMatchObject({ code: "ABORTED" });
    await until(() => client.stats().retries === 4);
    giveUp.abort();
    await refused;
    return { ...client.stats(), times };
  }

  it.each([
    ["of one epoch, the topology unknown", true, () => 5],
    ["of growing epochs, the topology known", false, (times: number) => 5 + times],
  ])("do so three times, then it pauses: %s", async (_what, mute, epochOf) => {
    const { redirects, retries, times } = await endless(mute, epochOf);
    expect(redirects).toBeGreaterThanOrEqual(HOPS * retries);
    expect(redirects).toBeLessThanOrEqual(HOPS * (retries + 1));
    expect(times).toBeLessThanOrEqual((HOPS + 1) * (retries + 1));
  });

  it("are found out where the topology is known: an epoch has one leader", async () => {
    await using cluster = await MapCluster.start(2);
    await using client = await connectedClientOf(cluster, [1]);
    const key = cluster.keyOf(0);
    cluster.server(0).turnsAway = () => ({
      ...cluster.notLeader(cluster.partitionOf(key)),
      leader: cluster.server(1).address,
    });
    const refused = client.checkAndSet(key, { timeoutMs: 500 });
    await expect(refused).rejects.toMatchObject({ cause: { reason: "NOT_LEADER" } });
    expect(client.stats().retries).toBeGreaterThanOrEqual(1);
    expect(client.stats().redirects).toBe(0);
  });
});
