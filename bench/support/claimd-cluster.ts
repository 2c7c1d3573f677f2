/**
 * A cluster of claimd processes and the etcd they agree through, on loopback.
 *
 * Ready means that every partition is served, as many as replicas are in sync, and the nodes lead
 * about as many partitions each.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { once } from "node:events";
import {
  type ClusterStats__Output,
  loadClaimd,
  type StatsResponse__Output,
  type Topology__Output,
} from "@claimd/proto";
import { credentials } from "@grpc/grpc-js";
import { etcd } from "../peers/etcd.ts";
import type { Belongings } from "./belongings.ts";
import { type ClaimdProcess, startClaimd } from "./claimd-process.ts";

export interface ClusterShape {
  readonly nodes: number;
  readonly replicas: number;
}

export interface RunningCluster {
  /** Of one of its nodes. */
  readonly address: string;
  /** Host and port of etcd. */
  readonly etcd: string;
  /** Without etcd, which is not asked about claims. */
  readonly nodes: readonly ClaimdProcess[];
  /** How many partitions each of them led when the cluster was ready. */
  readonly leads: readonly number[];
  /** One that has ended, on its data and at its address. */
  startAgain(at: number): Promise<void>;
  /**
   * Resolves when every partition is served and has as many replicas in sync as it is to have, and
   * each node leads at least so much of an even share.
   */
  whole(leastShare?: number): Promise<void>;
  stop(): Promise<void>;
}

export const CLUSTER = "bench";
export const PARTITIONS = 256;
const READY_WITHIN_MS = 180_000;
const LOOK_MS = 500;
/** Of an even share. */
const EVEN = 0.8;

export async function startCluster(
  belongings: Belongings,
  directory: string,
  environment: NodeJS.ProcessEnv,
  shape: ClusterShape,
): Promise<RunningCluster> {
  const authority = await etcd.start(belongings, directory);
  const endpoint = `127.0.0.1:${authority.port}`;
  const folders = Array.from({ length: shape.nodes }, () =>
    belongings.temporaryDirectory(directory, "claimd-bench"),
  );
  const start = (dataDir: string, at: number, grpcPort = 0): Promise<ClaimdProcess> => {
    const flags = [
      ["--node-id", `node-${at + 1}`],
      ["--cluster", CLUSTER],
      ["--etcd", endpoint],
      ["--peer-port", "0"],
      ["--replicas", String(shape.replicas)],
      ["--min-in-sync", String(Math.ceil((shape.replicas + 1) / 2))],
    ].flat();
    return startClaimd(belongings, { dataDir, grpcPort, environment, flags });
  };
  const nodes = await Promise.all(folders.map((dataDir, at) => start(dataDir, at)));
  await untilWhole(nodes, shape, EVEN);
  const leads = (await statsOfAll(nodes)).map((each) => each?.serving ?? 0);
  return {
    address: nodes[0]?.grpcAddress ?? "",
    etcd: endpoint,
    nodes,
    leads,
    startAgain: async (at) => {
      const [before, dataDir] = [nodes[at], folders[at]];
      if (before === undefined || dataDir === undefined) throw new Error(`there is no node ${at}`);
      nodes[at] = await start(dataDir, at, Number(before.grpcAddress.split(":").at(-1)));
    },
    whole: (leastShare = 0) => untilWhole(nodes, shape, leastShare),
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      for (const dataDir of folders) belongings.removeDirectory(dataDir);
      await authority.stop();
    },
  };
}

type Stats = ClusterStats__Output | null;

async function untilWhole(
  nodes: readonly ClaimdProcess[],
  { replicas }: ClusterShape,
  leastShare: number,
): Promise<void> {
  const least = (PARTITIONS / nodes.length) * leastShare;
  const untilMs = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const stats = await statsOfAll(nodes);
    const serving = stats.map((each) => each?.serving ?? 0);
    const isServed = serving.reduce((sum, each) => sum + each, 0) === PARTITIONS;
    const held = stats.reduce((sum, each) => sum + rolesOf(each), 0);
    const isSettled = stats.every((each) => each?.underReplicated === 0 && each.moving === 0);
    const isWhole = held === PARTITIONS * replicas;
    const isEven = serving.every((each) => each >= least);
    if (isServed && isSettled && isWhole && isEven) return;
    if (performance.now() > untilMs) {
      throw new Error(`the cluster is not ready: its nodes lead ${serving.join(", ")} partitions`);
    }
    await sleep(LOOK_MS);
  }
}

function rolesOf(stats: Stats): number {
  if (stats === null) return 0;
  return stats.serving + stats.recovering + stats.sealed + stats.following;
}

function statsOfAll(nodes: readonly ClaimdProcess[]): Promise<readonly Stats[]> {
  return Promise.all(nodes.map(({ grpcAddress }) => statsOf(grpcAddress)));
}

async function statsOf(address: string): Promise<Stats> {
  const { Admin } = loadClaimd();
  const admin = new Admin(address, credentials.createInsecure());
  try {
    return await new Promise((resolve, reject) => {
      admin.Stats({}, (error: Error | null, stats?: StatsResponse__Output) => {
        if (error === null) resolve(stats?.cluster ?? null);
        else reject(error);
      });
    });
  } finally {
    admin.close();
  }
}

/** Which of the nodes leads the partition, as the first of them knows it; -1 = none does. */
export async function leaderOf(
  { address, nodes }: Pick<RunningCluster, "address" | "nodes">,
  partition: number,
): Promise<number> {
  const { Claims } = loadClaimd();
  const claims = new Claims(address, credentials.createInsecure());
  const stream = claims.WatchTopology({});
  try {
    const [known] = (await once(stream, "data")) as [Topology__Output];
    const leader = known.nodes[(known.leaders[partition] ?? 0) - 1]?.address;
    return nodes.findIndex(({ grpcAddress }) => grpcAddress === leader);
  } finally {
    // What is cancelled says so by an error, to nobody.
    stream.on("error", () => undefined).cancel();
    claims.close();
  }
}
