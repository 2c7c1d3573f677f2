/**
 * Several MapServers that pretend to be a cluster: one truth of who leads what, which a test
 * changes and which each node may know, or not. Their keys are one Map, as if replicated.
 */
import { partitionOf, type Error as WireError, type Topology } from "@claimd/proto";
import { ServerCredentials, status } from "@grpc/grpc-js";
import { MapKeys } from "./map-keys.ts";
import { MapServer } from "./map-server.ts";

/** Small, so that a few keys are spread over all of them. */
export const PARTITIONS = 16;
export const NAMESPACE = "a";
const NOBODY = -1;

export class MapCluster implements AsyncDisposable {
  readonly keys = new MapKeys();
  readonly servers: readonly MapServer[];
  /** By partition: which server leads, -1 = none. */
  readonly leaders: number[];
  readonly epochs = new Array<number>(PARTITIONS).fill(5);
  /** How a node that does not lead names the one that does. */
  namesBy: "address" | "id" = "address";
  /** Servers that are no longer part of it. */
  readonly gone = new Set<number>();
  /** Whether all are told to be replicas of everything, and whether they know what is COMPLETED. */
  replicas: "not told" | "know" | "lag" = "not told";
  version = 1;
  /** Commands that were refused because another node leads. */
  turnedAway = 0;

  private constructor(servers: number) {
    this.servers = Array.from({ length: servers }, () => this.#server());
    this.leaders = Array.from({ length: PARTITIONS }, (_, partition) => partition % servers);
  }

  static async start(servers = 3): Promise<MapCluster> {
    const cluster = new MapCluster(servers);
    await Promise.all(cluster.servers.map((server) => server.start()));
    cluster.tell();
    return cluster;
  }

  get addresses(): readonly string[] {
    return this.servers.map(({ address }) => address);
  }

  server(at: number): MapServer {
    const server = this.servers[at];
    if (server === undefined) throw new Error(`no server ${at}`);
    return server;
  }

  /** Keys of partitions that this server leads, `count` of them. */
  keysOf(at: number, count = 1): string[] {
    const keys: string[] = [];
    for (let next = 0; keys.length < count; next++) {
      const key = `${at}-${next}`;
      if (this.leaders[this.partitionOf(key)] === at) keys.push(key);
    }
    return keys;
  }

  keyOf(at: number): string {
    return this.keysOf(at)[0] ?? "";
  }

  partitionOf(key: string): number {
    return partitionOf(NAMESPACE, Buffer.from(key), PARTITIONS);
  }

  /** The truth alone: whom to tell is the test's matter. Claims that wait there are let go. */
  move(partition: number, to: number): void {
    this.leaders[partition] = to;
    if (to !== NOBODY) this.epochs[partition] = (this.epochs[partition] ?? 0) + 1;
    this.version++;
    for (const server of this.servers) server.turnParkedAway();
  }

  moveAll(from: number, to: number): void {
    for (const [partition, leader] of this.leaders.entries()) {
      if (leader === from) this.move(partition, to);
    }
  }

  topology(): Topology {
    const there = this.servers.map((_, at) => at).filter((at) => !this.gone.has(at));
    return {
      version: this.version,
      partitions: PARTITIONS,
      nodes: there.map((at) => ({ id: idOf(at), address: this.server(at).address })),
      leaders: this.leaders.map((leader) => there.indexOf(leader) + 1),
      epochs: [...this.epochs],
      ...(this.replicas === "not told" ? {} : this.#replicaColumns(there.length)),
    };
  }

  /** Tells the truth to all servers, or to some. Who is there may have changed: a new version. */
  tell(...at: readonly number[]): void {
    this.version++;
    const topology = this.topology();
    for (const [each, server] of this.servers.entries()) {
      if (at.length === 0 || at.includes(each)) server.topology.tell(topology);
    }
  }

  /** What `at` answers for a key of a partition that another node leads. */
  notLeader(partition: number): WireError {
    const leader = this.leaders[partition] ?? NOBODY;
    this.turnedAway++;
    return {
      code: status.FAILED_PRECONDITION,
      reason: "NOT_LEADER",
      message: "another node leads",
      leader: leader === NOBODY ? "" : this.#nameOf(leader),
      epoch: this.epochs[partition] ?? 0,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) server.stop();
    await Promise.resolve();
  }

  #replicaColumns(nodes: number): Pick<Topology, "replicas" | "replicaCounts"> {
    const all = Array.from({ length: nodes }, (_, at) => at + 1);
    return {
      replicas: this.leaders.flatMap(() => all),
      replicaCounts: this.leaders.map(() => nodes),
    };
  }

  #server(): MapServer {
    const server = new MapServer(ServerCredentials.createInsecure(), this.keys);
    server.turnsAway = (name) => {
      const partition = partitionOfName(name);
      if (this.replicas === "know" && this.keys.get(name)?.state === "COMPLETED") return undefined;
      return this.servers[this.leaders[partition] ?? NOBODY] === server
        ? undefined
        : this.notLeader(partition);
    };
    return server;
  }

  #nameOf(at: number): string {
    return this.namesBy === "id" ? idOf(at) : this.server(at).address;
  }
}

export function partitionOfName(name: string): number {
  const colon = name.indexOf(":");
  const key = Buffer.from(name.slice(colon + 1), "latin1");
  return partitionOf(name.slice(0, colon), key, PARTITIONS);
}

function idOf(at: number): string {
  return `node-${at}`;
}
