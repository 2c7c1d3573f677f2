/** Keys that are not different would make the oracle complain of a store that is right. */
import { describe, expect, it } from "vitest";
import { KEY_BYTES, keyText, newKeyRun } from "./key-text.ts";

describe("keyText", () => {
  it("looks like a UUID of 36 bytes", () => {
    const key = keyText(newKeyRun(), 7);
    expect(key).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(Buffer.byteLength(key)).toBe(KEY_BYTES);
  });

  it("gives every number another key, and every run others", () => {
    const runs = [newKeyRun(), newKeyRun(), [0, 0, 0] as const, [0, 0, 1] as const];
    const keys = new Set<string>();
    for (const run of runs) for (let n = 0; n < 50_000; n++) keys.add(keyText(run, n));
    expect(keys.size).toBe(200_000);
  });

  it("gives the same key for the same run and number", () => {
    expect(keyText([1, 2, 3], 4)).toBe(keyText([1, 2, 3], 4));
  });

  it("has neither ascending keys nor tails in common", () => {
    const keys = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => keyText([1, 2, 3], n));
    expect([...keys].sort()).not.toEqual(keys);
    expect(new Set(keys.map((key) => key.slice(-4))).size).toBeGreaterThan(6);
  });
});
