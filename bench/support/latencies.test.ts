import { describe, expect, it } from "vitest";
import { Latencies } from "./latencies.ts";

describe("Latencies", () => {
  it("gives percentiles in milliseconds, within a thousandth", () => {
    const latencies = new Latencies();
    for (let ms = 1; ms <= 1000; ms++) latencies.record(ms);
    const { p50Ms, p99Ms, p999Ms, maxMs, meanMs } = latencies.summary();
    for (const [found, wanted] of [
      [p50Ms, 500],
      [p99Ms, 990],
      [p999Ms, 999],
      [maxMs, 1000],
      [meanMs, 500.5],
    ] as const) {
      expect(Math.abs(found - wanted) / wanted).toBeLessThan(0.002);
    }
  });

  it("keeps what is shorter than a nanosecond or longer than a minute at its bounds", () => {
    const latencies = new Latencies();
    latencies.record(0);
    latencies.record(3_600_000);
    expect(latencies.summary().maxMs).toBeCloseTo(60_000, -2);
  });

  it("is all zero when nothing was recorded", () => {
    expect(Object.values(new Latencies().summary())).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
