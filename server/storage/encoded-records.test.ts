import { describe, expect, it } from "vitest";
import { EncodedRecords } from "./encoded-records.ts";
import { encodeRecord } from "./record-format.ts";
import { FULL, KEY, PLAIN, RESULT } from "./test/record-samples.ts";

describe("encoded records", () => {
  it("give back every record as it was added, whatever came behind it", () => {
    const encoded = new EncodedRecords();
    const all = Array.from({ length: 3000 }, (_, at) => FULL[at % FULL.length] ?? PLAIN);
    const added = all.map((record, at) => encoded.add(at + 1, encodeRecord(record, KEY)));
    expect(added.map(({ record }) => record)).toEqual(all);
    expect(added.map(({ generation }) => generation)).toEqual(all.map((_, at) => at + 1));
    expect(added[0]?.bytes).toBe(encodeRecord(all[0] ?? PLAIN, KEY).length);
  });

  it("take a record that is larger than a piece", () => {
    const encoded = new EncodedRecords();
    const large = { ...PLAIN, result: { ...RESULT, data: new Uint8Array(200_000).fill(7) } };
    const before = encoded.add(1, encodeRecord(PLAIN, KEY));
    const added = encoded.add(1, encodeRecord(large, KEY));
    const behind = encoded.add(1, encodeRecord(PLAIN, KEY));
    expect([before.record, added.record, behind.record]).toEqual([PLAIN, large, PLAIN]);
  });
});
