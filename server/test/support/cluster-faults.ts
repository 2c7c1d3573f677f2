/**
 * What may happen to a cluster under load: each fault from its begin to the moment when nothing is
 * wrong any more but what it left behind. What must hold while it lasts is looked at here.
 */
import { expect } from "vitest";
import type { Answer, Transport } from "./command.ts";
import type { History } from "./history.ts";
import { newClaimId, newKey, sleep } from "./key-asker.ts";
import type { Random } from "./seed.ts";
import { LEASE_MS, type TestCluster } from "./test-cluster.ts";
import type { TestNode } from "./test-node.ts";
import { session } from "./transports.ts";

export interface Scene {
  readonly cluster: TestCluster;
  readonly random: Random;
  readonly history: History;
}

/** How long a lone question may take on a busy machine. */
const ASKED_WITHIN_MS = 3000;

export const CLUSTER_FAULTS = {
  "a node is killed": async ({ cluster, random }) => {
    const node = random.pick(cluster.nodes);
    await node.server.kill();
    await sleep(random.below(2 * LEASE_MS));
    await cluster.restart(node);
  },

  "a node is frozen for longer than its lease": async ({ cluster, random }) => {
    const { server } = random.pick(cluster.nodes);
    server.signal("SIGSTOP");
    await sleep(LEASE_MS + 1000 + random.below(LEASE_MS));
    server.signal("SIGCONT");
  },

  "one node after the other is restarted": async ({ cluster, random }) => {
    for (const node of shuffled(cluster.nodes, random)) {
      expect(await node.server.kill("SIGTERM")).toEqual({ code: 0, signal: null });
      await cluster.restart(node);
      await sleep(random.below(2000));
    }
  },

  "all nodes are killed": async ({ cluster, random }) => {
    await Promise.all(cluster.nodes.map(({ server }) => server.kill()));
    await sleep(random.below(LEASE_MS));
    for (const node of shuffled(cluster.nodes, random)) await cluster.restart(node);
  },

  "etcd is killed": async (scene) => {
    const [etcd] = scene.cluster.etcd.members;
    await etcd?.kill();
    await grantsGoOn(scene, scene.random.below(2 * LEASE_MS));
    etcd?.start();
    await etcd?.ready();
  },

  "etcd is frozen": async (scene) => {
    const [etcd] = scene.cluster.etcd.members;
    etcd?.stop();
    await grantsGoOn(scene, scene.random.below(2 * LEASE_MS));
    etcd?.resume();
    await etcd?.ready();
  },

  "two of three are killed": async ({ cluster, random, history }) => {
    const [staying, ...others] = shuffled(cluster.nodes, random) as [TestNode, ...TestNode[]];
    const transport = session(staying.claims, 1000);
    const everywhere = cluster.transport(ASKED_WITHIN_MS);
    const ask = (by: Transport, key: Buffer, complete: boolean): Promise<Answer> =>
      history.ask(by, { verb: "CLAIM", namespace: "long", key, claimId: newClaimId(), complete });
    const keys = Array.from({ length: 64 }, () => newKey("kept"));
    await Promise.all(keys.map((key) => ask(everywhere, key, true)));
    everywhere.close();
    const answers = await Promise.all(keys.map((key) => ask(transport, key, false)));
    const led = keys.filter((_, at) => isCompleted(answers[at]));
    expect(led.length).toBeGreaterThan(0);

    await Promise.all(others.map(({ server }) => server.kill()));
    await sleep(random.below(2000));
    const news = await Promise.all(keys.map(() => ask(transport, newKey("alone"), false)));
    const known = await Promise.all(led.map((key) => ask(transport, key, false)));
    transport.close();
    expect(news.filter((each) => each.kind === "claim")).toEqual([]);
    expect(known.filter((each) => !isCompleted(each))).toEqual([]);
    await sleep(random.below(LEASE_MS));
    for (const node of others) await cluster.restart(node);
  },

  "a node loses its disk": async ({ cluster, random }) => {
    const node = random.pick(cluster.nodes);
    await node.server.kill();
    node.emptyDisk();
    await cluster.restart(node);
  },

  "a node hears nothing from the others": async ({ cluster, random }) => {
    const link = random.pick(cluster.links);
    link.halfOpen = true;
    await sleep(500 + random.below(2 * LEASE_MS));
    link.halfOpen = false;
  },

  "connections between nodes are cut": async ({ cluster, random }) => {
    for (let n = random.below(20) + 5; n > 0; n--) {
      random.pick(cluster.links).cutAll();
      await sleep(random.below(500));
    }
  },

  "messages between nodes take longer": async ({ cluster, random }) => {
    // The same for all of a connection: bytes keep their order.
    for (const link of cluster.links) {
      const delayMs = 1 + random.below(200);
      link.faults = { delayMs: () => delayMs };
    }
    await sleep(2000 + random.below(4000));
    for (const link of cluster.links) link.faults = {};
  },
} as const satisfies Readonly<Record<string, (scene: Scene) => Promise<void>>>;

export type ClusterFault = keyof typeof CLUSTER_FAULTS;

/** All of them in one order, then in another … */
export function* faultsBy(random: Random): Generator<ClusterFault, never> {
  for (;;) yield* shuffled(Object.keys(CLUSTER_FAULTS) as ClusterFault[], random);
}

/** New keys, one after the other. */
async function grantsGoOn({ cluster, history }: Scene, forMs: number): Promise<void> {
  const transport = cluster.transport(ASKED_WITHIN_MS);
  const untilMs = performance.now() + forMs;
  do {
    const on = { namespace: "long", key: newKey("meanwhile"), claimId: newClaimId() };
    const answer = await history.ask(transport, { verb: "CLAIM", ...on });
    expect(answer).toMatchObject({ kind: "claim", status: "GRANTED" });
    await sleep(50);
  } while (performance.now() < untilMs);
  transport.close();
}

function isCompleted(answer: Answer | undefined): boolean {
  return answer?.kind === "claim" && answer.status === "COMPLETED";
}

function shuffled<T>(from: readonly T[], random: Random): readonly T[] {
  return from
    .map((each) => ({ each, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each);
}
