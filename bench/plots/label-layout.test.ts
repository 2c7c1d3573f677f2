import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spreadOut, withRoom } from "./label-layout.ts";

describe("spreadOut", () => {
  it("leaves labels where they want to be when there is room", () => {
    expect(spreadOut([90, 10, 50], 16, 0, 100)).toEqual([90, 10, 50]);
  });

  it("moves those that touch apart by as little as possible, in their order", () => {
    expect(spreadOut([50, 50, 10], 16, 0, 100)).toEqual([42, 58, 10]);
    expect(spreadOut([52, 48, 50], 10, 0, 100)).toEqual([60, 40, 50]);
  });

  it("keeps them within the edges", () => {
    expect(spreadOut([1, 2], 16, 8, 100)).toEqual([8, 24]);
    expect(spreadOut([99, 100], 16, 8, 92)).toEqual([76, 92]);
  });

  it("never lets two of them touch or stand outside while there is room", () => {
    const heights = fc.array(fc.double({ min: -50, max: 350, noNaN: true }), { maxLength: 18 });
    fc.assert(
      fc.property(heights, (wanted) => {
        const places = [...spreadOut(wanted, 16, 0, 300)].sort((a, b) => a - b);
        places.forEach((place, index) => {
          expect(place).toBeGreaterThanOrEqual(0);
          expect(place).toBeLessThanOrEqual(300 + 1e-9);
          const before = places[index - 1];
          if (before !== undefined) expect(place - before).toBeGreaterThanOrEqual(16 - 1e-9);
        });
      }),
    );
  });
});

describe("withRoom", () => {
  const row = (...extents: readonly (readonly [number, number])[]) =>
    extents.map(([from, to]) => ({ from, to }));

  it("keeps all that have room", () => {
    const all = row([0, 10], [20, 30], [40, 50]);
    expect(withRoom(all, 8)).toEqual(all);
  });

  it("leaves out what would touch, and never the last", () => {
    expect(withRoom(row([0, 10], [12, 22], [24, 34], [36, 46]), 8)).toEqual(
      row([0, 10], [24, 34], [36, 46]).filter(({ from }) => from !== 24),
    );
    expect(withRoom(row([0, 10], [5, 15]), 8)).toEqual(row([5, 15]));
    expect(withRoom([], 8)).toEqual([]);
  });
});
