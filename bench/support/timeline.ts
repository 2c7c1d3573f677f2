/**
 * A server over time: samples of what it tells of itself and of what its process and folder take.
 *
 * Rates come from the server's own counter of claims, so that they belong to the very samples that
 * say what else was going on: dropping, rebuilding.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { diskBytes } from "./disk-usage.ts";
import { anonymousBytesOf } from "./process-usage.ts";
import { readServerMetrics } from "./server-metrics.ts";

export interface WatchedServer {
  readonly pid: number;
  readonly adminAddress: string;
  readonly dataDir: string;
}

export interface ServerSample {
  /** From performance.now(). */
  readonly atMs: number;
  /** Decided since the server started. */
  readonly claims: number;
  /** Stored, of all namespaces. */
  readonly records: number;
  /** RssAnon; undefined where there is no /proc. */
  readonly anonymousBytes: number | undefined;
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly recordsDiskBytes: number;
  readonly journalDiskBytes: number;
  readonly generations: number;
  /** Over and not yet removed. */
  readonly dropping: number;
  readonly dropped: number;
  /** Filters and index, after a start. */
  readonly rebuilding: boolean;
  readonly overlayRecords: number;
  readonly levelZeroFiles: number;
  /** Longest stop of the server's event loop since the sample before. */
  readonly stallMs: number;
  /** Share of the time in which the server's event loop was at work, since the sample before. */
  readonly utilization: number;
  readonly grantsRefused: boolean;
}

export async function sampleServer(server: WatchedServer): Promise<ServerSample> {
  const metrics = await readServerMetrics(server.adminAddress);
  return {
    atMs: performance.now(),
    claims: metrics.sum("claimd_claims_total") ?? 0,
    records: metrics.sum("claimd_records") ?? 0,
    anonymousBytes: anonymousBytesOf(server.pid),
    heapBytes: metrics.required("nodejs_heap_size_used_bytes"),
    externalBytes: metrics.required("nodejs_external_memory_bytes"),
    recordsDiskBytes: diskBytes(join(server.dataDir, "records")),
    journalDiskBytes: diskBytes(join(server.dataDir, "journal")),
    generations: metrics.required("claimd_generations"),
    dropping: metrics.required("claimd_generations_dropping"),
    dropped: metrics.required("claimd_generations_dropped_total"),
    rebuilding: metrics.required("claimd_rebuilding") > 0,
    overlayRecords: metrics.required("claimd_overlay_records"),
    levelZeroFiles: metrics.required("claimd_leveldb_files", { level: "0" }),
    stallMs: Math.round(metrics.required("claimd_event_loop_stall_seconds") * 1000),
    utilization: metrics.required("claimd_event_loop_utilization_ratio"),
    grantsRefused: metrics.required("claimd_grants_refused") > 0,
  };
}

/** Samples until one says that it is enough, that one included. */
export async function watchServer(
  server: WatchedServer,
  everyMs: number,
  enough: (sample: ServerSample) => boolean,
): Promise<readonly ServerSample[]> {
  const samples: ServerSample[] = [];
  for (let nextAtMs = performance.now(); ; nextAtMs += everyMs) {
    await sleep(Math.max(0, nextAtMs - performance.now()));
    const sample = await sampleServer(server);
    samples.push(sample);
    if (enough(sample)) return samples;
  }
}

export interface Rate {
  readonly claimsPerSecond: number;
  readonly seconds: number;
}

/**
 * Claims per second where two samples that follow each other both are as `counts` says: whatever
 * began or ended between two of them is left out. Undefined when there are no such two.
 */
export function rateWhile(
  samples: readonly ServerSample[],
  counts: (sample: ServerSample) => boolean,
): Rate | undefined {
  let claims = 0;
  let ms = 0;
  for (const [at, sample] of samples.entries()) {
    const before = samples[at - 1];
    if (before === undefined || !counts(before) || !counts(sample)) continue;
    claims += sample.claims - before.claims;
    ms += sample.atMs - before.atMs;
  }
  if (ms === 0) return undefined;
  const seconds = ms / 1000;
  return { claimsPerSecond: Math.round(claims / seconds), seconds: Math.round(seconds * 10) / 10 };
}
