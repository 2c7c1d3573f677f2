/**
 * What may happen to a cluster under load: each fault from its begin to the moment when nothing is
 * wrong any more but what it left behind. What must hold while it lasts is looked at here.
 */
import { partitionOf } from "@claimd/proto";
import { expect } from "vitest";
import { partitionRows } from "../../cluster/operator/cluster-summary.ts";
import type { Answer, Transport } from "./command.ts";
import { DISK_FAULTS } from "./cluster-disk-faults.ts";
import { LINK_FAULTS } from "./cluster-link-faults.ts";
import { MOVE_FAULTS, operatorOf } from "./cluster-move-faults.ts";
import {
  ASKED_WITHIN_MS,
  type ClusterFaults,
  type Scene,
  shuffled,
  whileClaiming,
} from "./cluster-scene.ts";
import { newClaimId, newKey, sleep } from "./key-asker.ts";
import type { Random } from "./seed.ts";
import { LEASE_MS, type TestCluster } from "./test-cluster.ts";
import type { TestNode } from "./test-node.ts";
import { session } from "./transports.ts";

/** A lease, promotions, and time for a busy machine. */
const LEADS_AGAIN_WITHIN_MS = 15_000;
/** By somebody who asks for one key after the other; none if one partition has no leader. */
const GRANTED_MEANWHILE = 100;

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

  "a leader is frozen for half a minute": async (scene) => {
    const { nodes } = scene.cluster;
    const frozen = scene.random.pick(nodes);
    const others = nodes.filter((node) => node !== frozen);
    frozen.server.signal("SIGSTOP");
    await whileClaiming({ ...scene, nodes: others }, async (claiming) => {
      await sleep(LEADS_AGAIN_WITHIN_MS);
      const before = claiming.granted.length;
      await sleep(30_000 - LEADS_AGAIN_WITHIN_MS);
      expect(claiming.granted.length - before).toBeGreaterThan(GRANTED_MEANWHILE);
    });
    frozen.server.signal("SIGCONT");
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
    const moving = await movingIn(scene.cluster);
    await etcd?.kill();
    await grantsGoOn(scene, moving, scene.random.below(2 * LEASE_MS));
    etcd?.start();
    await etcd?.ready();
  },

  "etcd is frozen": async (scene) => {
    const [etcd] = scene.cluster.etcd.members;
    const moving = await movingIn(scene.cluster);
    etcd?.stop();
    await grantsGoOn(scene, moving, scene.random.below(2 * LEASE_MS));
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

  ...LINK_FAULTS,
  ...DISK_FAULTS,
  ...MOVE_FAULTS,
} as const satisfies ClusterFaults;

export type ClusterFault = keyof typeof CLUSTER_FAULTS;

/** Not in the test command. */
const TAKE_LONG: readonly ClusterFault[] = [
  "a leader is frozen for half a minute",
  "every partition is moved to where it was not",
  "two nodes join, are drained and leave",
];

/**
 * All of them in one order, then in another …; CLAIMD_CLUSTER_FAULTS is a pattern of those that
 * are wanted. What takes long is left out unless rounds or faults are asked for.
 */
export function* faultsBy(random: Random): Generator<ClusterFault, never> {
  const { CLAIMD_CLUSTER_FAULTS: pattern, CLAIMD_CLUSTER_ROUNDS: rounds } = process.env;
  const isShort = pattern === undefined && rounds === undefined;
  const named = (Object.keys(CLUSTER_FAULTS) as ClusterFault[])
    .filter((name) => !isShort || !TAKE_LONG.includes(name))
    .filter((name) => new RegExp(pattern ?? "").test(name));
  if (named.length === 0) throw new Error(`CLAIMD_CLUSTER_FAULTS: ${pattern}: there is none`);
  for (;;) yield* shuffled(named, random);
}

/** The partitions that a plan or an operator wants elsewhere. */
async function movingIn(cluster: TestCluster): Promise<ReadonlySet<number>> {
  await using operator = operatorOf(cluster);
  await operator.refresh();
  const moving = partitionRows(operator.state).filter(({ goal }) => goal !== undefined);
  return new Set(moving.map(({ partition }) => partition));
}

/** New keys, one after the other; not of partitions that may be without a leader at this moment. */
async function grantsGoOn(
  { cluster, history }: Scene,
  without: ReadonlySet<number>,
  forMs: number,
): Promise<void> {
  const transport = cluster.transport(ASKED_WITHIN_MS);
  const untilMs = performance.now() + forMs;
  do {
    await sleep(50);
    const on = { namespace: "long", key: newKey("meanwhile"), claimId: newClaimId() };
    if (without.has(partitionOf(on.namespace, on.key))) continue;
    const answer = await history.ask(transport, { verb: "CLAIM", ...on });
    expect(answer, JSON.stringify(answer)).toMatchObject({ kind: "claim", status: "GRANTED" });
  } while (performance.now() < untilMs);
  transport.close();
}

function isCompleted(answer: Answer | undefined): boolean {
  return answer?.kind === "claim" && answer.status === "COMPLETED";
}
