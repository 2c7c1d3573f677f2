import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { derivedKey } from "./derived-key.ts";

describe("derivedKey", () => {
  it("is SHA-256 of the namespace with its length, and the key", () => {
    const expected = createHash("sha256").update("\0\0\0\x08paymentscharge:17").digest("hex");
    expect(derivedKey("payments", Buffer.from("charge:17"))).toBe(expected);
    expect(expected).toBe("2a7af806f2d93f944c5bac1221f1162176f19e1989b3ce0f4cf50a556e290745");
  });

  it("tells namespace and key apart", () => {
    expect(derivedKey("ab", Buffer.from("c"))).not.toBe(derivedKey("a", Buffer.from("bc")));
  });
});
