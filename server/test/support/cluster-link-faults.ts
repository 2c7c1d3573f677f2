/**
 * What may happen to the network of a cluster: between two nodes, around one, and on the way to
 * etcd. What is cut hangs: nobody is told.
 */
import { expect } from "vitest";
import { type ClusterFaults, type Scene, shuffled, whileClaiming } from "./cluster-scene.ts";
import { sleep } from "./key-asker.ts";
import type { Random } from "./seed.ts";
import { LEASE_MS } from "./test-cluster.ts";
import type { TestNode } from "./test-node.ts";

const shortly = (random: Random): number => 200 + random.below(LEASE_MS / 2);
const beyondTheLease = (random: Random): number => LEASE_MS + 1500 + random.below(LEASE_MS);

/** `isFelt`: what is then missing. */
async function lasts(scene: Scene, forMs: number, isFelt: RegExp | undefined): Promise<void> {
  await whileClaiming(scene, () => sleep(forMs));
  if (isFelt !== undefined) await expect(scene.cluster.whole(0)).rejects.toThrow(isFelt);
}

/** `from` can't speak to `to`, or is not answered; the other way all is well. */
async function cutOneWay(scene: Scene, forMs: number, isFelt?: RegExp): Promise<void> {
  const { cluster, random } = scene;
  const [from, to] = shuffled(cluster.nodes, random) as [TestNode, TestNode];
  const links = cluster.linksOf(to);
  links.cutFrom(from, random.pick(["requests", "replies", "both"]));
  await lasts(scene, forMs, isFelt);
  links.peers.halfOpen = false;
}

async function cutFromEtcd(scene: Scene, forMs: number, isFelt?: RegExp): Promise<void> {
  const { cluster, random } = scene;
  const links = random.pick(cluster.links);
  links.etcdHangs = true;
  await lasts(scene, forMs, isFelt);
  links.etcdHangs = false;
}

export const LINK_FAULTS = {
  "a node hears nothing from the others": async ({ cluster, random }) => {
    const { peers } = random.pick(cluster.links);
    peers.halfOpen = true;
    await sleep(500 + random.below(2 * LEASE_MS));
    peers.halfOpen = false;
  },

  "a node can't reach another for a moment": (scene) => cutOneWay(scene, shortly(scene.random)),

  "a node can't reach another for longer than the lease": (scene) =>
    cutOneWay(scene, beyondTheLease(scene.random), /are not in sync/),

  "a node can't reach etcd for a moment": (scene) => cutFromEtcd(scene, shortly(scene.random)),

  "a node can't reach etcd for longer than its lease": (scene) =>
    cutFromEtcd(scene, beyondTheLease(scene.random), /2 nodes are registered/),

  "connections between nodes are cut": async ({ cluster, random }) => {
    for (let n = random.below(20) + 5; n > 0; n--) {
      random.pick(cluster.links).peers.cutAll();
      await sleep(random.below(500));
    }
  },

  "messages between nodes take longer": async ({ cluster, random }) => {
    // The same for all of a connection: bytes keep their order.
    for (const { peers } of cluster.links) {
      const delayMs = 1 + random.below(200);
      peers.faults = { delayMs: () => delayMs };
    }
    await sleep(2000 + random.below(4000));
    for (const { peers } of cluster.links) peers.faults = {};
  },
} as const satisfies ClusterFaults;
