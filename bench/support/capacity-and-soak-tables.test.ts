import { describe, expect, it } from "vitest";
import type { CapacityReport, CapacityStep } from "./capacity-report.ts";
import { capacityTables } from "./capacity-tables.ts";
import { soakTables } from "./soak-tables.ts";
import type { SoakReport } from "./soak-report.ts";

const HEAD = {
  format: 1,
  command: "npm run bench",
  date: "2026-01-02T03:04:05.000Z",
  revision: undefined,
  machine: {
    cpu: "a CPU",
    cores: 2,
    memoryGiB: 4,
    kernel: "6.0",
    node: "v24.0.0",
    syncMs: 0.2,
    busyBefore: 0,
  },
} as const;

const EMPTY: CapacityStep = {
  keys: 0,
  filled: undefined,
  anonymousBytes: { peak: undefined, atRest: undefined },
  diskBytes: { records: 4096, journal: 2 ** 20 },
  measurements: [],
  restart: undefined,
};
const FILLED: CapacityStep = {
  keys: 2_000_000,
  filled: { claimsPerSecond: 98_765, seconds: 20.2 },
  anonymousBytes: { peak: 200 * 2 ** 20, atRest: 150 * 2 ** 20 },
  diskBytes: { records: 170_000_000, journal: 80 * 2 ** 20 },
  measurements: [],
  restart: {
    keys: 2_100_000,
    readySeconds: 1.25,
    firstClaimSeconds: 1.375,
    keysKept: 1000,
    rebuiltSeconds: 9.04,
    whileRebuilding: undefined,
  },
};

describe("capacityTables", () => {
  const report = (over: Partial<CapacityReport>): CapacityReport => ({
    ...HEAD,
    kind: "capacity",
    keyBytes: 36,
    steps: [EMPTY, FILLED],
    dropping: undefined,
    ...over,
  });

  it("shows what was measured, and never a number for what was not", () => {
    const text = capacityTables(report({})).join("\n");
    expect(text).toMatch(/\| 2,000,000 \| +98,765 \|/);
    expect(text).toMatch(/\| 2,000,000 \| +200 MiB \| +150 MiB \| +85 B \| +80 MiB \|/);
    expect(text).toMatch(/\| 0 +\| +– \| +– \| +– \| +1 MiB \|/);
    expect(text).toMatch(/\| 2,100,000 \| +1.25 s \| +1.38 s \| +9.0 s \| +– \|/);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("says how much of the rate is left while generations are dropped", () => {
    const dropping = {
      keys: 1_000_000,
      keysBeside: 2_100_000,
      windowMs: 10_000,
      callers: 256,
      before: { claimsPerSecond: 100_000, seconds: 5 },
      whileDropping: { claimsPerSecond: 87_000, seconds: 12.5 },
      after: { claimsPerSecond: 99_000, seconds: 5 },
      ratio: 0.87,
      dropped: 3,
      timeline: [],
    };
    const text = capacityTables(report({ dropping })).join("\n");
    expect(text).toContain("**87 %** of the rate");
    expect(text).toMatch(/\| while dropping \| +87,000 \| +12.5 s \|/);
    expect(text).toMatch(/\| after +\| +99,000 \|/);
  });

  it("is a table also of a run that was interrupted before anything was found", () => {
    expect(capacityTables(report({ steps: [] })).join("\n")).not.toMatch(/NaN|undefined/);
  });
});

describe("soakTables", () => {
  it("is readable also of a run that was interrupted before anything was found", () => {
    const report: SoakReport = {
      ...HEAD,
      kind: "soak",
      windowsMs: [180_000],
      maximum: undefined,
      share: undefined,
      ratePerSecond: 0,
      measurement: undefined,
      points: [],
      drift: undefined,
      longestStall: undefined,
      stalls: [],
      stalledSeconds: 0,
    };
    const text = soakTables(report).join("\n");
    expect(text).toContain("Too short to say what drifts");
    expect(text).not.toMatch(/NaN|undefined/);
  });
});
