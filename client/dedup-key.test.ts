import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dedupKey, type FieldValue } from "./dedup-key.ts";

const order = { scope: "charge", version: 1, fields: { order: "o-17", amount: 4200 } };
const SECRET = "sixteen bytes or more";

describe("dedupKey", () => {
  it("is the same for ever: golden keys", () => {
    expect(dedupKey(order)).toBe("d1:1:6:charge:6:amountn4:42005:orders4:o-17");
    expect(dedupKey({ ...order, fields: { order: "o".repeat(300) } })).toBe(
      "d1h:1:6:charge:sH_8wggPzOKVLGKgT2v060Y08OrlWYxWR2AdzhgQm28",
    );
    expect(dedupKey({ ...order, secret: SECRET })).toBe(
      "d1m:1:6:charge:U839GnvW82LjXp-Mzegzu7AD5lQvOWTmgsvoTRG-XUY",
    );
  });

  it("does not depend on the order of the fields", () => {
    const turned = { amount: 4200, order: "o-17" };
    expect(dedupKey({ ...order, fields: turned })).toBe(dedupKey(order));
  });

  it("never gives two selections the same key", () => {
    const value: fc.Arbitrary<FieldValue> = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.integer(),
      fc.bigInt(),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array(),
    );
    const fields = fc.dictionary(fc.string({ unit: "grapheme" }), value, { minKeys: 1 });
    const parts = fc.record({
      scope: fc.string({ minLength: 1, maxLength: 8 }),
      fields: fields.filter((each) =>
        Object.values(each).some((v) => v !== null && v !== "" && !(v instanceof Uint8Array)),
      ),
      version: fc.integer({ min: 1, max: 20 }),
    });
    const canonical = (p: { scope: string; fields: object; version: number }): string =>
      JSON.stringify([p.scope, p.version, Object.entries(p.fields).sort()], (_, v: unknown) =>
        typeof v === "bigint" ? `bigint ${v}` : Object.is(v, -0) ? 0 : v,
      );
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(dedupKey(a) === dedupKey(b)).toBe(canonical(a) === canonical(b));
      }),
      { numRuns: 500 },
    );
  });

  it("tells apart what only separators would join", () => {
    const key = (fields: Record<string, FieldValue>): string => dedupKey({ ...order, fields });
    const keys = [
      key({ a: "b", c: "d" }),
      key({ a: "b1:cs1:d" }),
      key({ a: "1" }),
      key({ a: 1 }),
      key({ a: 1n }),
      key({ a: true }),
      key({ a: "true" }),
      key({ a: Buffer.from("1") }),
      key({ a: "", b: "1" }),
      key({ a: null, b: "1" }),
      key({ b: "1" }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("depends on scope, version and secret", () => {
    const keys = [
      dedupKey(order),
      dedupKey({ ...order, version: 2 }),
      dedupKey({ ...order, scope: "refund" }),
      dedupKey({ ...order, secret: SECRET }),
      dedupKey({ ...order, secret: `${SECRET}!` }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("always fits a key", () => {
    const parts = { scope: "s".repeat(64), version: Number.MAX_SAFE_INTEGER };
    const fields = { ["f".repeat(1000)]: "é".repeat(100_000) };
    expect(Buffer.byteLength(dedupKey({ ...parts, fields }))).toBeLessThanOrEqual(512);
  });

  it.each([
    ["no field", { fields: {} }, "fields are empty"],
    ["only empty fields", { fields: { a: "", b: null } }, "all fields are empty"],
    ["a missing field", { fields: { a: undefined as unknown as string, b: 1 } }, "field a is und"],
    ["NaN", { fields: { a: Number.NaN } }, "field a is NaN"],
    ["an object", { fields: { a: {} as unknown as string } }, "field a is object"],
    ["half a surrogate pair", { fields: { a: "\ud800" } }, "surrogate"],
    ["no scope", { scope: "" }, "scope is empty"],
    ["a long scope", { scope: "x".repeat(65) }, "scope has 65 bytes"],
    ["version 0", { version: 0 }, "version is 0"],
    ["a short secret", { secret: "short" }, "secret has 5 bytes"],
  ])("refuses %s", (_, wrong, message) => {
    expect(() => dedupKey({ ...order, ...wrong })).toThrow(message);
  });
});
