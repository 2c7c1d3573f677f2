import { describe, expect, it } from "vitest";
import { ClaimBucket } from "./quota.ts";

const START_MS = 1_790_000_000_000;

describe("ClaimBucket", () => {
  it("lets a second's worth through at once, then says how long to wait", () => {
    const bucket = new ClaimBucket();
    for (let claim = 0; claim < 10; claim += 1) expect(bucket.take(10, START_MS)).toBe(0);
    expect(bucket.take(10, START_MS)).toBe(100);
    expect(bucket.take(10, START_MS + 99)).toBe(1);
    expect(bucket.take(10, START_MS + 100)).toBe(0);
  });

  it("never holds more than a second's worth", () => {
    const bucket = new ClaimBucket();
    bucket.take(2, START_MS);
    const laterMs = START_MS + 3_600_000;
    expect([0, 0, 500]).toEqual([1, 2, 3].map(() => bucket.take(2, laterMs)));
  });

  it("bounds nothing at 0", () => {
    const bucket = new ClaimBucket();
    for (let claim = 0; claim < 1000; claim += 1) expect(bucket.take(0, START_MS)).toBe(0);
  });
});
