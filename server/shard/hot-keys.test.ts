import { describe, expect, it } from "vitest";
import type { ClaimReply, Reply } from "../claim/reply.ts";
import { HotKeys } from "./hot-keys.ts";

const T0 = 1_790_000_000_000;
const DUPLICATE: ClaimReply = {
  ...{ type: "claim", status: "COMPLETED", attempt: 1, traceparent: "" },
  ...{ ageMs: 1, expiresInMs: 1, result: undefined },
};

function isHot(keys: HotKeys, hash: number, nowMs: number, reply: Reply = DUPLICATE): boolean {
  const marked = keys.marked(reply, hash, nowMs);
  return "hot" in marked && marked.hot;
}

function asks(keys: HotKeys, count: number, hash: number, nowMs: number): number {
  let hot = 0;
  for (let each = 0; each < count; each += 1) if (isHot(keys, hash, nowMs)) hot += 1;
  return hot;
}

describe("HotKeys", () => {
  it("marks what is asked for 200 times in a second, and in the second behind it", () => {
    const keys = new HotKeys();
    expect(asks(keys, 250, 7, T0)).toBe(51);
    expect(asks(keys, 10, 7, T0 + 1000)).toBe(10);
    expect(asks(keys, 199, 7, T0 + 2000)).toBe(0);
    expect(asks(keys, 199, 7, T0 + 3000)).toBe(0);
  });

  it("forgets a key that nobody asked for in a whole second", () => {
    const keys = new HotKeys();
    asks(keys, 1000, 7, T0);
    expect(asks(keys, 1, 7, T0 + 2000)).toBe(0);
  });

  it("keeps a hot key's place against all others that share it", () => {
    const keys = new HotKeys();
    let hot = 0;
    for (let each = 0; each < 1000; each += 1) {
      hot += asks(keys, 3, 7, T0);
      asks(keys, 1, 7 + 4096 * (1 + each), T0);
    }
    expect(hot).toBeGreaterThan(2000);
  });

  it("lets go of a place in the second after", () => {
    const keys = new HotKeys();
    asks(keys, 1000, 7, T0);
    asks(keys, 1, 7 + 4096, T0 + 1000);
    expect(asks(keys, 250, 7 + 4096, T0 + 1000)).toBe(52);
  });

  it("looks at COMPLETED alone, and changes nothing else", () => {
    const keys = new HotKeys();
    const refused: Reply = { type: "refused", code: "PAUSED", message: "", retryAfterMs: 0 };
    const failed: Reply = { ...DUPLICATE, status: "FAILED" };
    for (const reply of [refused, failed]) {
      for (let each = 0; each < 300; each += 1) expect(keys.marked(reply, 7, T0)).toBe(reply);
    }
    expect(keys.marked(DUPLICATE, 7, T0)).toBe(DUPLICATE);
  });
});
