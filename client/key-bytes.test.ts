import { describe, expect, it } from "vitest";
import { checkedKey, joinedKeys, keyBytes, keyLength } from "./key-bytes.ts";

const TEXTS = ["plain", "café", "日本", "😀", "\u0000"];
const BYTES = [Buffer.from([0xff, 0xfe]), Buffer.from("b")];

describe("joinedKeys", () => {
  it.each([
    ["text", TEXTS],
    ["bytes", BYTES],
    ["text and bytes", [...TEXTS, ...BYTES, ...TEXTS]],
  ])("is what the keys are as bytes, one behind the other (%s)", (_, given) => {
    const keys = given.map(checkedKey);
    expect(joinedKeys(keys)).toEqual(Buffer.concat(keys.map(keyBytes)));
    expect(keys.map(keyLength)).toEqual(keys.map((key) => keyBytes(key).length));
  });
});
