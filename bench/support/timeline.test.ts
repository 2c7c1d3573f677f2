import { describe, expect, it } from "vitest";
import { rateWhile, type ServerSample } from "./timeline.ts";

const sample = (atMs: number, claims: number, dropping: number): ServerSample => ({
  atMs,
  claims,
  records: 0,
  anonymousBytes: 0,
  heapBytes: 0,
  externalBytes: 0,
  recordsDiskBytes: 0,
  journalDiskBytes: 0,
  generations: 1,
  dropping,
  dropped: 0,
  rebuilding: false,
  overlayRecords: 0,
  levelZeroFiles: 0,
  stallMs: 0,
  utilization: 0,
  grantsRefused: false,
});

describe("rateWhile", () => {
  const samples = [
    sample(0, 0, 0),
    sample(1000, 500, 0),
    sample(2000, 1000, 1),
    sample(3000, 1100, 1),
    sample(5000, 1500, 1),
    sample(6000, 9000, 0),
  ];
  const dropping = (each: ServerSample): boolean => each.dropping > 0;

  it("counts only what lies between two samples that both count", () => {
    expect(rateWhile(samples, dropping)).toEqual({ claimsPerSecond: 167, seconds: 3 });
    expect(rateWhile(samples, (each) => !dropping(each))).toEqual({
      claimsPerSecond: 500,
      seconds: 1,
    });
  });

  it("says nothing when no two samples follow each other", () => {
    expect(rateWhile(samples.slice(1, 3), dropping)).toBeUndefined();
    expect(rateWhile([], dropping)).toBeUndefined();
  });
});
