/**
 * Callers that go on while a pretend cluster does everything that clusters do: leaders move, nodes
 * are told late or not at all, streams break, replies are lost, nodes die and come back.
 */
import { describe, expect, it } from "vitest";
import { seededRandom, testSeed } from "../server/test/support/seed.ts";
import { type ClaimdClient, createClient } from "./index.ts";
import { MapCluster, NAMESPACE, PARTITIONS } from "./testing/map-cluster.ts";

const SERVERS = 3;
const CALLERS = 24;
const STEPS = 120;
const seed = testSeed();

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Each key is one caller's alone and asked for twice: the second time it is taken. */
async function call(client: ClaimdClient, caller: number, over: AbortSignal): Promise<number> {
  let asked = 0;
  while (!over.aborted) {
    const key = `${caller}-${asked++}`;
    if (asked % 3 === 0) {
      const outcome = await client.run(key, ({ attempt }) => attempt);
      if (outcome.replayed || outcome.value !== 1) throw new Error(`${key} ran before`);
    } else {
      const { first } = await client.checkAndSet(key);
      if (!first) throw new Error(`${key} was taken`);
    }
    const again = await client.checkAndSet(key);
    if (again.first || again.status !== "COMPLETED") throw new Error(`${key} was forgotten`);
  }
  return asked;
}

describe(`a cluster in turmoil, seed ${seed}`, () => {
  it("costs no call, and grants nothing twice", { timeout: 60_000 }, async () => {
    const random = seededRandom(seed);
    await using cluster = await MapCluster.start(SERVERS);
    const client = createClient({
      address: cluster.addresses,
      namespace: NAMESPACE,
      timeoutMs: 60_000,
      settleTimeoutMs: 60_000,
    });
    const over = new AbortController();
    const callers = Array.from({ length: CALLERS }, (_, at) => call(client, at, over.signal));
    const all = Promise.all(callers);
    all.catch(() => {
      over.abort();
    });

    const anyServer = (): number => random.below(SERVERS);
    const anyPartition = (): number => random.below(PARTITIONS);
    let down: number | undefined;
    const steps: readonly (() => unknown)[] = [
      () => {
        cluster.move(anyPartition(), anyServer());
      },
      () => {
        cluster.move(anyPartition(), anyServer());
        cluster.tell(anyServer());
      },
      () => {
        cluster.moveAll(anyServer(), anyServer());
      },
      () => {
        cluster.move(anyPartition(), -1);
        cluster.tell();
      },
      () => {
        for (const [partition, leader] of cluster.leaders.entries()) {
          if (leader === -1) cluster.move(partition, anyServer());
        }
        cluster.tell();
      },
      () => {
        cluster.server(anyServer()).breakStreams(random.chance(0.5) ? "cut" : "end");
      },
      async () => {
        const server = cluster.server(anyServer());
        server.faults.dropReplies = true;
        await pause(random.below(20));
        server.faults.dropReplies = false;
        server.breakStreams();
      },
      () => {
        cluster.server(anyServer()).topology.end();
      },
      () => {
        cluster.namesBy = random.chance(0.3) ? "id" : "address";
      },
      async () => {
        if (down === undefined) {
          down = anyServer();
          cluster.server(down).stop();
          if (random.chance(0.5)) cluster.gone.add(down);
          if (random.chance(0.7)) cluster.moveAll(down, (down + 1) % SERVERS);
          if (random.chance(0.7)) cluster.tell();
        } else {
          await cluster.server(down).start();
          cluster.gone.delete(down);
          down = undefined;
        }
      },
    ];
    for (let step = 0; step < STEPS && !over.signal.aborted; step++) {
      await random.pick(steps)();
      await pause(random.below(25));
    }

    // Heal, and everything that is pending ends.
    if (down !== undefined) await cluster.server(down).start();
    cluster.gone.clear();
    for (const [partition, leader] of cluster.leaders.entries()) {
      if (leader === -1) cluster.move(partition, 0);
    }
    cluster.tell();
    over.abort();
    const asked = await all;
    expect(asked.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(CALLERS * 5);
    expect([...cluster.keys.grants.values()].every((ids) => ids.length === 1)).toBe(true);
    expect(client.stats().redirects).toBeGreaterThan(0);
    await client.close();
  });
});
