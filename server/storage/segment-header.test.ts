import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
  segmentName,
  segmentSequence,
  writeSegmentHeader,
} from "./segment-header.ts";
import { STORE_ID } from "./test/journal-fixtures.ts";

const header: SegmentHeader = {
  storeId: STORE_ID,
  firstSequence: 0x0102_0304_0506,
  lastStampMs: 0x0708_090a_0b0c,
  salt: 0x0d0e_0f10,
};

describe("a segment's head", () => {
  it("comes back as it was written", () => {
    const uint53 = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    const any: fc.Arbitrary<SegmentHeader> = fc.record({
      storeId: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      firstSequence: uint53,
      lastStampMs: uint53,
      salt: fc.integer({ min: 0, max: 0xffff_ffff }),
    });
    fc.assert(
      fc.property(any, (each) => {
        expect(readSegmentHeader(writeSegmentHeader(each))).toEqual(each);
      }),
    );
  });

  it("has these bytes for ever", () => {
    expect(writeSegmentHeader(header).toString("hex")).toBe(
      [
        "636c61696d642e6a",
        "03000000",
        "100f0e0d",
        "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
        "0605040302010000",
        "0c0b0a0908070000",
        "000000000000000000000000",
        "eb59cc18",
      ].join(""),
    );
  });

  it("is refused with a flipped bit anywhere, and when it is short", () => {
    const bytes = writeSegmentHeader(header);
    for (let at = 0; at < SEGMENT_HEADER_BYTES; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        expect(typeof readSegmentHeader(flipped)).toBe("string");
      }
      expect(readSegmentHeader(bytes.subarray(0, at))).toBe(`the file has only ${at} bytes`);
    }
  });
});

describe("a segment's name", () => {
  it("is its first sequence in 20 digits, and nothing else is one", () => {
    expect(segmentName(42)).toBe("00000000000000000042.journal");
    expect(segmentSequence("00000000000000000042.journal")).toBe(42);
    expect(segmentSequence(segmentName(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER);
    for (const name of [
      "42.journal",
      "00000000000000000000.journal",
      "99999999999999999999.journal",
      "00000000000000000042.journal.bak",
      "x00000000000000000042.journal",
      "spare.tmp",
    ]) {
      expect(segmentSequence(name)).toBeUndefined();
    }
  });
});
