/** A warning that is not shown is none: rows of a saturated generator must not pass as results. */
import { describe, expect, it } from "vitest";
import { claimsTables, latencyTables } from "./claims-tables.ts";
import type { ClosedMeasurement, OpenMeasurement } from "./load.ts";
import { type ClaimsReport, type LatencyReport, reportHead } from "./report.ts";
import { reportText } from "./report-tables.ts";

const head = reportHead({
  command: "npm run bench",
  date: "2026-11-21T00:00:00.000Z",
  revision: undefined,
  machine: {
    cpu: "CPU",
    cores: 2,
    memoryGiB: 4,
    kernel: "6",
    node: "v20",
    syncMs: 0.2,
    busyBefore: 0,
  },
});
const measured = {
  scenario: "zipf",
  seconds: 5,
  claims: 5000,
  latency: { p50Ms: 1, p90Ms: 2, p99Ms: 3, p999Ms: 4, maxMs: 5, meanMs: 1 },
  percentiles: [],
  serverCpuMicrosPerClaim: undefined,
  clientCpuMicrosPerClaim: 2.5,
  generatorUtilization: 0.31,
  keysChecked: 100,
} as const;
const closed: ClosedMeasurement = {
  ...measured,
  loop: "closed",
  callers: 64,
  claimsPerSecond: 54_321,
};
const open = (offeredPerSecond: number, more: Partial<OpenMeasurement> = {}): OpenMeasurement => ({
  ...measured,
  loop: "open",
  claimsPerSecond: offeredPerSecond,
  offeredPerSecond,
  achievedPerSecond: offeredPerSecond,
  lateStarts: 0,
  saturated: false,
  unanswered: 0,
  ...more,
});
const latency = (measurements: readonly OpenMeasurement[]): LatencyReport => ({
  ...head,
  kind: "latency",
  maxima: [closed],
  measurements,
});

describe("claimsTables", () => {
  it("shows closed loops by callers and open ones by rate, each under its scenario", () => {
    const report: ClaimsReport = { ...head, kind: "claims", measurements: [open(1000), closed] };
    const [byCallers = "", byRate = "", ...none] = claimsTables(report);
    expect(none).toEqual([]);
    expect(byCallers).toMatch(/^\*\*zipf\*\*: a million keys/);
    expect(byCallers).toMatch(/\| 64 +\| +54,321 \| .* – \| +2\.5 \|$/);
    expect(byRate).toMatch(/timed from when each was due/);
    expect(byRate).toMatch(/\| 1,000 +\| +1,000 \|/);
    expect(byRate).toMatch(/ 31 % \|/);
    expect(byRate).not.toContain("(!)");
  });
});

describe("latencyTables", () => {
  it("marks and explains what a saturated generator has measured", () => {
    const text = latencyTables(latency([open(1000), open(2000, { saturated: true })])).join("\n");
    expect(text).toMatch(/\| 2,000 \(!\) \|/);
    expect(text).toContain("(!) The generator was saturated");
  });

  it("names the last rate that was kept up with, where the next one was not", () => {
    const slow = { ...measured.latency, p50Ms: 21 };
    for (const beyond of [
      open(3000, { achievedPerSecond: 2900 }),
      open(3000, { unanswered: 1 }),
      open(3000, { latency: slow }),
    ]) {
      const text = latencyTables(latency([open(1000), open(2000), beyond])).join("\n");
      expect(text).toContain("The maximum of **zipf**, by a closed loop of 64 callers: 54,321");
      expect(text).toContain("**zipf** is kept up with up to 2,000 claims/s.");
    }
    expect(latencyTables(latency([open(1000), open(2000)])).join("\n")).not.toContain("kept up");
  });
});

describe("reportText", () => {
  it("says what is not known, not finished and not measured", () => {
    const text = reportText({
      ...latency([]),
      address: "claimd.example:7600",
      interrupted: true,
      generatorFlags: ["--max-semi-space-size=64"],
      skipped: [{ what: "tls", why: "openssl is not installed" }],
    });
    expect(text).toContain(
      "The installation at claimd.example:7600 was measured from this machine",
    );
    expect(text).toContain("**Interrupted");
    expect(text).toContain("`--max-semi-space-size=64`");
    expect(text).toContain("Not measured: tls, because openssl is not installed.");
  });
});
