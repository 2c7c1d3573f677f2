/**
 * Where and from what a result comes: without it a number is worth nothing a week later.
 *
 * How long the disk takes for one durable write is measured: it bounds the latency of a single
 * caller whatever the store, and on a memory file system it shows that nothing was durable.
 */
import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Latencies } from "./latencies.ts";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  /** p50 of a write of 4 KiB with fdatasync, in the folder the stores are in. */
  readonly syncMs: number;
  /** Share of all cores that were at work in the second before the bench began, 0 to 1. */
  readonly busyBefore: number;
}

/** Above it somebody else's work is measured along. */
export const BUSY = 0.2;

const SYNCS = 200;
const BLOCK = Buffer.alloc(4096, 1);

export async function describeMachine(directory: string): Promise<Machine> {
  // First: what follows is work of its own.
  const busyBefore = await busyShare(1000);
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    syncMs: syncMs(join(directory, "sync-probe")),
    busyBefore: Math.round(busyBefore * 100) / 100,
  };
}

async function busyShare(ms: number): Promise<number> {
  const before = coreTimes();
  await sleep(ms);
  const after = coreTimes();
  const all = after.all - before.all;
  return all === 0 ? 0 : 1 - (after.idle - before.idle) / all;
}

function coreTimes(): { readonly all: number; readonly idle: number } {
  const times = cpus().map((core) => core.times);
  const all = times.flatMap((each) => Object.values(each)).reduce((sum, each) => sum + each, 0);
  return { all, idle: times.reduce((sum, { idle }) => sum + idle, 0) };
}

function syncMs(path: string): number {
  const latencies = new Latencies();
  const file = openSync(path, "w");
  try {
    for (let i = 0; i < SYNCS; i++) {
      const startedAtMs = performance.now();
      writeSync(file, BLOCK);
      fdatasyncSync(file);
      latencies.record(performance.now() - startedAtMs);
    }
  } finally {
    closeSync(file);
    rmSync(path);
  }
  return latencies.summary().p50Ms;
}

export interface Revision {
  readonly commit: string;
  /** There were changes that no commit has. */
  readonly changed: boolean;
}

/** Of the checkout this program was built in; undefined outside of one. */
export function revision(): Revision | undefined {
  const git = (...line: readonly string[]): string =>
    execFileSync("git", line, {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    const code = [":/server", ":/client", ":/proto"];
    return {
      commit: git("rev-parse", "--short=12", "HEAD"),
      changed: git("status", "--porcelain", "--", ...code) !== "",
    };
  } catch {
    return undefined;
  }
}
