/**
 * The network around one node of a test's cluster: what others and clients say to it by its
 * advertised host, and what it says to etcd, each through a proxy.
 *
 * The node listens on 127.0.0.1 and is known to the others by an address of its own. All connect
 * from 127.0.0.1: whose connection it is, the system tells.
 */
import { type EtcdCluster, freePorts } from "./etcd-cluster.ts";
import { hasConnectionFrom } from "./faults.ts";
import type { Random } from "./seed.ts";
import { TcpProxy } from "./tcp-proxy.ts";
import type { TestNode } from "./test-node.ts";

export class NodeLinks {
  /** Settings of the node. */
  readonly env: Readonly<Record<string, string>>;
  /** Before its peer port. Each node speaks on connections of its own, and is answered on them. */
  readonly peers: TcpProxy;
  readonly #clients: TcpProxy;
  /** Before each member of etcd. */
  readonly #etcd: readonly TcpProxy[];

  private constructor(
    env: Readonly<Record<string, string>>,
    peers: TcpProxy,
    clients: TcpProxy,
    etcd: readonly TcpProxy[],
  ) {
    this.env = env;
    this.peers = peers;
    this.#clients = clients;
    this.#etcd = etcd;
  }

  /** Around the `at`-th node of a cluster. */
  static async around(etcd: EtcdCluster, at: number, random: Random): Promise<NodeLinks> {
    const host = `127.0.0.${at + 2}`;
    const members = await Promise.all(etcd.endpoints.map((each) => TcpProxy.to(each, random)));
    const [peerPort = 0, grpcPort = 0] = await freePorts(2);
    const to = (port: number): Promise<TcpProxy> =>
      TcpProxy.to(`127.0.0.1:${port}`, random, { host, port });
    const env = {
      CLAIMD_ADVERTISE_HOST: host,
      CLAIMD_PEER_PORT: String(peerPort),
      CLAIMD_GRPC_PORT: String(grpcPort),
      CLAIMD_ETCD: members.map(({ address }) => address).join(","),
    };
    return new NodeLinks(env, await to(peerPort), await to(grpcPort), members);
  }

  /** What `from` says to this node no longer arrives, or what it is answered, or neither. */
  cutFrom(from: TestNode, what: "requests" | "replies" | "both"): void {
    const isFrom = (port: number): boolean => hasConnectionFrom(from.server.pid, port);
    this.peers.hung = {
      requests: (port) => what !== "replies" && isFrom(port),
      replies: (port) => what !== "requests" && isFrom(port),
    };
  }

  /** Connections between this node and etcd stay up, new ones too, and nothing passes. */
  set etcdHangs(hangs: boolean) {
    for (const proxy of this.#etcd) proxy.halfOpen = hangs;
  }

  async close(): Promise<void> {
    await Promise.all([this.peers, this.#clients, ...this.#etcd].map((each) => each.close()));
  }
}
