import { describe, expect, it } from "vitest";
import { NumberColumn, numbersOf, outOfBounds } from "./number-column.ts";

describe("NumberColumn", () => {
  it("holds little-endian doubles, exact up to 2^53 - 1", () => {
    const column = new NumberColumn(3);
    for (const value of [1, 2 ** 53 - 1, 0]) column.add(value);
    expect(column.bytes.toString("hex")).toBe(
      ["000000000000f03f", "ffffffffffff3f43", "0000000000000000"].join(""),
    );
    expect([...numbersOf(column.bytes)]).toEqual([1, 2 ** 53 - 1, 0]);
  });

  it("never leaves with a place that was not filled", () => {
    const column = new NumberColumn(2);
    column.add(1);
    expect(() => column.bytes).toThrow(/a number for each of its places/);
    column.add(2);
    expect(() => {
      column.add(3);
    }).toThrow(RangeError);
  });
});

describe("numbersOf", () => {
  it("reads bytes that stand anywhere in a larger piece", () => {
    const column = new NumberColumn(1);
    column.add(7);
    const piece = Buffer.concat([Buffer.alloc(3), column.bytes, Buffer.alloc(5)]);
    expect([...numbersOf(piece.subarray(3, 11))]).toEqual([7]);
    expect([...numbersOf(piece.subarray(3, 16))]).toEqual([7]);
    expect(numbersOf(Buffer.alloc(0))).toHaveLength(0);
  });
});

describe("outOfBounds", () => {
  it("names the first that is not whole or not within", () => {
    const of = (...values: readonly number[]) => outOfBounds(Float64Array.from(values), 1, 9);
    expect(of(1, 9)).toBeUndefined();
    expect(of(1, 10, 0)).toBe(10);
    expect(of(0, 10)).toBe(0);
    expect(of(1.5)).toBe(1.5);
    expect(of(NaN)).toBeNaN();
  });
});
