/**
 * A single etcd, as it comes: every answered transaction is in its synced log. Its own gRPC API is
 * asked, by the few messages that a claim needs.
 *
 * Claims hang on one lease as long as the window: a lease for each would be etcd's undoing.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { endChild } from "../support/belongings.ts";
import { firstLine } from "../support/first-line.ts";
import type { Target } from "../support/target.ts";
import { EtcdClient } from "./etcd-client.ts";
import { freePorts, mustBe, programPath, versionOf } from "./program.ts";
import { HOST, type Service, WINDOW_MS } from "./service.ts";

export interface EtcdAddress {
  readonly kind: "etcd";
  readonly port: number;
}

export interface EtcdPlace {
  readonly name: string;
  readonly directory: string;
  readonly port: number;
  readonly peerPort: number;
}

const PROGRAM = "etcd";
const NAME = "bench";
const READY_WITHIN_MS = 30_000;
const OWNER = Buffer.from("bench-owner-of-16");
/** The most that etcd takes in one transaction by default. */
const FILL_STEP = 128;
const FILLERS = 16;

export const etcd: Service = {
  title: "etcd",
  program: PROGRAM,
  client: "@grpc/grpc-js",
  settings: "one member, as it comes",
  durability: "synced before it is answered, on one member",
  mostKeysBefore: 1_000_000,
  version: () => versionOf(programPath(PROGRAM)),
  start: async (belongings, parentDirectory) => {
    const directory = belongings.temporaryDirectory(parentDirectory, "etcd-bench");
    const [port = 0, peerPort = 0] = await freePorts(2);
    const flags = etcdFlags({ name: NAME, directory, port, peerPort });
    const child = belongings.keep(
      // It takes settings from the environment too: those of whoever runs the bench don't count.
      spawn(mustBe(programPath(PROGRAM), PROGRAM), flags, {
        env: {},
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
    const isReady = (line: string): boolean => line.includes("ready to serve client requests");
    await firstLine(child, PROGRAM, isReady, READY_WITHIN_MS);
    return {
      pid: child.pid ?? 0,
      port,
      fill: (keys, onProgress) => fill(port, keys, onProgress),
      stop: async () => {
        await endChild(child, "SIGTERM");
        belongings.removeDirectory(directory);
      },
    };
  },
};

/** Of one member on loopback. */
export function etcdFlags({ name, directory, port, peerPort }: EtcdPlace): readonly string[] {
  const own = `http://${HOST}:${port}`;
  const peers = `http://${HOST}:${peerPort}`;
  return [
    ["--name", name],
    ["--data-dir", directory],
    ["--listen-client-urls", own],
    ["--advertise-client-urls", own],
    ["--listen-peer-urls", peers],
    ["--initial-advertise-peer-urls", peers],
    ["--initial-cluster", `${name}=${peers}`],
  ].flat();
}

async function fill(port: number, keys: number, onProgress: (done: number) => void): Promise<void> {
  const client = new EtcdClient(`${HOST}:${port}`);
  try {
    const lease = await client.grantLease(WINDOW_MS / 1000);
    let done = 0;
    const filler = async (): Promise<void> => {
      while (done < keys) {
        const count = Math.min(FILL_STEP, keys - done);
        done += count;
        const made = Array.from({ length: count }, () => Buffer.from(randomUUID()));
        await client.putAll(made, OWNER, lease);
        onProgress(done);
      }
    };
    await Promise.all(Array.from({ length: FILLERS }, filler));
  } finally {
    client.close();
  }
}

export function openEtcd({ port }: EtcdAddress): Target {
  const client = new EtcdClient(`${HOST}:${port}`);
  const granting = client.grantLease(WINDOW_MS / 1000);
  // Whoever claims first is told; without a claim nobody asks.
  granting.catch(() => undefined);
  let lease: string | undefined;
  return {
    claim: (key) => {
      if (lease !== undefined) return client.create(Buffer.from(key), OWNER, lease);
      return granting.then((granted) => {
        lease = granted;
        return client.create(Buffer.from(key), OWNER, granted);
      });
    },
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}
