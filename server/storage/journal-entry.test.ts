import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClaimdError } from "../errors.ts";
import {
  entryBytes,
  type JournalEntry,
  readEntries,
  type RecordEntry,
  writeEntry,
} from "./journal-entry.ts";
import { anyEntry, plain } from "./test/journal-entries.ts";

function written(entries: readonly JournalEntry[]): Buffer {
  return Buffer.concat(
    entries.map((entry) => {
      const bytes = Buffer.alloc(entryBytes(entry), 0xee);
      writeEntry(bytes, entry, 0);
      return bytes;
    }),
  );
}

const record: RecordEntry = {
  type: "record",
  partition: 0x0102,
  index: 0x0304_0506_0708,
  epoch: 0x090a_0b0c,
  namespaceId: 0x0d0e_0f10,
  key: Buffer.from("key"),
  generation: 0x1112_1314_1516,
  previousGeneration: 0x1718_191a_1b1c,
  previousBytes: 0x2324_2526,
  record: Buffer.from("record"),
  token: 0x1d1e_1f20_2122,
};

describe("a journal entry", () => {
  it("comes back as it was written, whatever its fields", () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { minLength: 1, maxLength: 20 }), (entries) => {
        const payload = written(entries);
        const read = readEntries(payload, entries.length);
        expect(read.entries.map(plain)).toEqual(entries.map(plain));
        expect(read.end).toBe(payload.length);
      }),
    );
  });

  it("has these bytes for ever: record", () => {
    expect(written([record]).toString("hex")).toBe(
      [
        "01000201",
        "0c0b0a09",
        "0807060504030000",
        "2221201f1e1d0000",
        "100f0e0d",
        "161514131211",
        "1c1b1a191817",
        "26252423",
        "06000000",
        "0300",
        "6b6579",
        "7265636f7264",
      ].join(""),
    );
  });

  it("has these bytes for ever: removal, namespace, deleted namespace, marks", () => {
    const removed = { ...record, generation: 0, record: undefined };
    expect(written([removed]).toString("hex")).toBe(
      "010002010c0b0a0908070605040300002221201f1e1d0000100f0e0d" +
        "0000000000001c1b1a191817262524230000000003006b6579",
    );
    const value = Buffer.from("policy");
    expect(written([{ type: "namespace", id: 0x0102_0304, value }]).toString("hex")).toBe(
      "02010403020106000000706f6c696379",
    );
    expect(written([{ type: "namespace", id: 7, value: undefined }]).toString("hex")).toBe(
      "02000700000000000000",
    );
    expect(written([{ type: "cut", partition: 5, epoch: 6, index: 7 }]).toString("hex")).toBe(
      "03000500060000000700000000000000",
    );
    expect(written([{ type: "commit", partition: 8, index: 2 ** 53 - 1 }]).toString("hex")).toBe(
      "0400080000000000ffffffffffff1f00",
    );
    expect(written([{ type: "promise", partition: 9, epoch: 0xfffe_fdfc }]).toString("hex")).toBe(
      "05000900fcfdfeff0000000000000000",
    );
    const membership = { type: "membership", partition: 10, join: 11 } as const;
    expect(written([{ ...membership, begins: true }]).toString("hex")).toBe(
      "06010a00000000000b00000000000000",
    );
    expect(written([{ ...membership, begins: false }]).toString("hex")).toBe(
      "06000a00000000000b00000000000000",
    );
    expect(written([{ type: "void", partition: 0x0c0d }]).toString("hex")).toBe(
      "07000d0c000000000000000000000000",
    );
    const state = { epoch: 0x0102_0304, index: 0x0506_0708_090a, token: 2 ** 53 - 1 };
    const stampMs = 0x0b0c_0d0e_0f10;
    expect(written([{ type: "installed", partition: 14, ...state, stampMs }]).toString("hex")).toBe(
      "08000e00040302010a09080706050000ffffffffffff1f00100f0e0d0c0b0000",
    );
  });

  it.each([
    ["an empty key", { ...record, key: new Uint8Array(0) }],
    ["a key of 513 bytes", { ...record, key: new Uint8Array(513) }],
    ["a partition above 65,535", { ...record, partition: 65_536 }],
    ["an index of 2^53", { ...record, index: 2 ** 53 }],
    ["a negative token", { ...record, token: -1 }],
    ["a broken epoch", { ...record, epoch: 1.5 }],
    ["a namespace id that is no number", { ...record, namespaceId: Number.NaN }],
    ["a generation of 2^48", { ...record, generation: 2 ** 48 }],
    ["a generation before that is negative", { ...record, previousGeneration: -1 }],
    ["half a generation", { ...record, generation: 0.5 }],
    ["a record that stands nowhere", { ...record, generation: 0 }],
    ["a removal that stands somewhere", { ...record, record: undefined }],
  ])("is not written with %s", (_, entry) => {
    expect(() => written([entry])).toThrow("invariant broken");
  });

  it("is refused when it ends early, wherever that is", () => {
    const entries: JournalEntry[] = [
      record,
      { type: "namespace", id: 1, value: Buffer.from("x") },
      { type: "cut", partition: 1, epoch: 1, index: 1 },
      { type: "commit", partition: 1, index: 1 },
      { type: "promise", partition: 1, epoch: 1 },
      { type: "membership", partition: 1, join: 1, begins: true },
      { type: "void", partition: 1 },
      { type: "installed", partition: 1, epoch: 1, index: 1, token: 1, stampMs: 1 },
    ];
    for (const entry of entries) {
      const whole = written([entry]);
      for (let length = 0; length < whole.length; length++) {
        expect(() => readEntries(whole.subarray(0, length), 1)).toThrow(ClaimdError);
      }
    }
  });

  it("is refused when its bytes say what is never written, and the error says where", () => {
    const broken = (entry: JournalEntry, at: number, value: number) => {
      const bytes = written([record, entry]);
      bytes[written([record]).length + at] = value;
      return () => readEntries(bytes, 2);
    };
    const deleted: JournalEntry = { type: "namespace", id: 1, value: undefined };
    const cut: JournalEntry = { type: "cut", partition: 1, epoch: 1, index: 1 };
    const removed = { ...record, generation: 0, record: undefined };
    expect(broken(cut, 0, 0)).toThrow("entry 2 of 2 at byte 59");
    expect(broken(cut, 0, 7)).toThrow(ClaimdError);
    expect(broken(cut, 0, 8)).toThrow(ClaimdError);
    expect(broken(cut, 0, 9)).toThrow(ClaimdError);
    expect(broken(cut, 0, 5)).toThrow(ClaimdError);
    expect(broken(cut, 1, 1)).toThrow(ClaimdError);
    expect(broken(cut, 15, 0x20)).toThrow(ClaimdError);
    expect(broken({ type: "commit", partition: 1, index: 1 }, 1, 1)).toThrow(ClaimdError);
    expect(broken({ type: "commit", partition: 1, index: 1 }, 4, 1)).toThrow(ClaimdError);
    const promise: JournalEntry = { type: "promise", partition: 1, epoch: 1 };
    expect(broken(promise, 8, 1)).toThrow(ClaimdError);
    const membership: JournalEntry = { type: "membership", partition: 1, join: 1, begins: true };
    expect(broken(membership, 1, 2)).toThrow(ClaimdError);
    expect(broken(membership, 4, 1)).toThrow(ClaimdError);
    expect(broken({ type: "void", partition: 1 }, 1, 1)).toThrow(ClaimdError);
    expect(broken({ type: "void", partition: 1 }, 4, 1)).toThrow(ClaimdError);
    expect(broken({ type: "void", partition: 1 }, 8, 1)).toThrow(ClaimdError);
    const state = { partition: 1, epoch: 1, index: 1, token: 1, stampMs: 1 };
    expect(broken({ type: "installed", ...state }, 1, 1)).toThrow(ClaimdError);
    expect(broken({ type: "installed", ...state }, 15, 0x20)).toThrow(ClaimdError);
    expect(broken({ type: "installed", ...state }, 22, 0x20)).toThrow(ClaimdError);
    expect(broken({ type: "installed", ...state }, 30, 0x20)).toThrow(ClaimdError);
    expect(broken(record, 1, 1)).toThrow(ClaimdError);
    expect(broken(record, 14, 0x20)).toThrow(ClaimdError);
    expect(broken(record, 22, 0x20)).toThrow(ClaimdError);
    expect(broken(record, 48, 0)).toThrow(ClaimdError);
    expect(broken(record, 49, 3)).toThrow(ClaimdError);
    expect(broken(removed, 44, 1)).toThrow(ClaimdError);
    expect(broken(deleted, 1, 2)).toThrow(ClaimdError);
    expect(broken({ type: "namespace", id: 1, value: Buffer.from("x") }, 1, 0)).toThrow(
      ClaimdError,
    );
  });
});
