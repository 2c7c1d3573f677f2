/**
 * A cluster of real processes on loopback: nodes, and the etcd they agree through; for one test.
 *
 * With `proxied`, what nodes say to each other passes a proxy before each node: a node listens on
 * 127.0.0.1 and is known to the others by an address of its own.
 *
 * Needs ETCD_SERVER. `end` ends the proxies, `endCluster` ends and removes all the rest.
 */
import { PARTITIONS } from "../../limits.ts";
import { ClusterKeys } from "../../cluster/cluster-keys.ts";
import { decodeNodeRecord } from "../../cluster/node-record.ts";
import { decodePartitionRecord } from "../../cluster/partition-record-format.ts";
import { clusterTransport, keysOfAllPartitions, type Way } from "./cluster-transport.ts";
import type { Transport } from "./command.ts";
import { endEtcd, EtcdCluster, type EtcdClusterOptions, freePorts } from "./etcd-cluster.ts";
import { sleep } from "./key-asker.ts";
import type { Random } from "./seed.ts";
import { TcpProxy } from "./tcp-proxy.ts";
import { endNodes, TestNode } from "./test-node.ts";

export interface TestClusterOptions {
  /** 3 unless said otherwise. */
  readonly nodes?: number;
  readonly etcdMembers?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Of each node, beside those of all. */
  readonly envOf?: (node: string) => Readonly<Record<string, string>>;
  readonly etcd?: Omit<EtcdClusterOptions, "members">;
  /** What nodes say to each other passes proxies, which draw from it. */
  readonly proxied?: Random;
}

/** Shorter than the default, so that a test need not wait for it. */
export const LEASE_MS = 5000;
const NAME = "test";
/** On a machine that does other things as well: six seconds on one that does not. */
const SERVED_WITHIN_MS = 150_000;

export async function endCluster(): Promise<void> {
  await endNodes();
  await endEtcd();
}

/** Settings of the node that is the `at`-th of the cluster. */
export function memberEnv(etcd: EtcdCluster, at: number): Readonly<Record<string, string>> {
  return {
    CLAIMD_CLUSTER: NAME,
    CLAIMD_ETCD: etcd.members.map(({ endpoint }) => endpoint).join(","),
    CLAIMD_PEER_PORT: "0",
    CLAIMD_NODE_ID: `node-${at + 1}`,
    CLAIMD_NODE_LEASE_MS: String(LEASE_MS),
  };
}

export class TestCluster {
  readonly etcd: EtcdCluster;
  readonly nodes: readonly TestNode[];
  /** Before each node's peer port, in their order; none unless asked for. */
  readonly links: readonly TcpProxy[];
  /** What nodes that have ended had logged. */
  readonly logs: string[] = [];
  readonly #proxies: readonly TcpProxy[];

  private constructor(
    etcd: EtcdCluster,
    nodes: readonly TestNode[],
    links: readonly TcpProxy[],
    proxies: readonly TcpProxy[],
  ) {
    this.etcd = etcd;
    this.nodes = nodes;
    this.links = links;
    this.#proxies = proxies;
  }

  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const { nodes: count = 3, etcdMembers = 1, env = {}, envOf = () => ({}), proxied } = options;
    const etcd = await EtcdCluster.start({ members: etcdMembers, ...options.etcd });
    const links: TcpProxy[] = [];
    const proxies: TcpProxy[] = [];
    const places: Readonly<Record<string, string>>[] = [];
    for (let at = 0; at < count; at++) {
      if (proxied === undefined) {
        places.push({});
        continue;
      }
      const host = `127.0.0.${at + 2}`;
      const [peers = 0, clients = 0] = await freePorts(2);
      links.push(await TcpProxy.to(`127.0.0.1:${peers}`, proxied, { host, port: peers }));
      proxies.push(await TcpProxy.to(`127.0.0.1:${clients}`, proxied, { host, port: clients }));
      places.push({
        CLAIMD_ADVERTISE_HOST: host,
        CLAIMD_PEER_PORT: String(peers),
        CLAIMD_GRPC_PORT: String(clients),
      });
    }
    const started = places.map((place, at) =>
      TestNode.start({
        env: { ...memberEnv(etcd, at), ...place, ...env, ...envOf(`node-${at + 1}`) },
      }),
    );
    const cluster = new TestCluster(etcd, await Promise.all(started), links, proxies);
    await cluster.served();
    return cluster;
  }

  /** Of nodes that were started one by one. */
  static of(etcd: EtcdCluster, nodes: readonly TestNode[]): TestCluster {
    return new TestCluster(etcd, nodes, [], []);
  }

  async end(): Promise<void> {
    await Promise.all([...this.links, ...this.#proxies].map((each) => each.close()));
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

  /** Until every node that runs is in sync in every partition: then any one of them may be lost. */
  async whole(withinMs = SERVED_WITHIN_MS): Promise<void> {
    const keys = new ClusterKeys(NAME);
    await this.#within(withinMs, async () => {
      const nodes = (await this.#range(keys.nodes)).map(decodeNodeRecord);
      const records = (await this.#range(keys.partitions)).map(decodePartitionRecord);
      if (nodes.length < this.nodes.length) return `${nodes.length} nodes are registered`;
      const missing = records.filter(({ inSync }) =>
        nodes.some(
          ({ store, boot }) => !inSync.some((one) => one.store === store && one.boot === boot),
        ),
      );
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
