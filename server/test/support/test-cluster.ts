/**
 * A cluster of real processes on loopback: nodes, and the etcd they agree through; for one test.
 *
 * With `proxied`, what a node is said by others and what it says to etcd passes proxies, and each
 * directed link between two nodes can be cut. Nodes may be added to the cluster and taken away.
 *
 * Needs ETCD_SERVER. `end` ends the proxies, `endCluster` ends and removes all the rest.
 */
import { PARTITIONS } from "../../limits.ts";
import { ClusterKeys } from "../../cluster/cluster-keys.ts";
import { decodeNodeRecord } from "../../cluster/node-record.ts";
import type { PartitionRecord } from "../../cluster/partition-record.ts";
import { decodePartitionRecord } from "../../cluster/partition-record-format.ts";
import { clusterTransport, keysOfAllPartitions, type Way } from "./cluster-transport.ts";
import type { Transport } from "./command.ts";
import { endEtcd, EtcdCluster, type EtcdClusterOptions } from "./etcd-cluster.ts";
import { sleep } from "./key-asker.ts";
import { NodeLinks } from "./node-links.ts";
import type { Random } from "./seed.ts";
import { endNodes, TestNode } from "./test-node.ts";

export interface TestClusterOptions {
  /** 3 unless said otherwise. */
  readonly nodes?: number;
  readonly etcdMembers?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Of each node, beside those of all. */
  readonly envOf?: (node: string) => Readonly<Record<string, string>>;
  readonly etcd?: Omit<EtcdClusterOptions, "members">;
  /** What nodes say to each other and to etcd passes proxies, which draw from it. */
  readonly proxied?: Random;
}

/** Shorter than the default, so that a test need not wait for it. */
export const LEASE_MS = 5000;
export const CLUSTER_NAME = "test";
const REPLICAS = 3;
/** On a machine that does other things as well: six seconds on one that does not. */
const SERVED_WITHIN_MS = 150_000;

export async function endCluster(): Promise<void> {
  await endNodes();
  await endEtcd();
}

/** Settings of the node that is the `at`-th of the cluster. */
export function memberEnv(etcd: EtcdCluster, at: number): Readonly<Record<string, string>> {
  return {
    CLAIMD_CLUSTER: CLUSTER_NAME,
    CLAIMD_ETCD: etcd.members.map(({ endpoint }) => endpoint).join(","),
    CLAIMD_PEER_PORT: "0",
    CLAIMD_NODE_ID: `node-${at + 1}`,
    CLAIMD_NODE_LEASE_MS: String(LEASE_MS),
  };
}

export class TestCluster {
  readonly etcd: EtcdCluster;
  /** What nodes that have ended had logged. */
  readonly logs: string[] = [];
  readonly #nodes: TestNode[] = [];
  readonly #links = new Map<TestNode, NodeLinks>();
  readonly #options: TestClusterOptions;
  /** Nodes that were ever started: no name is used twice. */
  #started = 0;

  private constructor(etcd: EtcdCluster, options: TestClusterOptions) {
    this.etcd = etcd;
    this.#options = options;
  }

  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const { nodes = 3, etcdMembers = 1 } = options;
    const etcd = await EtcdCluster.start({ members: etcdMembers, ...options.etcd });
    const cluster = new TestCluster(etcd, options);
    const started = await Promise.all(Array.from({ length: nodes }, () => cluster.#startNode()));
    for (const node of started) cluster.add(node);
    await cluster.served();
    return cluster;
  }

  /** Of nodes that were started one by one. */
  static of(etcd: EtcdCluster, nodes: readonly TestNode[]): TestCluster {
    const cluster = new TestCluster(etcd, {});
    for (const node of nodes) cluster.add(node);
    return cluster;
  }

  /** That clients ask. */
  get nodes(): readonly TestNode[] {
    return this.#nodes;
  }

  /** Of each node in their order; none unless asked for. */
  get links(): readonly NodeLinks[] {
    return this.#nodes.flatMap((node) => this.#links.get(node) ?? []);
  }

  linksOf(node: TestNode): NodeLinks {
    const links = this.#links.get(node);
    if (links === undefined) throw new Error("nothing passes proxies unless asked for");
    return links;
  }

  /** A further node, which etcd may have heard of when this resolves. */
  async join(): Promise<TestNode> {
    const node = await this.#startNode();
    this.add(node);
    return node;
  }

  add(node: TestNode): void {
    this.#nodes.push(node);
  }

  /** Nobody asks it any more. Keeps what it has logged; its process is its owner's. */
  remove(node: TestNode): void {
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
    this.logs.push(node.server.stderr);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#links.values()].map((each) => each.close()));
  }

  async #startNode(): Promise<TestNode> {
    const { env = {}, envOf = () => ({}), proxied } = this.#options;
    const at = this.#started++;
    const links = proxied && (await NodeLinks.around(this.etcd, at, proxied));
    const node = await TestNode.start({
      env: { ...memberEnv(this.etcd, at), ...links?.env, ...env, ...envOf(`node-${at + 1}`) },
    });
    if (links !== undefined) this.#links.set(node, links);
    return node;
  }

  /** As `TestNode.restart`; keeps what the node had logged. */
  async restart(node: TestNode): Promise<void> {
    this.logs.push(node.server.stderr);
    await node.restart();
  }

  /** Until every partition has a leader that serves: a key of each is asked for. */
  async served(withinMs = SERVED_WITHIN_MS): Promise<void> {
    // Who asks more often takes the time away in which they could begin to serve.
    const transport = clusterTransport(this.nodes, 1000, "session", 1000);
    const missing = new Set(keysOfAllPartitions("served"));
    try {
      await this.#within(withinMs, async () => {
        const asked = [...missing].map(async (key) => {
          const { kind } = await transport.ask({ verb: "GET", namespace: "served", key });
          if (kind === "get") missing.delete(key);
        });
        await Promise.all(asked);
        return missing.size === 0 ? undefined : `${missing.size} partitions are not served`;
      });
    } finally {
      transport.close();
    }
  }

  /** Until every partition has as many living nodes in sync as it may: any one may be lost then. */
  async whole(withinMs = SERVED_WITHIN_MS): Promise<void> {
    const keys = new ClusterKeys(CLUSTER_NAME);
    await this.#within(withinMs, async () => {
      const nodes = (await this.#range(keys.nodes)).map(decodeNodeRecord);
      const records = (await this.#range(keys.partitions)).map(decodePartitionRecord);
      if (nodes.length < this.nodes.length) return `${nodes.length} nodes are registered`;
      const isMissing = ({ inSync }: PartitionRecord): boolean =>
        inSync.filter((one) =>
          nodes.some(({ store, boot }) => one.store === store && one.boot === boot),
        ).length < Math.min(REPLICAS, nodes.length);
      const missing = records.filter(isMissing);
      const known = PARTITIONS - records.length + missing.length;
      const [first] = missing;
      return known === 0 ? undefined : `${known} are not in sync: ${JSON.stringify(first)}`;
    });
  }

  transport(withinMs = 5000, way: Way = "session"): Transport {
    return clusterTransport(this.nodes, withinMs, way);
  }

  async #within(ms: number, look: () => Promise<string | undefined>): Promise<void> {
    const untilMs = performance.now() + ms;
    for (;;) {
      const problem = await look();
      if (problem === undefined) return;
      const ended = this.nodes.some(({ server }) => server.hasEnded);
      if (ended || performance.now() > untilMs) {
        const logs = this.nodes.map(({ server }) => server.stderr.slice(-1500)).join("\n--\n");
        throw new Error(`${ended ? "a node has ended, " : ""}${problem}:\n${logs}`);
      }
      await sleep(100);
    }
  }

  async #range(prefix: string): Promise<readonly Buffer[]> {
    const text = (key: string): string => Buffer.from(key).toString("base64");
    const end = prefix.replace(/\/$/, "0");
    const [member] = this.etcd.members;
    const { kvs = [] } = (await member?.post("kv/range", {
      key: text(prefix),
      range_end: text(end),
    })) as { kvs?: readonly { readonly value: string }[] };
    return kvs.map(({ value }) => Buffer.from(value, "base64"));
  }
}
