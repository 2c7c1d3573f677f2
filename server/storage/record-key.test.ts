import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generationAt } from "./generation.ts";
import type { LevelRange } from "./level-database.ts";
import {
  ALL_COUNTS,
  ALL_FILTER_MARKS,
  ALL_NAMESPACES,
  ALL_PARTITION_STATES,
  ALL_RECORDS,
  APPLIED_MARK_KEY,
  countsKey,
  filterMarkKey,
  namespaceKey,
  namespaceRange,
  NEXT_NAMESPACE_ID_KEY,
  parseCountsKey,
  parseFilterMarkKey,
  parseNamespaceKey,
  parsePartitionStateKey,
  parseRecordKey,
  partitionStateKey,
  prefixRange,
  recordKey,
  STORE_ID_KEY,
} from "./record-key.ts";

const GENERATION = 0x0a000d09_0102;
const generation = fc
  .tuple(
    fc.integer({ min: 1, max: 30 }),
    fc.oneof(fc.nat({ max: 2 ** 24 - 1 }), fc.constant(2 ** 24 - 1)),
    fc.oneof(fc.nat({ max: 2 ** 16 - 1 }), fc.constant(2 ** 16 - 1)),
  )
  .map(([k, slice, run]) => (k * 2 ** 24 + slice) * 2 ** 16 + run);
const uint32 = fc.oneof(fc.nat({ max: 2 ** 32 - 1 }), fc.constant(2 ** 32 - 1));
const uint16 = fc.nat({ max: 2 ** 16 - 1 });
// Bytes at both ends are where an order goes wrong.
const edgy = fc.oneof(fc.constant(0), fc.constant(0xff), fc.nat({ max: 255 }));
const key = fc.array(edgy, { minLength: 1, maxLength: 512 }).map((numbers) => Buffer.from(numbers));

function holds({ from, before }: LevelRange, bytes: Uint8Array): boolean {
  return Buffer.compare(bytes, from) >= 0 && Buffer.compare(bytes, before) < 0;
}

describe("keys in LevelDB", () => {
  it("have these bytes for ever", () => {
    const hex = (bytes: Buffer): string => bytes.toString("hex");
    expect(hex(recordKey(GENERATION, 0x01020304, 0x00fe, Buffer.from("key")))).toBe(
      "0a000d0901020102030400fe6b6579",
    );
    expect(hex(APPLIED_MARK_KEY)).toBe("ff01");
    expect(hex(partitionStateKey(0x01fe))).toBe("ff0201fe");
    expect(hex(namespaceKey(0x01020304))).toBe("ff0301020304");
    expect(hex(countsKey(GENERATION, 0x01020304))).toBe("ff040a000d09010201020304");
    expect(hex(NEXT_NAMESPACE_ID_KEY)).toBe("ff05");
    expect(hex(STORE_ID_KEY)).toBe("ff06");
    expect(hex(filterMarkKey(GENERATION))).toBe("ff070a000d090102");
  });

  it("give back what went into them", () => {
    fc.assert(
      fc.property(generation, uint32, uint16, key, (g, namespaceId, partition, bytes) => {
        const place = { generation: g, namespaceId, partition, key: bytes };
        expect(parseRecordKey(recordKey(g, namespaceId, partition, bytes))).toEqual(place);
        expect(parsePartitionStateKey(partitionStateKey(partition))).toBe(partition);
        expect(parseNamespaceKey(namespaceKey(namespaceId))).toBe(namespaceId);
        expect(parseCountsKey(countsKey(g, namespaceId))).toEqual({ generation: g, namespaceId });
        expect(parseFilterMarkKey(filterMarkKey(g))).toBe(g);
      }),
    );
  });

  it("are a view of nothing", () => {
    const bytes = recordKey(GENERATION, 1, 2, Buffer.from("key"));
    const place = parseRecordKey(bytes);
    bytes.fill(0);
    expect(place.key.toString()).toBe("key");
  });

  it("are refused when they are none", () => {
    const name = (bytes: Uint8Array, parse: (bytes: Uint8Array) => unknown): unknown => {
      try {
        return parse(bytes);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const record = recordKey(GENERATION, 1, 2, Buffer.from("key"));
    const other = Buffer.from(record);
    other[0] = 0x1f;
    const long = Buffer.concat([record, Buffer.alloc(510)]);
    for (const bytes of [record.subarray(0, 12), Buffer.alloc(2), other, long, countsKey(1, 1)]) {
      expect(name(bytes, parseRecordKey)).toBe("RECORDS_DAMAGED");
    }
    const parsers = [parsePartitionStateKey, parseNamespaceKey, parseCountsKey, parseFilterMarkKey];
    for (const parse of parsers) {
      expect(name(record, parse)).toBe("RECORDS_DAMAGED");
      expect(name(APPLIED_MARK_KEY, parse)).toBe("RECORDS_DAMAGED");
    }
    expect(name(countsKey(0, 1), parseCountsKey)).toBe("RECORDS_DAMAGED");
    expect(name(filterMarkKey(0), parseFilterMarkKey)).toBe("RECORDS_DAMAGED");
    expect(() => recordKey(0, 1, 2, Buffer.from("key"))).toThrow("invariant broken");
  });
});

describe("ranges", () => {
  it("hold exactly what they name", () => {
    const near = fc.tuple(generation, uint32, uint16, key);
    fc.assert(
      fc.property(near, near, fc.boolean(), fc.boolean(), (a, b, sameG, sameN) => {
        const [g, n, p, k] = a;
        const [otherG, otherN, otherP, otherK] = b;
        const [theirG, theirN] = [sameG ? g : otherG, sameN ? n : otherN];
        const theirs = recordKey(theirG, theirN, otherP, otherK);
        const prefix = k.subarray(0, 2);
        expect(holds(namespaceRange(g, n), theirs)).toBe(theirG === g && theirN === n);
        expect(holds(prefixRange(theirG, theirN, otherP, prefix), theirs)).toBe(
          otherK.subarray(0, prefix.length).equals(prefix),
        );
        expect(holds(prefixRange(g, n, p, Buffer.alloc(0)), theirs)).toBe(
          theirG === g && theirN === n && otherP === p,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("keep records and what stands beside them apart", () => {
    fc.assert(
      fc.property(generation, uint32, uint16, key, (g, namespaceId, partition, bytes) => {
        const record = recordKey(g, namespaceId, partition, bytes);
        expect(holds(ALL_RECORDS, record)).toBe(true);
        const ranges = [ALL_PARTITION_STATES, ALL_NAMESPACES, ALL_COUNTS, ALL_FILTER_MARKS];
        const keys = [
          partitionStateKey(partition),
          namespaceKey(namespaceId),
          countsKey(g, 1),
          filterMarkKey(g),
        ];
        for (const [i, each] of keys.entries()) {
          expect(ranges.map((range) => holds(range, each))).toEqual(
            ranges.map((_, at) => at === i),
          );
          expect(holds(ALL_RECORDS, each)).toBe(false);
        }
        for (const each of [APPLIED_MARK_KEY, NEXT_NAMESPACE_ID_KEY, STORE_ID_KEY]) {
          expect(ranges.some((range) => holds(range, each))).toBe(false);
          expect(holds(ALL_RECORDS, each)).toBe(false);
        }
      }),
    );
  });

  it("sort the generations of a class by time, and the runs of a slice", () => {
    const older = recordKey(generationAt(10, Date.UTC(2026, 0)), 2 ** 32 - 1, 9, Buffer.of(0xff));
    const newer = recordKey(generationAt(10, Date.UTC(2026, 1)), 0, 0, Buffer.of(0));
    expect(Buffer.compare(older, newer)).toBe(-1);
    const nextRun = recordKey(generationAt(10, Date.UTC(2026, 0)) + 1, 0, 0, Buffer.of(0));
    expect(Buffer.compare(older, nextRun)).toBe(-1);
    expect(Buffer.compare(nextRun, newer)).toBe(-1);
  });
});
