/** `bench capacity` and `bench soak` as a user runs them, in seconds instead of hours. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import type { CapacityReport } from "../support/capacity-report.ts";
import { readReport } from "../support/report.ts";
import { reportText } from "../support/report-tables.ts";
import type { SoakReport } from "../support/soak-report.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

interface Bench {
  readonly child: ChildProcess;
  /** Resolves when it and all that shares its output has ended. */
  readonly ended: Promise<unknown>;
  /** Where its stores are made. */
  readonly stores: string;
  readonly report: string;
  output(): string;
}

function startBench(line: string): Bench {
  const folder = mkdtempSync(join(tmpdir(), "claimd-bench-test-"));
  const stores = mkdtempSync(join(folder, "stores-"));
  const report = join(folder, "report.json");
  const child = spawn(
    process.execPath,
    [MAIN, ...line.split(" "), "--dir", stores, "--out", report],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = once(child, "close");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  return { child, ended, stores, report, output: () => output };
}

async function reportOf(bench: Bench): Promise<CapacityReport | SoakReport> {
  await bench.ended;
  expect(existsSync(bench.report), bench.output()).toBe(true);
  expect(readdirSync(bench.stores)).toEqual([]);
  return readReport(bench.report) as CapacityReport | SoakReport;
}

describe("bench capacity", () => {
  it("measures an empty store and a filled one, and kills it under load", async () => {
    const bench = startBench("capacity --keys 20000 --callers 32 --seconds 0.5 --drop 0");
    const report = await reportOf(bench);
    expect(bench.child.exitCode, bench.output()).toBe(0);
    if (report.kind !== "capacity") throw new Error(report.kind);
    const [empty, filled] = report.steps;
    expect(report.steps).toHaveLength(2);
    expect(empty).toMatchObject({ keys: 0 });
    expect(empty?.restart).toBeUndefined();
    expect(filled?.keys).toBeGreaterThanOrEqual(20_000);
    expect(filled?.diskBytes.records).toBeGreaterThan(0);
    for (const step of report.steps) {
      expect(step.anonymousBytes.atRest).toBeGreaterThan(1e6);
      expect(step.measurements.map(({ callers }) => callers)).toEqual([32]);
      expect(step.measurements[0]?.claimsPerSecond).toBeGreaterThan(0);
    }
    const { restart } = filled ?? {};
    expect(restart?.keysKept).toBe(1000);
    expect(restart?.readySeconds).toBeGreaterThan(0);
    expect(restart?.firstClaimSeconds).toBeGreaterThan(restart?.readySeconds ?? 0);
    expect(reportText(report)).toContain("| ready after | first answer after |");
  });
});

describe("bench soak", () => {
  it("looks at every second of a fixed rate, from both sides", async () => {
    const bench = startBench("soak --minutes 0.09 --rate 500");
    const report = await reportOf(bench);
    expect(bench.child.exitCode, bench.output()).toBe(0);
    if (report.kind !== "soak") throw new Error(report.kind);
    expect(report.points.length).toBeGreaterThanOrEqual(3);
    expect(report.measurement).toMatchObject({ loop: "open", unanswered: 0 });
    expect(report.measurement?.offeredPerSecond).toBeGreaterThan(400);
    expect(report.drift?.fromSeconds).toBeLessThan(3);
    for (const point of report.points) {
      expect(point.heapBytes).toBeGreaterThan(1e6);
      expect(point.records).toBeGreaterThan(0);
      expect(point.generations).toBeGreaterThan(0);
    }
  });

  it("keeps what it saw until Ctrl-C", async () => {
    const bench = startBench("soak --minutes 10 --share 0.2 --callers 16");
    while (!bench.output().includes(" p99 ")) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(bench.child.exitCode, bench.output()).toBeNull();
    }
    bench.child.kill("SIGINT");
    const report = await reportOf(bench);
    if (report.kind !== "soak") throw new Error(report.kind);
    expect(report.interrupted).toBe(true);
    expect(report.maximum?.claimsPerSecond).toBeGreaterThan(0);
    expect(report.measurement).toBeUndefined();
    expect(report.points.length).toBeGreaterThanOrEqual(10);
    expect(reportText(report)).toContain("Interrupted");
  });
});
