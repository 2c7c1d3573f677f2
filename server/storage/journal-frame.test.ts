import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JournalEntry, RecordEntry } from "./journal-entry.ts";
import { FrameBuilder, frameIsWhole, readFrame, readFrameHeader } from "./journal-frame.ts";
import { anyEntry, plain } from "./test/journal-entries.ts";

const SALT = 0x5a17_5a17;

function build(frame: FrameBuilder, entries: readonly JournalEntry[], stampMs = 77): FrameBuilder {
  frame.reset(stampMs);
  for (const entry of entries) {
    if (entry.type === "record") frame.addRecord(entry);
    else if (entry.type === "namespace") frame.addNamespace(entry);
    else frame.addMark(entry);
  }
  return frame;
}

function sealed(entries: readonly JournalEntry[], sequence: number, stampMs = 77): Buffer {
  return Buffer.from(build(new FrameBuilder(), entries, stampMs).seal(sequence, SALT));
}

const cut: JournalEntry = { type: "cut", partition: 1, epoch: 2, index: 3 };
const commit: JournalEntry = { type: "commit", partition: 4, index: 5 };

function large(bytes: number): RecordEntry {
  return {
    type: "record",
    partition: 1,
    index: 2,
    epoch: 3,
    namespaceId: 4,
    key: Buffer.from("k"),
    generation: 5,
    previousGeneration: 6,
    previousBytes: 7,
    record: Buffer.alloc(bytes, 8),
    token: 9,
  };
}

describe("a journal frame", () => {
  it("comes back as it was built, by a builder used again and again", () => {
    const builder = new FrameBuilder();
    const sequences = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(fc.array(anyEntry), sequences, sequences, (entries, sequence, stampMs) => {
        build(builder, entries, stampMs);
        const bytes = builder.seal(sequence, SALT);
        builder.unseal();
        expect(bytes.length).toBe(builder.bytes);
        expect(builder.entries).toBe(entries.length);
        const header = readFrameHeader(bytes, 0, SALT);
        if (header === undefined) throw new Error("no header");
        expect(frameIsWhole(bytes, 0, header, SALT)).toBe(true);
        const frame = readFrame(bytes, 0, header);
        expect({ ...frame, entries: frame.entries.map(plain) }).toEqual({
          sequence,
          stampMs,
          bytes: bytes.length,
          entries: entries.map(plain),
        });
      }),
    );
  });

  it("has these bytes for ever", () => {
    const bytes = sealed([cut, commit], 0x0102_0304_0506, 0x0708_090a_0b0c);
    expect(bytes.subarray(4, 16).toString("hex")).toBe("20000000" + "0605040302010000");
    expect(bytes.subarray(20, 32).toString("hex")).toBe("02000000" + "0c0b0a0908070000");
    expect(bytes.subarray(32).toString("hex")).toBe(
      "03000100020000000300000000000000" + "04000400000000000500000000000000",
    );
    expect(bytes.readUInt32LE(16)).toBe(crc32(bytes.subarray(32), SALT));
    expect(bytes.readUInt32LE(0)).toBe(crc32(bytes.subarray(4, 32), SALT));
    expect(bytes.subarray(0, 4).toString("hex") + bytes.subarray(16, 20).toString("hex")).toBe(
      "2cdc09ae762f4341",
    );
  });

  it("may be empty: a stamp is worth a frame", () => {
    const bytes = sealed([], 1);
    const header = readFrameHeader(bytes, 0, SALT);
    expect(header).toMatchObject({ sequence: 1, stampMs: 77, entries: 0, bytes: 32 });
  });

  it("never passes with a flipped bit, anywhere", () => {
    const bytes = sealed([cut, commit], 9);
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        const header = readFrameHeader(flipped, 0, SALT);
        expect(header !== undefined && frameIsWhole(flipped, 0, header, SALT)).toBe(false);
        expect(header === undefined).toBe(at < 32);
      }
    }
  });

  it("never passes when it is cut short, anywhere", () => {
    const bytes = sealed([cut, commit], 9);
    for (let length = 0; length < bytes.length; length++) {
      const short = bytes.subarray(0, length);
      const header = readFrameHeader(short, 0, SALT);
      expect(header === undefined).toBe(length < 32);
      if (header !== undefined) expect(frameIsWhole(short, 0, header, SALT)).toBe(false);
    }
  });

  it("is nothing under another segment's salt, nor are zeros a frame under any", () => {
    expect(readFrameHeader(sealed([cut], 9), 0, SALT + 1)).toBeUndefined();
    expect(readFrameHeader(Buffer.alloc(64), 0, SALT)).toBeUndefined();
  });

  it("is refused when its entries do not fill it", () => {
    const bytes = sealed([cut, commit], 9);
    bytes.writeUInt32LE(1, 20);
    bytes.writeUInt32LE(crc32(bytes.subarray(4, 32), SALT), 0);
    const header = readFrameHeader(bytes, 0, SALT);
    if (header === undefined) throw new Error("no header");
    expect(() => readFrame(bytes, 0, header)).toThrow("16 bytes behind the last entry");
  });
});

describe("FrameBuilder", () => {
  it("grows with what is added, and shrinks again after an unusually large frame", () => {
    const builder = new FrameBuilder();
    const entries = [large(60_000), large(70_000), large(2_000_000), large(1)];
    build(builder, entries);
    const bytes = Buffer.from(builder.seal(1, SALT));
    builder.unseal();
    const header = readFrameHeader(bytes, 0, SALT);
    if (header === undefined) throw new Error("no header");
    const read = readFrame(bytes, 0, header).entries as RecordEntry[];
    expect(read.map((entry) => entry.record?.length)).toEqual([60_000, 70_000, 2_000_000, 1]);
    expect(read.every((entry) => entry.record?.every((byte) => byte === 8))).toBe(true);
    builder.reset(1);
    expect(builder.seal(2, SALT).buffer.byteLength).toBeLessThan(100_000);
  });

  it("is not touched while its frame is being written", () => {
    const builder = build(new FrameBuilder(), [cut]);
    builder.seal(1, SALT);
    expect(() => {
      builder.reset(1);
    }).toThrow("invariant broken");
    expect(() => {
      build(builder, [cut]);
    }).toThrow("invariant broken");
    expect(() => builder.seal(2, SALT)).toThrow("invariant broken");
    builder.unseal();
    expect(build(builder, [cut]).entries).toBe(1);
  });
});
