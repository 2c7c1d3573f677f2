/**
 * What may happen to the disks of a cluster: emptied, cloned while it is in use, brought back to
 * what it was before. Who has a disk that is not the one that was used last is told so by name, and
 * serves nothing of it.
 */
import { expect } from "vitest";
import { type ClusterFaults, type Scene } from "./cluster-scene.ts";
import { sleep } from "./key-asker.ts";
import { runToExit } from "./server-process.ts";
import type { TestCluster } from "./test-cluster.ts";
import { TestNode } from "./test-node.ts";

/** A store looks every ten seconds whether its record is still its own. */
const LOST_WITHIN_MS = 30_000;
/** After so long etcd has heard how far the journal had got. */
const MARKED_AFTER_MS = 11_000;
/** Writes that a disk may lose. */
const WRITTEN_MS = 1000;

const BEHIND_ITS_MARK = /the journal ends at \d+, but \d+ was synced on this disk before/;

/** A second process can't have the first one's ports, nor the proxies before them. */
const ELSEWHERE = {
  CLAIMD_ADVERTISE_HOST: "127.0.0.1",
  CLAIMD_PEER_PORT: "0",
  CLAIMD_GRPC_PORT: "0",
};

/** Its data is gone, or must not be used any more: it comes back as a new store. */
async function restartEmpty(cluster: TestCluster, node: TestNode): Promise<void> {
  node.emptyDisk();
  await cluster.restart(node);
}

/** The node has ended. It is started with what it had on its disk at that time, and refuses. */
async function startRolledBack({ cluster }: Scene, node: TestNode, copy: string): Promise<string> {
  await node.bringBack(copy);
  const { dataDir, options } = node;
  const { code, stderr } = await runToExit({ ...options, dataDir });
  cluster.logs.push(stderr);
  expect(code, stderr).toBe(1);
  return stderr;
}

export const DISK_FAULTS = {
  "a node loses its disk": async ({ cluster, random }) => {
    const node = random.pick(cluster.nodes);
    await node.server.kill();
    await restartEmpty(cluster, node);
  },

  "a copy of a disk is started as another node": async ({ cluster, random }) => {
    const node = random.pick(cluster.nodes);
    const dataDir = await node.copyDisk();
    await sleep(random.below(WRITTEN_MS));
    const env = { ...node.options.env, ...ELSEWHERE, CLAIMD_NODE_ID: "copy" };
    const { code, stderr } = await runToExit({ dataDir, env });
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/is in use by node node-\d+.*STORE_IN_USE/s);
    expect(node.server.hasEnded).toBe(false);
  },

  "a copy of a disk is started under the node's name": async ({ cluster, random }) => {
    const node = random.pick(cluster.nodes);
    const dataDir = await node.copyDisk();
    await sleep(random.chance(0.5) ? random.below(WRITTEN_MS) : MARKED_AFTER_MS);
    const env = { ...node.options.env, ...ELSEWHERE };
    const copy = await TestNode.start({ dataDir, env }).catch((error: unknown) => String(error));
    // If the first one's mark was raised in between, to etcd it is a disk that has lost something.
    const isBehind = typeof copy === "string";
    if (isBehind) expect(copy).toMatch(BEHIND_ITS_MARK);
    // Callers ask both.
    else cluster.add(copy);
    const why = isBehind ? BEHIND_ITS_MARK : /was started again by node node-\d+.*STORE_IN_USE/s;
    expect(await node.server.waitForExit(LOST_WITHIN_MS)).toMatchObject({ code: 1 });
    expect(node.server.stderr).toMatch(why);
    await sleep(random.below(WRITTEN_MS));
    if (!isBehind) {
      await copy.server.kill();
      cluster.remove(copy);
    }
    await restartEmpty(cluster, node);
  },

  "a disk is rolled back beyond a start": async (scene) => {
    const { cluster, random } = scene;
    const node = random.pick(cluster.nodes);
    const copy = await node.copyDisk();
    await sleep(random.below(WRITTEN_MS));
    await node.server.kill(random.pick(["SIGKILL", "SIGTERM"]));
    await cluster.restart(node);
    await sleep(random.below(WRITTEN_MS));
    await node.server.kill();
    expect(await startRolledBack(scene, node, copy)).toMatch(
      /this disk knows nothing of that start: it was rolled back, or is a copy.*STORE_DAMAGED/s,
    );
    await restartEmpty(cluster, node);
  },

  "a disk is rolled back beyond what it had synced": async (scene) => {
    const { cluster, random } = scene;
    const node = random.pick(cluster.nodes);
    const copy = await node.copyDisk();
    await sleep(WRITTEN_MS);
    if (random.chance(0.5)) {
      // A node that is stopped says how far it got.
      await node.server.kill("SIGTERM");
    } else {
      await sleep(MARKED_AFTER_MS);
      await node.server.kill();
    }
    expect(await startRolledBack(scene, node, copy)).toMatch(BEHIND_ITS_MARK);
    await restartEmpty(cluster, node);
  },
} as const satisfies ClusterFaults;
