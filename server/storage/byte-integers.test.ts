import { describe, expect, it } from "vitest";
import { readUint48, readUint53, writeUint48, writeUint53 } from "./byte-integers.ts";

describe("an integer below 2^53", () => {
  it("comes back exactly, and nothing above it is read", () => {
    const bytes = Buffer.alloc(8);
    for (const value of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
      writeUint53(bytes, value, 0);
      expect(readUint53(bytes, 0)).toBe(value);
    }
    bytes.writeBigUInt64LE(2n ** 53n);
    expect(readUint53(bytes, 0)).toBeUndefined();
  });
});

describe("an integer below 2^48", () => {
  it("comes back exactly, and nothing above it is written", () => {
    const bytes = Buffer.alloc(6);
    for (const value of [0, 1, 2 ** 32, 2 ** 48 - 1]) {
      writeUint48(bytes, value, 0);
      expect(readUint48(bytes, 0)).toBe(value);
    }
    expect(() => {
      writeUint48(bytes, 2 ** 48, 0);
    }).toThrow("invariant broken");
  });
});
