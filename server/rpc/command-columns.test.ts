import type { Commands } from "@claimd/proto";
import { describe, expect, it } from "vitest";
import type { PolicyDraft } from "../shard/policy-rules.ts";
import { one, SESSION, takeFrame } from "./test/take-frame.ts";

const short: Partial<PolicyDraft> = { leaseMs: 200, maxLeaseMs: 500 };
const required: Partial<PolicyDraft> = { fingerprint: "REQUIRED" };

describe("bounds of a command's fields", () => {
  const text = (bytes: number): string => "é".repeat(bytes >> 1) + "x".repeat(bytes & 1);
  const bytes = (count: number): Buffer => Buffer.alloc(count, 1);
  const metadata = (entries: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: entries }, (_, at) => [`k${at}`, "v"]));

  it.each<[string, readonly Commands[], Partial<PolicyDraft>]>([
    ["a key of one byte", one("GET", { key: bytes(1) }), {}],
    ["a key of 512 bytes", one("GET", { key: bytes(512) }), {}],
    ["the shortest lease", one("CLAIM", {}, { leaseMs: 100 }), {}],
    ["the longest lease", one("CLAIM", {}, { leaseMs: 3_600_000 }), {}],
    ["the longest lease of the policy", one("CLAIM", {}, { leaseMs: 500 }), short],
    ["the shortest window", one("CLAIM", {}, { windowMs: 1000 }), {}],
    ["the longest window", one("CLAIM", {}, { windowMs: 86_400_000 }), {}],
    ["the longest wait", one("CLAIM", {}, { waitMs: 30_000 }), {}],
    ["the longest extension", one("EXTEND", {}, { leaseMs: 3_600_000 }), {}],
    ["a fingerprint of 32 bytes", one("CLAIM", { fingerprint: bytes(32) }), {}],
    ["a fingerprint where required", one("CLAIM", { fingerprint: bytes(1) }), required],
    ["a holder of 128 bytes", one("CLAIM", {}, { holder: text(128) }), {}],
    ["a traceparent of 128 bytes", one("CLAIM", { traceparent: "t".repeat(128) }), {}],
    ["a content type of 128 bytes", one("COMPLETE", { result: { contentType: text(128) } }), {}],
    ["a ref of 2,048 bytes", one("COMPLETE", { result: { ref: text(2048) } }), {}],
    ["16 entries of metadata", one("COMPLETE", { result: { metadata: metadata(16) } }), {}],
    ["4 KiB of metadata", one("COMPLETE", { result: { metadata: { ab: "x".repeat(4094) } } }), {}],
    ["data of any size", one("COMPLETE", { result: { data: bytes(1_000_000) } }), {}],
    ["the largest token", one("FORGET", { token: 2 ** 53 - 1 }), {}],
  ])("takes %s", (_what, groups, draft) => {
    const { submitted, refused } = takeFrame(groups, SESSION, draft);
    expect([...refused.values()]).toEqual([]);
    expect(submitted).toHaveLength(1);
  });

  it.each<[string, readonly Commands[], Partial<PolicyDraft>]>([
    ["key: 0 bytes, at least 1", one("GET", { key: bytes(0) }), {}],
    ["key: 513 bytes, at most 512", one("GET", { key: bytes(513) }), {}],
    ["key: 70000 bytes, at most 512", one("GET", { key: bytes(70_000) }), {}],
    ["claim_id: 0 bytes, exactly 16", one("CLAIM", { claimId: bytes(0) }), {}],
    ["claim_id: 15 bytes, exactly 16", one("COMPLETE", { claimId: bytes(15) }), {}],
    ["claim_id: 17 bytes, exactly 16", one("EXTEND", { claimId: bytes(17) }), {}],
    ["lease_ms: 99 ms, at least 100", one("CLAIM", {}, { leaseMs: 99 }), {}],
    ["lease_ms: 3600001 ms, at most 3600000", one("CLAIM", {}, { leaseMs: 3_600_001 }), {}],
    ["lease_ms: 4294967295 ms, at most 3600000", one("EXTEND", {}, { leaseMs: 2 ** 32 - 1 }), {}],
    ["lease_ms: 501 ms, at most 500", one("CLAIM", {}, { leaseMs: 501 }), short],
    ["window_ms: 999 ms, at least 1000", one("CLAIM", {}, { windowMs: 999 }), {}],
    ["window_ms: 86400001 ms, at most 86400000", one("CLAIM", {}, { windowMs: 86_400_001 }), {}],
    [
      "window_ms: 18446744073709552000 ms, at most 86400000",
      one("CLAIM", {}, { windowMs: "18446744073709551615" }),
      {},
    ],
    ["wait_ms: 30001 ms, at most 30000", one("CLAIM", {}, { waitMs: 30_001 }), {}],
    ["fingerprint: 33 bytes, at most 32", one("CLAIM", { fingerprint: bytes(33) }), {}],
    ["fingerprint: 0 bytes, required in this namespace", one("CLAIM"), required],
    ["holder: 129 bytes, at most 128", one("CLAIM", {}, { holder: text(129) }), {}],
    ["holder: not valid UTF-8", one("CLAIM", {}, { holder: "a\ud800b" }), {}],
    ["traceparent: 129 bytes, at most 128", one("CLAIM", { traceparent: text(129) }), {}],
    ["traceparent: not valid UTF-8", one("CLAIM", { traceparent: "\udfff" }), {}],
    [
      "complete: true, refused where keys are forgotten on completion",
      one("CLAIM", {}, { complete: true }),
      { forgetOnComplete: true },
    ],
    [
      "result.content_type: 129 bytes, at most 128",
      one("COMPLETE", { result: { contentType: text(129) } }),
      {},
    ],
    ["result.ref: 2049 bytes, at most 2048", one("FAIL", { result: { ref: text(2049) } }), {}],
    [
      "result.metadata: 17 entries, at most 16",
      one("COMPLETE", { result: { metadata: metadata(17) } }),
      {},
    ],
    [
      "result.metadata: 4097 bytes, at most 4096",
      one("COMPLETE", { result: { metadata: { ab: "x".repeat(4095) } } }),
      {},
    ],
    [
      "result.metadata: not valid UTF-8",
      one("COMPLETE", { result: { metadata: { a: "\ud800" } } }),
      {},
    ],
    ["fencing_token: above 9007199254740991", one("FORGET", { token: 2 ** 53 }), {}],
    [
      "outcome: 9, not one of RETRYABLE, TERMINAL, UNKNOWN",
      one("FAIL", {}, { outcome: 9 as 1 }),
      {},
    ],
    ["verb: 77, not a verb", one(77 as 1), {}],
    ["verb: VERB_UNSPECIFIED, not a verb", one("VERB_UNSPECIFIED"), {}],
  ])("refuses %s", (problem, groups, draft) => {
    const { submitted, refused } = takeFrame(groups, SESSION, draft);
    expect(submitted).toEqual([]);
    expect([...refused.values()]).toEqual([`INVALID_ARGUMENT ${problem}`]);
  });

  it("refuses wait_ms in a batch", () => {
    const { refused } = takeFrame(one("CLAIM", {}, { waitMs: 1 }), { ...SESSION, waits: false });
    expect(refused.get(0)).toBe("INVALID_ARGUMENT wait_ms: 1 ms, a batch does not wait");
  });

  it("waits no longer than the caller does", () => {
    const groups = one("CLAIM", {}, { waitMs: 20_000 });
    expect(takeFrame(groups, { ...SESSION, maxWaitMs: 700 }).submitted[0]?.waitMs).toBe(700);
  });
});

describe("a result", () => {
  it("goes on whole, whatever its size: what a namespace keeps of it is decided later", () => {
    const result = { data: Buffer.alloc(101), contentType: "t", ref: "r", metadata: { a: "b" } };
    const [at] = takeFrame(one("COMPLETE", { result }), SESSION, { resultMaxBytes: 100 }).submitted;
    expect(at?.command).toMatchObject({
      result: {
        data: new Uint8Array(101),
        contentType: "t",
        ref: "r",
        omitted: false,
        sizeBytes: 101,
      },
    });
  });

  it("whose data the client dropped has the size that the client says", () => {
    const result = { omitted: true, sizeBytes: 5_000_000_000 };
    const [at] = takeFrame(one("COMPLETE", { result })).submitted;
    expect(at?.command).toMatchObject({ result: { ...result, data: new Uint8Array(0) } });
    const { refused } = takeFrame(
      one("COMPLETE", { result: { omitted: true, sizeBytes: 2 ** 53 } }),
    );
    expect(refused.get(0)).toContain("result.size_bytes: above 9007199254740991");
  });

  it("that is empty is none, as in a column", () => {
    const { submitted } = takeFrame(one("COMPLETE", { result: {} }));
    expect(submitted[0]?.command).toMatchObject({ type: "complete", result: undefined });
  });

  it("is kept for TERMINAL only", () => {
    const result = { data: Buffer.from("x") };
    const kept = takeFrame(one("FAIL", { result }, { outcome: "TERMINAL" })).submitted[0];
    const dropped = takeFrame(one("FAIL", { result }, { outcome: "UNKNOWN" })).submitted[0];
    expect(kept?.command).toMatchObject({ result: { sizeBytes: 1 } });
    expect(dropped?.command).toMatchObject({ result: undefined });
  });

  it("can't smuggle what the server sets, nor a prototype", () => {
    const metadata = JSON.parse('{"__proto__": "x"}') as Record<string, string>;
    const result = { data: Buffer.from("x"), omitted: true, sizeBytes: 99, metadata };
    const command = takeFrame(one("COMPLETE", { result })).submitted[0]?.command;
    expect(command).toMatchObject({ result: { omitted: false, sizeBytes: 1 } });
    expect(({} as { x?: string }).x).toBeUndefined();
  });
});
