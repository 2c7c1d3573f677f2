/** `bench capacity` and `bench soak` as a user runs them, in seconds instead of hours. */
import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { reportText } from "../support/report-tables.ts";
import { startBench } from "./support/started-program.ts";

async function ended(bench: ReturnType<typeof startBench>): Promise<void> {
  await bench.ended;
  expect(existsSync(bench.out), bench.output()).toBe(true);
  expect(readdirSync(bench.folder)).toEqual([]);
}

describe("bench capacity", () => {
  it("measures an empty store and a filled one, and kills it under load", async () => {
    const bench = startBench("capacity --keys 20000 --callers 32 --seconds 0.5 --drop 0");
    await ended(bench);
    expect(bench.child.exitCode, bench.output()).toBe(0);
    const report = bench.report("capacity");
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
    await ended(bench);
    expect(bench.child.exitCode, bench.output()).toBe(0);
    const report = bench.report("soak");
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
    await bench.says(" p99 ");
    bench.child.kill("SIGINT");
    await ended(bench);
    const report = bench.report("soak");
    expect(report.interrupted).toBe(true);
    expect(report.maximum?.claimsPerSecond).toBeGreaterThan(0);
    expect(report.measurement).toBeUndefined();
    expect(report.points.length).toBeGreaterThanOrEqual(10);
    expect(reportText(report)).toContain("Interrupted");
  });
});
