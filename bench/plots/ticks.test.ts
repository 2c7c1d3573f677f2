import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linearTicks, logEnds, logMinors, logTicks, niceStep, timeTicks } from "./ticks.ts";

const positive = fc.double({ min: 1e-6, max: 1e12, noNaN: true });

describe("niceStep", () => {
  it.each([
    [0.003, 0.005],
    [0.2, 0.2],
    [1.01, 2],
    [7, 10],
    [22_000, 25_000],
    [30_000, 50_000],
  ])("makes %d a step of %d", (raw, step) => expect(niceStep(raw)).toBe(step));
});

describe("linearTicks", () => {
  it("counts from below to above what was measured", () => {
    expect(linearTicks(0, 113_980)).toEqual([0, 25_000, 50_000, 75_000, 100_000, 125_000]);
    expect(linearTicks(0.54, 1.16)).toEqual([0.4, 0.6, 0.8, 1, 1.2]);
    expect(linearTicks(-3, 4)).toEqual([-4, -2, 0, 2, 4]);
  });

  it("has two ticks at least, where everything is the same too", () => {
    expect(linearTicks(0, 0)).toEqual([0, 0.2]);
    expect(linearTicks(5, 5)).toEqual([5, 6]);
  });

  it("holds every span between few and evenly spaced ticks", () => {
    fc.assert(
      fc.property(positive, positive, fc.integer({ min: 2, max: 10 }), (a, b, wanted) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        fc.pre(high - low > high * 1e-6);
        const ticks = linearTicks(low, high, wanted);
        expect(ticks[0]).toBeLessThanOrEqual(low * (1 + 1e-9));
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(high * (1 - 1e-9));
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(wanted + 2);
        expect(new Set(ticks).size).toBe(ticks.length);
      }),
    );
  });
});

describe("logTicks", () => {
  it("stands at powers of ten over many decades", () => {
    expect(logTicks(0.18, 900)).toEqual([0.1, 1, 10, 100, 1000]);
  });

  it("adds doubles and fives over few", () => {
    expect(logTicks(0.3, 18)).toEqual([0.2, 0.5, 1, 2, 5, 10, 20]);
    expect(logTicks(3, 3)).toEqual([2, 5]);
    expect(logTicks(10, 10)).toEqual([10, 20]);
  });

  it("has two ticks at least within its ends, and finer lines between", () => {
    fc.assert(
      fc.property(positive, positive, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const [from, to] = logEnds(low, high);
        expect(from).toBeLessThanOrEqual(low * (1 + 1e-9));
        expect(to).toBeGreaterThanOrEqual(high * (1 - 1e-9));
        const ticks = logTicks(low, high);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        for (const each of [...ticks, ...logMinors(from, to)]) {
          expect(each).toBeGreaterThanOrEqual(from);
          expect(each).toBeLessThanOrEqual(to);
        }
      }),
    );
  });

  it("draws no finer line where a decade begins", () => {
    expect(logMinors(5, 20)).toEqual([6, 7, 8, 9]);
  });
});

describe("timeTicks", () => {
  it.each([
    [3, [0, 1, 2, 3]],
    [60, [0, 10, 20, 30, 40, 50, 60]],
    [119.6, [0, 15, 30, 45, 60, 75, 90, 105]],
    [1800, [0, 300, 600, 900, 1200, 1500, 1800]],
    [7200, [0, 900, 1800, 2700, 3600, 4500, 5400, 6300, 7200]],
  ])("divides %d seconds as clocks do", (last, ticks) => {
    expect(timeTicks(last)).toEqual(ticks);
  });

  it("goes on in days", () => {
    expect(timeTicks(30 * 86_400)).toEqual([0, 4, 8, 12, 16, 20, 24, 28].map((d) => d * 86_400));
  });
});
