import { describe, expect, it } from "vitest";
import { CompletedCache } from "./cache.ts";
import type { Completed } from "./outcome.ts";
import type { ClaimReply } from "./reply.ts";

const key = Buffer.from("k");
const reply = (sentAtMs: number, expiresInMs: number): ClaimReply =>
  ({ sentAtMs, expiresInMs }) as ClaimReply;

function completed(expiresInMs: number, bytes = 1): Completed {
  const data = Buffer.alloc(bytes);
  return {
    status: "COMPLETED",
    attempt: 1,
    traceparent: "",
    ageMs: 10,
    expiresInMs,
    result: { data, contentType: "", metadata: {}, ref: "", omitted: false, sizeBytes: bytes },
  };
}

describe("CompletedCache", () => {
  it("keeps an answer no longer than the server says, counted from the sending", () => {
    const cache = new CompletedCache(2);
    cache.put("a", key, undefined, completed(500), reply(1000, 500));
    expect(cache.get("a", key, undefined, 1499)).toMatchObject({ ageMs: 509, expiresInMs: 1 });
    expect(cache.get("a", key, undefined, 1500)).toBeUndefined();
    expect(cache.get("a", key, undefined, 1001)).toBeUndefined();
  });

  it("drops what was not used for longest", () => {
    const cache = new CompletedCache(2);
    const keys = ["1", "2", "3"].map((each) => Buffer.from(each)) as [Buffer, Buffer, Buffer];
    cache.put("a", keys[0], undefined, completed(500), reply(0, 500));
    cache.put("a", keys[1], undefined, completed(500), reply(0, 500));
    cache.get("a", keys[0], undefined, 1);
    cache.put("a", keys[2], undefined, completed(500), reply(0, 500));
    const kept = keys.map((each) => cache.get("a", each, undefined, 1) !== undefined);
    expect(kept).toEqual([true, false, true]);
  });

  it("keeps no large results, and a copy of the others", () => {
    const cache = new CompletedCache(2);
    cache.put("a", key, undefined, completed(500, 16_385), reply(0, 500));
    expect(cache.get("a", key, undefined, 1)).toBeUndefined();
    const outcome = completed(500, 4);
    cache.put("a", key, undefined, outcome, reply(0, 500));
    (outcome.result?.data as Buffer).fill(1);
    expect(cache.get("a", key, undefined, 1)?.result?.data).toEqual(new Uint8Array(4));
  });

  it("keeps namespaces apart", () => {
    const cache = new CompletedCache(2);
    cache.put("a", key, undefined, completed(500), reply(0, 500));
    expect(cache.get("b", key, undefined, 1)).toBeUndefined();
  });
});
