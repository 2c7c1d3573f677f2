/**
 * Reports as a run might leave them, made up: they look like measurements and are none. The same
 * each time.
 */
import { STORE_NAMES, type StoreName } from "../../peers/peer-names.ts";
import type { ClaimScenarioName } from "../../scenarios/claim-scenarios.ts";
import type { CapacityReport, CapacityStep } from "../../support/capacity-report.ts";
import type { CompareReport } from "../../support/compare-report.ts";
import { PERCENTILES } from "../../support/latencies.ts";
import type { ClosedMeasurement, OpenMeasurement } from "../../support/load.ts";
import type { ClaimsReport, LatencyReport } from "../../support/report.ts";
import type { SoakPoint, SoakReport } from "../../support/soak-report.ts";

export const HEAD = {
  format: 1,
  command: "npm run bench -- made up for a test of pictures --out bench/results/nothing.json",
  date: "2026-11-21T06:01:15.912Z",
  revision: { commit: "0123456789ab", changed: true },
  machine: {
    cpu: "AMD EPYC 9B14 96-Core Processor",
    cores: 2,
    memoryGiB: 24,
    kernel: "6.18.44-fc-v669",
    node: "v20.20.2",
    syncMs: 0.14,
    busyBefore: 0,
  },
} as const;

/** From -1 to 1, different for each number, without chance. */
export function wobble(seed: number): number {
  return Math.sin(seed * 12.9898) * Math.cos(seed * 78.233);
}

function measured(scenario: ClaimScenarioName, claimsPerSecond: number, p50Ms: number) {
  const at = (percentile: number): number => {
    const nines = percentile === 100 ? 4.7 : -Math.log10(1 - percentile / 100);
    return Math.round(p50Ms * 1000 * (0.6 + nines + (nines * nines) / (1 + p50Ms))) / 1000;
  };
  return {
    scenario,
    seconds: 5,
    claims: Math.round(claimsPerSecond * 5),
    claimsPerSecond: Math.round(claimsPerSecond),
    latency: {
      p50Ms: at(50),
      p90Ms: at(90),
      p99Ms: at(99),
      p999Ms: at(99.9),
      maxMs: at(100),
      meanMs: at(60),
    },
    percentiles: PERCENTILES.map((each) => [each, at(each)] as const),
    serverCpuMicrosPerClaim: 9.6,
    clientCpuMicrosPerClaim: 2.4,
    generatorUtilization: 0.6,
    keysChecked: Math.round(claimsPerSecond * 6),
  };
}

export function closed(
  callers: number,
  most = 120_000,
  scenario: ClaimScenarioName = "unique",
): ClosedMeasurement {
  const rate = ((most * callers) / (callers + 50)) * (1 + 0.02 * wobble(callers + most));
  return { loop: "closed", callers, ...measured(scenario, rate, (callers / rate) * 1000) };
}

export function open(
  offeredPerSecond: number,
  most = 118_000,
  scenario: ClaimScenarioName = "unique",
): OpenMeasurement {
  const over = offeredPerSecond > most;
  const achieved = over ? most * 0.985 : offeredPerSecond;
  const p50Ms = over ? 700 : 0.3 + 0.15 / (1.02 - offeredPerSecond / most);
  return {
    loop: "open",
    offeredPerSecond,
    achievedPerSecond: Math.round(achieved),
    lateStarts: over ? 5000 : 0,
    saturated: over,
    unanswered: 0,
    ...measured(scenario, achieved, p50Ms),
  };
}

const CALLERS = [1, 64, 256, 1024, 4096];

export function claimsReport(scenarios: readonly ClaimScenarioName[]): ClaimsReport {
  const measurements = scenarios.flatMap((scenario, index) =>
    CALLERS.map((callers) => closed(callers, 125_000 - 6000 * index, scenario)),
  );
  return { ...HEAD, kind: "claims", measurements };
}

export function quickReport(): ClaimsReport {
  const { measurements } = claimsReport(["unique"]);
  const others = [closed(256, 110_000, "duplicates-50"), open(60_000)];
  return { ...HEAD, kind: "claims", measurements: [...measurements, ...others] };
}

export function latencyReport(scenarios: readonly ClaimScenarioName[]): LatencyReport {
  const rates = [1000, 20_000, 40_000, 60_000, 80_000, 90_000, 100_000, 110_000, 115_000, 125_000];
  const measurements = scenarios.flatMap((scenario, index) =>
    rates.map((rate) => open(rate, 118_000 - 12_000 * index, scenario)),
  );
  return { ...HEAD, kind: "latency", maxima: [], measurements };
}

/** Of each store, and how fast it is against claimd. */
const SHARES: Readonly<Record<StoreName, number>> = {
  claimd: 1,
  "redis-auto": 0.8,
  "redis-plain": 0.7,
  "redis-unsynced-auto": 1.1,
  "redis-unsynced-plain": 0.9,
  postgres: 0.15,
  "postgres-batched": 0.4,
  jetstream: 0.16,
  etcd: 0.04,
};

export function compareReport(
  turns: number,
  stores: readonly StoreName[] = STORE_NAMES,
): CompareReport {
  const all = Array.from({ length: turns }, (_, turn) =>
    stores.map((store, index) => ({
      turn: turn + 1,
      store,
      measurements: CALLERS.map((callers) =>
        closed(callers, 130_000 * SHARES[store] * (1 + 0.1 * wobble(turn * 7 + index + callers))),
      ),
    })),
  );
  return { ...HEAD, kind: "compare", services: [], turns: all.flat() };
}

export function capacityReport(keys: readonly number[]): CapacityReport {
  const steps = keys.map((stored): CapacityStep => {
    const share = stored / 10_000_000;
    const grown = stored > 0;
    return {
      keys: stored,
      filled: grown ? { claimsPerSecond: 118_000 - 20_000 * share, seconds: 40 } : undefined,
      anonymousBytes: {
        peak: grown ? 1.7e8 + 6e7 * share : undefined,
        atRest: 4e7 + 9e7 * share,
      },
      diskBytes: { records: stored * (88 + 20 * share), journal: 8e7 },
      measurements: CALLERS.map((callers) => closed(callers, 120_000 - 15_000 * share)),
      restart: grown
        ? {
            keys: stored,
            readySeconds: 0.5 + 1.1 * share,
            firstClaimSeconds: 0.7 + 1.2 * share,
            keysKept: 500,
            rebuiltSeconds: 0.4 + 11 * share,
            whileRebuilding: { claimsPerSecond: 70_000 - 12_000 * share, seconds: 5 },
          }
        : undefined,
    };
  });
  const timeline = Array.from({ length: 60 }, (_, index) => {
    const dropping = index >= 20 && index < 45 ? 3 : 0;
    return {
      atSeconds: index + 1,
      claimsPerSecond: 105_000 * (dropping > 0 ? 0.9 : 1) * (1 + 0.03 * wobble(index)),
      dropping,
    };
  });
  const before = { claimsPerSecond: 105_000, seconds: 20 };
  const whileDropping = { claimsPerSecond: 94_500, seconds: 25 };
  const dropping = {
    keys: 5_000_000,
    keysBeside: 0,
    windowMs: 60_000,
    callers: 256,
    before,
    whileDropping,
    ratio: 0.9,
    dropped: 3,
    timeline,
  };
  return { ...HEAD, kind: "capacity", keyBytes: 36, steps, dropping };
}

export function soakReport(points: number, secondsEach: number): SoakReport {
  const measurement = open(50_000);
  const stalls = [0.31, 0.62].map((share) => ({
    atSeconds: Math.round(points * share) * secondsEach,
    slowestMs: 310,
    serverMs: 270,
    dropping: 1,
    overlayRecords: 90_000,
    levelZeroFiles: 9,
    utilization: 0.8,
    heapBytes: 6e7,
  }));
  return {
    ...HEAD,
    kind: "soak",
    windowsMs: [60_000, 300_000],
    maximum: closed(256),
    share: 0.5,
    ratePerSecond: 50_000,
    measurement,
    points: Array.from({ length: points }, (_, index) => soakPoint(index, secondsEach, stalls)),
    drift: undefined,
    longestStall: stalls[0],
    stalls,
    stalledSeconds: stalls.length,
  };
}

function soakPoint(
  index: number,
  secondsEach: number,
  stalls: readonly { readonly atSeconds: number; readonly slowestMs: number }[],
): SoakPoint {
  const atSeconds = (index + 1) * secondsEach;
  const stall = stalls.find((each) => Math.abs(each.atSeconds - atSeconds) < secondsEach);
  const filled = Math.min(1, index / 60) * (0.9 + 0.1 * (((index * 7) % 60) / 60));
  return {
    atSeconds,
    claimsPerSecond: 50_000 + 700 * wobble(index),
    p50Ms: 0.5 + 0.05 * wobble(index + 1),
    p99Ms: 3 + wobble(index + 2),
    maxMs: stall?.slowestMs ?? 15 + 9 * wobble(index + 3),
    anonymousBytes: 9e7 + 5e7 * filled + 4e6 * wobble(index + 4),
    heapBytes: 3e7 + 1.5e7 * Math.abs(wobble(index)),
    externalBytes: 2e7,
    recordsDiskBytes: 1.4e9 * filled,
    journalDiskBytes: 8e7 + 1.6e7 * wobble(index + 5),
    records: 15_000_000 * filled,
    generations: 6,
    dropping: index % 60 < 5 ? 1 : 0,
    dropped: Math.floor(index / 60),
    overlayRecords: 40_000,
    levelZeroFiles: 4,
    stallMs: stall?.slowestMs ?? 12,
    utilization: 0.55,
  };
}
