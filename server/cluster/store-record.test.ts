import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClaimdError } from "../errors.ts";
import {
  damagedRecord,
  decodeStoreRecord,
  encodeStoreRecord,
  type StoreRecord,
} from "./store-record.ts";

const RECORD: StoreRecord = {
  node: "claimd-0",
  zone: "a",
  boot: 3,
  nonce: "9f".repeat(16),
  highWaterMark: 8812,
  state: "DAMAGED",
  damage: "a disk lied",
  draining: true,
};
const GOLDEN =
  `{"version":1,"node":"claimd-0","zone":"a","boot":3,"nonce":"${"9f".repeat(16)}",` +
  '"highWaterMark":8812,"state":"DAMAGED","damage":"a disk lied","draining":true}';

function refusal(text: string): string {
  try {
    decodeStoreRecord(Buffer.from(text));
  } catch (error) {
    if (error instanceof ClaimdError && error.code === "CLUSTER_DAMAGED") return error.message;
    throw error;
  }
  return "accepted";
}

describe("a store's record", () => {
  it("is JSON that a person can read", () => {
    expect(Buffer.from(encodeStoreRecord(RECORD)).toString()).toBe(GOLDEN);
    expect(decodeStoreRecord(Buffer.from(GOLDEN))).toEqual(RECORD);
  });

  it("is read as it was written", () => {
    const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    const record: fc.Arbitrary<StoreRecord> = fc.record({
      node: fc.string({ minLength: 1, maxLength: 200 }),
      zone: fc.string({ maxLength: 200 }),
      boot: count.filter((each) => each > 0),
      nonce: fc
        .uint8Array({ minLength: 16, maxLength: 16 })
        .map((b) => Buffer.from(b).toString("hex")),
      highWaterMark: count,
      state: fc.constantFrom("ACTIVE", "DAMAGED"),
      damage: fc.string({ maxLength: 1000 }),
      draining: fc.boolean(),
    });
    fc.assert(
      fc.property(record, (each) => {
        expect(decodeStoreRecord(encodeStoreRecord(each))).toEqual(each);
      }),
    );
  });

  it("names the field that is missing, wrong or one too many", () => {
    for (const [field, values] of Object.entries({
      node: [undefined, "", 5],
      zone: [undefined, null],
      boot: [undefined, 0, 1.5, "3"],
      nonce: [undefined, "9F".repeat(16), "9f"],
      highWaterMark: [undefined, -1, 2 ** 53],
      state: [undefined, "active"],
      damage: [undefined, "x".repeat(1001)],
      draining: [undefined, "true"],
    })) {
      for (const value of values) {
        const changed = { ...(JSON.parse(GOLDEN) as object), [field]: value };
        expect(refusal(JSON.stringify(changed)), JSON.stringify(value)).toContain(`${field}: `);
      }
    }
    expect(refusal(GOLDEN.replace("{", '{"colour":"blue",'))).toContain("colour");
  });

  it("is refused when it is another form, or none", () => {
    expect(refusal(GOLDEN.replace(":1,", ":2,"))).toContain("has version 2, must be 1");
    expect(refusal("{}")).toContain("has version none, must be 1");
    expect(refusal("null")).toContain("has version none");
    expect(refusal("{")).toContain("is not JSON");
    expect(refusal(" ".repeat(20_000))).toContain("has 20000 bytes, at most 16384");
  });
});

describe("damagedRecord", () => {
  it("keeps all but the state, with as much of the reason as fits", () => {
    const active = { ...RECORD, state: "ACTIVE", damage: "" } as const;
    expect(damagedRecord(active, "a disk lied")).toEqual(RECORD);
    const long = damagedRecord(active, "x".repeat(9999));
    expect(decodeStoreRecord(encodeStoreRecord(long))).toEqual(long);
  });
});
