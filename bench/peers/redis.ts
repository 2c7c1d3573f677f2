/**
 * Redis, through ioredis. With `appendfsync always` every answered write is in the synced
 * append-only file, as claimd's are; with `no` it is written and not synced.
 */
import { spawn } from "node:child_process";
import { Redis } from "ioredis";
import { endChild } from "../support/belongings.ts";
import { firstLine } from "../support/first-line.ts";
import type { Target } from "../support/target.ts";
import { freePorts, mustBe, programPath, versionOf } from "./program.ts";
import { HOST, type Service, WINDOW_MS } from "./service.ts";

export interface RedisAddress {
  readonly kind: "redis";
  readonly port: number;
  readonly autoPipelining: boolean;
}

const PROGRAM = "redis-server";
const READY_WITHIN_MS = 10_000;

export const redis = redisWith("Redis", "always", "synced before it is answered");
export const redisUnsynced = redisWith(
  "Redis, unsynced",
  "no",
  "written before it is answered, not synced: lost when the machine stops",
);

function redisWith(title: string, appendfsync: "always" | "no", durability: string): Service {
  const flags = ["--appendonly", "yes", "--appendfsync", appendfsync, "--save", ""];
  return {
    title,
    program: PROGRAM,
    client: "ioredis",
    settings: flags.map((flag) => flag || "''").join(" "),
    durability,
    mostKeysBefore: Number.POSITIVE_INFINITY,
    version: () => versionOf(programPath(PROGRAM)),
    start: async (belongings, parentDirectory) => {
      const directory = belongings.temporaryDirectory(parentDirectory, "redis-bench");
      const [port = 0] = await freePorts(1);
      const child = belongings.keep(
        spawn(
          mustBe(programPath(PROGRAM), PROGRAM),
          ["--port", String(port), "--bind", HOST, "--dir", directory, ...flags],
          { stdio: ["ignore", "pipe", "pipe"] },
        ),
      );
      const isReady = (line: string): boolean => line.includes("Ready to accept connections");
      await firstLine(child, PROGRAM, isReady, READY_WITHIN_MS);
      return {
        pid: child.pid ?? 0,
        port,
        stop: async () => {
          await endChild(child, "SIGTERM");
          belongings.removeDirectory(directory);
        },
      };
    },
  };
}

/** The owner's value is the same for all: one made for each call would only cost Redis time. */
export function openRedis({ port, autoPipelining }: RedisAddress): Target {
  const client = new Redis({ port, host: HOST, enableAutoPipelining: autoPipelining });
  const owner = "bench-owner-of-16";
  return {
    claim: (key) => client.set(key, owner, "PX", WINDOW_MS, "NX"),
    isFirst: (answer) => answer === "OK",
    close: async () => {
      await client.quit();
    },
  };
}
