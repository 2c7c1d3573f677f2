import { describe, expect, it } from "vitest";
import { numberText, percentileText } from "./number-text.ts";
import { type Axis, scaleOf } from "./scale.ts";

const axis = (rest: Partial<Axis>): Axis => ({
  label: "",
  scale: "linear",
  text: numberText,
  ...rest,
});

describe("scaleOf", () => {
  it("reaches from the first tick to the last", () => {
    const scale = scaleOf(axis({ include: [0] }), [30, 100], 0, 200);
    expect(scale.ticks.map((each) => each.text)).toEqual(["0", "20", "40", "60", "80", "100"]);
    expect([scale.at(0), scale.at(50), scale.at(100)]).toEqual([0, 100, 200]);
  });

  it("turns upside down where pixels count downward", () => {
    const scale = scaleOf(axis({}), [0, 10], 300, 100);
    expect([scale.at(0), scale.at(10)]).toEqual([300, 100]);
  });

  it("makes every doubling equally long on a logarithmic axis", () => {
    const scale = scaleOf(axis({ scale: "log", at: [1, 4, 16] }), [], 0, 110);
    expect([1, 2, 4, 8, 16].map((each) => Math.round(scale.at(each)))).toEqual([
      5, 30, 55, 80, 105,
    ]);
  });

  it("stands in the middle with a single value", () => {
    expect(scaleOf(axis({ scale: "log", at: [64] }), [64], 0, 100).at(64)).toBe(50);
    expect(scaleOf(axis({ at: [1e6] }), [1e6], 0, 100).at(1e6)).toBe(50);
  });

  it("makes every nine equally long, and has room for all of them", () => {
    const scale = scaleOf(axis({ scale: "nines", text: percentileText }), [], 0, 475);
    const at = [0, 90, 99, 99.9, 99.99, 100].map((each) => Math.round(scale.at(each)));
    expect(at).toEqual([0, 100, 200, 300, 400, 475]);
    expect(scale.ticks.map((each) => each.text)).toEqual([
      "50 %",
      "90 %",
      "99 %",
      "99.9 %",
      "99.99 %",
      "max",
    ]);
  });

  it("ends a time where measuring ended", () => {
    const scale = scaleOf(axis({ scale: "time" }), [1, 47.5], 0, 95);
    expect([scale.at(0), scale.at(47.5)]).toEqual([0, 95]);
  });

  it("shows no logarithm of nothing, and no missing number anywhere", () => {
    const log = scaleOf(axis({ scale: "log" }), [0, Number.NaN, 3, 7], 0, 100);
    expect([0, -1, Number.NaN, Infinity, 5].filter((each) => log.shows(each))).toEqual([5]);
    expect(log.ticks.map((each) => each.text)).toEqual(["2", "5", "10"]);
    expect(scaleOf(axis({}), [], 0, 100).shows(Number.NaN)).toBe(false);
  });

  it("has an axis for nothing too", () => {
    for (const scale of ["linear", "log", "time", "nines"] as const) {
      expect(scaleOf(axis({ scale }), [], 0, 100).ticks.length).toBeGreaterThanOrEqual(2);
    }
  });
});
