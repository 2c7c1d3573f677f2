import { describe, expect, it } from "vitest";
import { compare } from "./comparison.ts";
import { median } from "./median.ts";
import type { ClosedMeasurement } from "./load.ts";
import type { StoreName, Turn } from "./report.ts";

const latency = { p50Ms: 1, p90Ms: 1, p99Ms: 2, p999Ms: 3, maxMs: 4, meanMs: 1 };
const measurement = (callers: number, claimsPerSecond: number): ClosedMeasurement => ({
  loop: "closed",
  scenario: "unique",
  callers,
  seconds: 1,
  claims: claimsPerSecond,
  claimsPerSecond,
  latency,
  percentiles: [],
  generatorUtilization: 0.5,
  serverCpuMicrosPerClaim: 5,
  clientCpuMicrosPerClaim: 3,
  keysChecked: claimsPerSecond,
});
const turns = (store: StoreName, rates: readonly number[]): Turn[] =>
  rates.map((rate, at) => ({ turn: at + 1, store, measurements: [measurement(64, rate)] }));

describe("compare", () => {
  it("holds medians against the better setting of the rival", () => {
    const [found] = compare([
      ...turns("claimd", [90, 100, 500]),
      ...turns("redis-auto", [40, 60, 50]),
      ...turns("redis-plain", [80, 79, 10]),
    ]);
    expect(found).toMatchObject({
      callers: 64,
      claimd: { claimsPerSecond: 100, p99Ms: 2 },
      rival: { store: "redis-plain", claimsPerSecond: 79 },
      turns: 3,
    });
    expect(found?.ratio).toBeCloseTo(100 / 79);
    expect(found?.lowestRatio).toBeCloseTo(90 / 80);
    expect(found?.highestRatio).toBe(50);
  });

  it("says nothing where one of both was not measured", () => {
    expect(compare(turns("claimd", [1]))).toEqual([]);
  });
});

describe("median", () => {
  it("is the middle, or between the two middles", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});
