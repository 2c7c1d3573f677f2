import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClaimdError } from "../errors.ts";
import {
  decodeAppliedMark,
  decodeCounts,
  decodeFilterMark,
  decodeNextNamespaceId,
  decodePartitionState,
  decodeStoreId,
  encodeAppliedMark,
  encodeCounts,
  encodeFilterMark,
  encodeNextNamespaceId,
  encodePartitionState,
  encodeStoreId,
} from "./meta-format.ts";

const GENERATION = 0x0a000d09_0102;
const STATE = {
  ...{ index: 2 ** 40 + 1, epoch: 300, token: 2 ** 52 + 5, stampMs: 1_782_909_296_123 },
  ...{ promised: 301, join: 5, erasedJoin: 4, isVoid: true },
};
const COUNTS = { records: 1_000_001, bytes: 2 ** 35 + 7, sequence: 2 ** 34 + 3 };
const MARK = { format: 300, capacity: 524_288, keys: 524_291, checksum: 0xfedc_ba98 };
const STORE_ID = Buffer.from("f0e1d2c3b4a5968778695a4b3c2d1e0f", "hex");

const values: readonly (readonly [string, Buffer, (value: Uint8Array) => unknown, unknown])[] = [
  ["the applied mark", encodeAppliedMark(2 ** 33 + 9), decodeAppliedMark, 2 ** 33 + 9],
  [
    "the state of partition 7",
    encodePartitionState(7, STATE),
    (value) => decodePartitionState(7, value),
    STATE,
  ],
  [
    `the counts of namespace 9 in generation ${GENERATION}`,
    encodeCounts(GENERATION, 9, COUNTS),
    (value) => decodeCounts(GENERATION, 9, value),
    COUNTS,
  ],
  ["the next namespace id", encodeNextNamespaceId(12_345), decodeNextNamespaceId, 12_345],
  [
    `the filter mark of generation ${GENERATION}`,
    encodeFilterMark(GENERATION, MARK),
    (value) => decodeFilterMark(GENERATION, value),
    MARK,
  ],
  ["the store id", encodeStoreId(STORE_ID), decodeStoreId, STORE_ID],
];

function refusal(decode: () => unknown): string {
  try {
    return JSON.stringify(decode());
  } catch (error) {
    if (error instanceof ClaimdError && error.code === "RECORDS_DAMAGED") return error.message;
    throw error;
  }
}

describe.each(values)("%s", (name, value, decode, expected) => {
  it("comes back", () => {
    expect(decode(value)).toEqual(expected);
    expect(decode(Uint8Array.from(value))).toEqual(expected);
  });

  it("is refused by name with any bit flipped or any byte missing", () => {
    for (let bit = 0; bit < value.length * 8; bit++) {
      const damaged = Buffer.from(value);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(refusal(() => decode(damaged))).toContain(name);
    }
    for (let length = 0; length < value.length; length++) {
      expect(refusal(() => decode(value.subarray(0, length)))).toContain(name);
    }
  });
});

describe("values beside the records", () => {
  it("have these bytes for ever", () => {
    expect(values.map(([, value]) => value.toString("hex"))).toEqual([
      "01898080802045c6359e",
      "01818080808020ac028580808080808008fbbbb3edf133ad02050401a668a9c8",
      "01c1843d87808080800183808080407c27ab8a",
      "01b9603ddeef42",
      "01ac0280802083802098f5f2f60f1a532ff7",
      "01f0c3cb9e0cb4cbdabc08f8d2e9da04bcdaf878d2ce9005",
    ]);
  });

  it("are refused under another key", () => {
    expect(refusal(() => decodePartitionState(8, encodePartitionState(7, STATE)))).toContain(
      "partition 8 fails its checksum",
    );
    const counts = encodeCounts(GENERATION, 9, COUNTS);
    expect(refusal(() => decodeCounts(GENERATION + 1, 9, counts))).toContain("checksum");
    expect(refusal(() => decodeNextNamespaceId(encodeAppliedMark(1)))).toContain("checksum");
  });

  it("hold any number there can be", () => {
    const uint53 = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(
        fc.array(uint53, { minLength: 7, maxLength: 7 }),
        fc.boolean(),
        (numbers, isVoid) => {
          const [index = 0, epoch = 0, token = 0, stampMs = 0] = numbers;
          const [promised = 0, join = 0, erasedJoin = 0] = numbers.slice(4);
          const state = { index, epoch, token, stampMs, promised, join, erasedJoin, isVoid };
          expect(decodePartitionState(3, encodePartitionState(3, state))).toEqual(state);
        },
      ),
    );
  });
});
