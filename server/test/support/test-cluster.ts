/**
 * A cluster of real processes on loopback: nodes, and the etcd they agree through; for one test.
 *
 * Needs ETCD_SERVER. `endCluster` ends and removes all of it.
 */
import { keyHash } from "@claimd/proto";
import { status } from "@grpc/grpc-js";
import type { Answer, Command, Transport } from "./command.ts";
import { endEtcd, EtcdCluster, type EtcdClusterOptions } from "./etcd-cluster.ts";
import { isOpen } from "./history.ts";
import { sleep } from "./key-asker.ts";
import { endNodes, TestNode } from "./test-node.ts";
import { session } from "./transports.ts";

export interface TestClusterOptions {
  /** 3 unless said otherwise. */
  readonly nodes?: number;
  readonly etcdMembers?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Of each node, beside those of all. */
  readonly envOf?: (node: string) => Readonly<Record<string, string>>;
  readonly etcd?: Omit<EtcdClusterOptions, "members">;
}

/** Shorter than the default, so that a test need not wait for it. */
const LEASE_MS = 5000;
const PARTITIONS = 256;
const SERVED_WITHIN_MS = 60_000;

export async function endCluster(): Promise<void> {
  await endNodes();
  await endEtcd();
}

/** Settings of the node that is the `at`-th of the cluster. */
export function memberEnv(etcd: EtcdCluster, at: number): Readonly<Record<string, string>> {
  return {
    CLAIMD_CLUSTER: "test",
    CLAIMD_ETCD: etcd.members.map(({ endpoint }) => endpoint).join(","),
    CLAIMD_PEER_PORT: "0",
    CLAIMD_NODE_ID: `node-${at + 1}`,
    CLAIMD_NODE_LEASE_MS: String(LEASE_MS),
  };
}

export class TestCluster {
  readonly etcd: EtcdCluster;
  readonly nodes: readonly TestNode[];

  private constructor(etcd: EtcdCluster, nodes: readonly TestNode[]) {
    this.etcd = etcd;
    this.nodes = nodes;
  }

  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const { nodes = 3, etcdMembers = 1, env = {}, envOf = () => ({}) } = options;
    const etcd = await EtcdCluster.start({ members: etcdMembers, ...options.etcd });
    const started = Array.from({ length: nodes }, (_, at) =>
      TestNode.start({ env: { ...memberEnv(etcd, at), ...env, ...envOf(`node-${at + 1}`) } }),
    );
    const cluster = new TestCluster(etcd, await Promise.all(started));
    await cluster.served();
    return cluster;
  }

  /** Of nodes that were started one by one. */
  static of(etcd: EtcdCluster, nodes: readonly TestNode[]): TestCluster {
    return new TestCluster(etcd, nodes);
  }

  /** Until every partition has a leader that serves: a key of each is asked for. */
  async served(): Promise<void> {
    const untilMs = performance.now() + SERVED_WITHIN_MS;
    const transport = this.transport();
    const missing = new Map(keysOfAllPartitions("served").map((key) => [key.toString(), key]));
    while (missing.size > 0) {
      await Promise.all(
        [...missing.values()].map(async (key) => {
          const answer = await transport.ask({ verb: "GET", namespace: "served", key });
          if (answer.kind === "get" || isUnknownNamespace(answer)) missing.delete(key.toString());
        }),
      );
      if (missing.size === 0) break;
      if (performance.now() > untilMs) {
        const logs = this.nodes.map(({ server }) => server.stderr.slice(-1500)).join("\n--\n");
        throw new Error(`${missing.size} partitions are not served:\n${logs}`);
      }
      await sleep(100);
    }
    transport.close();
  }

  /**
   * Asks one node after the other until one leads the key's partition, as a client that knows no
   * topology would. Whether anything was decided is unknown only where a node may have decided.
   */
  transport(withinMs = 5000): Transport {
    const sessions = new Map<TestNode, { readonly port: string; readonly session: Transport }>();
    const leaders = new Map<number, number>();
    const at = (node: TestNode): Transport => {
      const known = sessions.get(node);
      if (known?.port === node.server.grpc) return known.session;
      known?.session.close();
      const opened = session(node.claims, withinMs);
      sessions.set(node, { port: node.server.grpc, session: opened });
      return opened;
    };
    return {
      name: "session",
      ask: async (command) => {
        const partition = partitionOf(command);
        const first = leaders.get(partition) ?? partition % this.nodes.length;
        let answer: Answer | undefined;
        for (let hop = 0; hop < this.nodes.length; hop++) {
          const asked = (first + hop) % this.nodes.length;
          answer = await at(this.nodes[asked] as TestNode).ask(command);
          if (isLed(answer)) {
            // Who did not answer may be gone: the next time another is asked first.
            leaders.set(partition, isOpen(answer) ? (asked + 1) % this.nodes.length : asked);
            return answer;
          }
        }
        return { ...UNLED };
      },
      close: () => {
        for (const each of sessions.values()) each.session.close();
      },
    };
  }
}

const UNLED: Answer = {
  kind: "error",
  code: status.UNAVAILABLE,
  reason: "",
  message: "no node leads it",
  retryAfterMs: 0,
};

function isLed(answer: Answer): boolean {
  return answer.kind !== "error" || answer.reason !== "NOT_LEADER";
}

function isUnknownNamespace(answer: Answer): boolean {
  return answer.kind === "error" && answer.reason === "NAMESPACE_NOT_FOUND";
}

function partitionOf({ namespace, key }: Command): number {
  return keyHash(namespace, key) % PARTITIONS;
}

function keysOfAllPartitions(namespace: string): readonly Buffer[] {
  const keys = new Map<number, Buffer>();
  for (let n = 0; keys.size < PARTITIONS; n++) {
    const key = Buffer.from(`served-${n}`);
    keys.set(keyHash(namespace, key) % PARTITIONS, key);
  }
  return [...keys.values()];
}
