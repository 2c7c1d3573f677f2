/**
 * A redis-server with the durability that claimd has: every answered write is in the synced
 * append-only file. Own port, own folder; Debian's service on the standard port is left alone.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type Belongings, endChild } from "./belongings.ts";
import { firstLine } from "./first-line.ts";

export interface RedisProcess {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

export const REDIS_FLAGS = [
  "--appendonly",
  "yes",
  "--appendfsync",
  "always",
  "--save",
  "",
] as const;
const READY_WITHIN_MS = 10_000;

/** As the program calls itself; undefined where it is not installed. */
export function redisVersion(): string | undefined {
  const { stdout, error } = spawnSync("redis-server", ["--version"], { encoding: "utf8" });
  if (error !== undefined) return undefined;
  return /v=(\S+)/.exec(stdout)?.[1] ?? "unknown";
}

export async function startRedis(belongings: Belongings, directory: string): Promise<RedisProcess> {
  const port = await freePort();
  const child = belongings.keep(
    spawn(
      "redis-server",
      ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, ...REDIS_FLAGS],
      { stdio: ["ignore", "pipe", "pipe"] },
    ),
  );
  await firstLine(
    child,
    "redis-server",
    (line) => line.includes("Ready to accept connections"),
    READY_WITHIN_MS,
  );
  return { pid: child.pid ?? 0, port, stop: () => endChild(child, "SIGTERM") };
}

/**
 * Redis takes no "any free one": found by asking the system, free again a moment before it is
 * used.
 */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
