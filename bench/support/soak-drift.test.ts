import { describe, expect, it } from "vitest";
import { driftOf, lengthMs, merged, worstFirst } from "./soak-drift.ts";
import type { SoakPoint } from "./soak-report.ts";

const point = (atSeconds: number, over: Partial<SoakPoint> = {}): SoakPoint => ({
  atSeconds,
  claimsPerSecond: 1000,
  p50Ms: 1,
  p99Ms: 4,
  maxMs: 9,
  anonymousBytes: 100,
  heapBytes: 10,
  externalBytes: 20,
  recordsDiskBytes: 300,
  journalDiskBytes: 80,
  records: 5000,
  generations: 3,
  dropping: 0,
  dropped: 0,
  overlayRecords: 7,
  levelZeroFiles: 1,
  stallMs: 0,
  utilization: 0.4,
  ...over,
});
const seconds = (count: number, of: (at: number) => Partial<SoakPoint>): SoakPoint[] =>
  Array.from({ length: count }, (_, at) => point(at + 1, of(at)));

describe("driftOf", () => {
  it("compares the first third with the last one, whatever single seconds say", () => {
    const points = seconds(90, (at) => ({
      anonymousBytes: at < 45 ? 100 : 130,
      p99Ms: at === 3 || at === 80 ? 900 : 4 + at / 100,
    }));
    expect(driftOf(points)).toMatchObject({
      fromSeconds: 1,
      toSeconds: 90,
      anonymousBytes: { first: 100, last: 130 },
    });
    expect(driftOf(points)?.p99Ms.first).toBeCloseTo(4.15, 1);
    expect(driftOf(points)?.p99Ms.last).toBeCloseTo(4.75, 1);
  });

  it("begins where slices are dropped: until then the store grows as it should", () => {
    const points = seconds(90, (at) => ({
      anonymousBytes: at < 30 ? at : 100,
      dropped: at < 30 ? 0 : 1,
    }));
    const drift = driftOf(points);
    expect(drift?.fromSeconds).toBe(31);
    expect(drift?.anonymousBytes).toEqual({ first: 100, last: 100 });
  });

  it("takes all of it when slices are dropped late or never", () => {
    expect(driftOf(seconds(90, () => ({})))?.fromSeconds).toBe(1);
    expect(driftOf(seconds(90, (at) => ({ dropped: at < 80 ? 0 : 1 })))?.fromSeconds).toBe(1);
  });

  it("says nothing of too little, nor of memory that nobody knows", () => {
    expect(driftOf(seconds(2, () => ({})))).toBeUndefined();
    const unknown = driftOf(seconds(9, () => ({ anonymousBytes: undefined })));
    expect(unknown?.anonymousBytes).toBeUndefined();
    expect(unknown?.p99Ms).toEqual({ first: 4, last: 4 });
  });
});

describe("worstFirst", () => {
  it("counts what callers saw and what the server's loop did, with what was told then", () => {
    const points = seconds(5, (at) =>
      at === 1 ? { maxMs: 300, dropping: 1 } : at === 3 ? { stallMs: 700 } : {},
    );
    const [first, second, third] = worstFirst(points);
    expect(first).toMatchObject({ atSeconds: 4, slowestMs: 9, serverMs: 700, dropping: 0 });
    expect(second).toMatchObject({ atSeconds: 2, slowestMs: 300, serverMs: 0, dropping: 1 });
    expect(third === undefined ? undefined : lengthMs(third)).toBe(9);
  });
});

describe("merged", () => {
  it("leaves few points as they are", () => {
    const points = seconds(9, () => ({}));
    expect(merged(points, 9)).toEqual(points);
  });

  it("keeps the worst of neighbours, the mean of their rates and the last of the rest", () => {
    const points = seconds(10, (at) => ({
      claimsPerSecond: at * 10,
      maxMs: at === 1 ? 500 : 9,
      stallMs: at === 9 ? 400 : 0,
      records: at,
    }));
    const few = merged(points, 4);
    expect(few.map(({ atSeconds }) => atSeconds)).toEqual([3, 6, 9, 10]);
    expect(few.map(({ claimsPerSecond }) => claimsPerSecond)).toEqual([10, 40, 70, 90]);
    expect(few.map(({ maxMs }) => maxMs)).toEqual([500, 9, 9, 9]);
    expect(few.map(({ stallMs }) => stallMs)).toEqual([0, 0, 0, 400]);
    expect(few.map(({ records }) => records)).toEqual([2, 5, 8, 9]);
  });
});
