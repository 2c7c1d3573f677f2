import { describe, expect, it } from "vitest";
import type { Result } from "../storage/claim-record.ts";
import {
  claim,
  complete,
  extend,
  fail,
  FORGET,
  HOLD,
  Key,
  LEASE_MS,
  OTHER,
  OWNER,
  POLICY,
  resolve,
  RESULT,
  WINDOW_MS,
} from "./test/samples.ts";

function claimed(policy = POLICY): Key {
  const key = new Key(policy);
  key.do(claim(OWNER));
  return key;
}

const large: Result = { ...RESULT, data: new Uint8Array(101), sizeBytes: 0 };
const omitted: Result = { ...RESULT, data: new Uint8Array(0), omitted: true, sizeBytes: 101 };

describe("Complete", () => {
  it("stores the result for the window, counted from the settlement", () => {
    const key = claimed();
    key.pass(400);
    expect(key.do(complete())).toEqual({
      reply: { type: "settle", status: "APPLIED", late: false, current: undefined },
      write: {
        state: "COMPLETED",
        token: 100,
        attempt: 1,
        windowMs: WINDOW_MS,
        fingerprint: undefined,
        traceparent: "trace-1",
        spentClaimIds: new Uint8Array(0),
        claimId: OWNER,
        settledAtMs: key.nowMs,
        result: RESULT,
      },
    });
  });

  it("sent again is ALREADY_APPLIED and tells what was stored first", () => {
    const key = claimed();
    key.do(complete());
    key.pass(10);
    const { reply } = key.do(complete(OWNER, { ...RESULT, ref: "another" }));
    expect(reply).toMatchObject({
      status: "ALREADY_APPLIED",
      current: { state: "COMPLETED", result: RESULT, ageMs: 10 },
    });
  });

  it("is accepted late when nobody took over, refused when somebody did", () => {
    const late = claimed();
    late.pass(LEASE_MS);
    expect(late.do(complete()).reply).toMatchObject({ status: "APPLIED", late: true });

    const taken = claimed();
    taken.pass(LEASE_MS);
    taken.do(claim(OTHER));
    expect(taken.do(complete()).reply).toMatchObject({
      status: "STALE_OWNER",
      current: { state: "IN_PROGRESS", attempt: 2, token: 101, holder: "pod-2" },
    });
  });

  it("keeps status, ref and metadata of a result that is too large", () => {
    const key = claimed();
    expect(key.do(complete(OWNER, large)).reply).toMatchObject({ status: "APPLIED" });
    expect(key.record).toMatchObject({ state: "COMPLETED", result: omitted });
  });

  it("counts the size itself, except of data that was dropped before", () => {
    const key = claimed();
    key.do(complete(OWNER, { ...RESULT, omitted: true, sizeBytes: 9999 }));
    expect(key.record).toMatchObject({ result: RESULT });
    const exact = claimed();
    exact.do(complete(OWNER, { ...RESULT, data: new Uint8Array(100), sizeBytes: 100 }));
    expect(exact.record).toMatchObject({ result: { omitted: false, sizeBytes: 100 } });
    const dropped = { ...RESULT, data: new Uint8Array(0), omitted: true, sizeBytes: 9_000_000 };
    const tooLarge = claimed();
    tooLarge.do(complete(OWNER, dropped));
    expect(tooLarge.record).toMatchObject({ result: dropped });
    const none = claimed();
    none.do({ ...complete(), result: undefined });
    expect(none.record).toHaveProperty("result", undefined);
  });
});

describe("Complete under forget-on-complete", () => {
  it("frees the key at once and starts the attempts again", () => {
    const key = new Key(FORGET);
    key.do(claim(OTHER));
    key.do(fail("RETRYABLE", OTHER));
    key.do(claim(OWNER, { leaseMs: 7000, fingerprint: Uint8Array.of(1) }));
    expect(key.do(complete()).reply).toMatchObject({ status: "APPLIED", late: false });
    expect(key.record).toMatchObject({ state: "RELEASED", completed: true, attempt: 0 });
    const next = key.do(claim(new Uint8Array(16), { fingerprint: Uint8Array.of(2) }));
    expect(next.reply).toMatchObject({ status: "GRANTED", attempt: 1, reclaimed: false });
  });

  it("knows its retry for one lease, and late copies of its claims", () => {
    const key = new Key(FORGET);
    key.do(claim(OWNER, { leaseMs: 7000 }));
    key.do(complete());
    key.pass(6999);
    expect(key.do(complete()).reply).toMatchObject({ status: "ALREADY_APPLIED" });
    expect(key.do(fail("RETRYABLE")).reply).toMatchObject({ status: "STALE_OWNER" });
    expect(key.do(claim(OWNER)).reply).toMatchObject({ code: "CLAIM_ID_SPENT" });
    key.pass(1);
    expect(key.do(complete()).reply).toMatchObject({ status: "NOT_FOUND" });
  });

  it("settles a held key in the same way, for the policy's lease", () => {
    const key = new Key(FORGET);
    key.do(claim(OWNER, { leaseMs: 7000 }));
    key.do(fail("UNKNOWN"));
    expect(key.do(complete()).reply).toMatchObject({ status: "APPLIED", late: true });
    expect(key.record).toMatchObject({ state: "RELEASED", completed: true, windowMs: LEASE_MS });
  });
});

describe("Fail", () => {
  it("RETRYABLE releases the key and keeps the count, without a result", () => {
    const key = claimed();
    key.do(fail("RETRYABLE"));
    expect(key.record).toMatchObject({ state: "RELEASED", attempt: 1, completed: false });
    expect(key.record).not.toHaveProperty("result");
    expect(key.do(claim(OTHER)).reply).toMatchObject({ attempt: 2, reclaimed: false });
  });

  it("TERMINAL answers FAILED with its result for the window", () => {
    const key = claimed();
    key.do(fail("TERMINAL", OWNER, large));
    expect(key.do(claim(OTHER)).reply).toMatchObject({ status: "FAILED", result: omitted });
  });

  it("UNKNOWN holds the key, with its holder, until somebody knows", () => {
    const key = claimed();
    key.do(fail("UNKNOWN"));
    expect(key.record).toMatchObject({ state: "HELD", holder: "pod-1", claimId: OWNER });
    expect(key.do(claim(OTHER)).reply).toMatchObject({ status: "HELD" });
    expect(key.do(fail("UNKNOWN")).reply).toMatchObject({ status: "ALREADY_APPLIED" });
    expect(key.do(fail("RETRYABLE")).reply).toMatchObject({ status: "APPLIED", late: true });
    expect(key.do(claim(OTHER)).reply).toMatchObject({ status: "GRANTED", attempt: 2 });
  });

  it("never undoes a settlement", () => {
    const key = claimed();
    key.do(complete());
    for (const outcome of ["RETRYABLE", "TERMINAL", "UNKNOWN"] as const) {
      const { reply, write } = key.do(fail(outcome));
      expect(reply).toMatchObject({ status: "STALE_OWNER", current: { state: "COMPLETED" } });
      expect(write).toBeUndefined();
    }
  });
});

describe("Extend", () => {
  it("renews by the claim's own lease, or by what is asked", () => {
    const key = claimed();
    key.pass(600);
    key.do(extend());
    expect(key.record).toMatchObject({ leaseUntilMs: key.nowMs + LEASE_MS, leaseMs: LEASE_MS });
    key.do(extend(OWNER, 5000));
    expect(key.record).toMatchObject({ leaseUntilMs: key.nowMs + 5000, leaseMs: 5000 });
    key.pass(1000);
    key.do(extend());
    expect(key.record).toMatchObject({ leaseUntilMs: key.nowMs + 5000, leaseMs: 5000 });
  });

  it("never shortens, and then writes nothing", () => {
    const key = claimed();
    const { reply, write } = key.do(extend(OWNER, 100));
    expect(reply).toMatchObject({ status: "APPLIED", late: false });
    expect(write).toBeUndefined();
  });

  it("gets a lapsed lease anew while nobody took over, and is not late", () => {
    const key = claimed(HOLD);
    key.pass(LEASE_MS + 50);
    expect(key.do(extend()).reply).toMatchObject({ status: "APPLIED", late: false });
    expect(key.do(claim(OTHER)).reply).toMatchObject({ status: "IN_PROGRESS" });
  });
});

describe("Resolve", () => {
  function held(policy = POLICY): Key {
    const key = claimed(policy);
    key.do(fail("UNKNOWN"));
    return key;
  }

  it("settles a held key by hand and leaves no owner", () => {
    for (const resolution of ["COMPLETED", "FAILED"] as const) {
      const key = held();
      const { reply } = key.do(resolve(100, resolution));
      expect(reply).toMatchObject({ status: "APPLIED", late: false, current: undefined });
      expect(key.record).toMatchObject({ state: resolution, result: RESULT, claimId: undefined });
      expect(key.record?.spentClaimIds).toEqual(OWNER.slice(0, 8));
      expect(key.do(claim(OTHER)).reply).toMatchObject({ status: resolution, result: RESULT });
      expect(key.do(complete()).reply).toMatchObject({ status: "STALE_OWNER" });
    }
  });

  it("RELEASED allows one further attempt, by somebody else", () => {
    const key = held({ ...POLICY, maxAttempts: 1 });
    key.do(resolve(100, "RELEASED"));
    expect(key.do(claim(OWNER)).reply).toMatchObject({ code: "CLAIM_ID_SPENT" });
    expect(key.do(claim(OTHER)).reply).toMatchObject({ status: "GRANTED", attempt: 2 });
    key.do(fail("RETRYABLE", OTHER));
    expect(key.do(claim(new Uint8Array(16))).reply).toMatchObject({ status: "EXHAUSTED" });
  });

  it("names the grant it means: a copy sent again hits no newer one", () => {
    const key = held();
    key.do(resolve(100, "RELEASED"));
    key.do(claim(OTHER));
    key.do(fail("UNKNOWN", OTHER));
    const { reply, write } = key.do(resolve(100, "COMPLETED"));
    expect(reply).toMatchObject({ status: "STALE_OWNER", current: { token: 101 } });
    expect(write).toBeUndefined();
  });

  it("keeps a result within what the namespace keeps", () => {
    const key = held();
    key.do(resolve(100, "COMPLETED", large));
    expect(key.record).toMatchObject({ result: omitted });
  });

  it("completes for the window also under forget-on-complete", () => {
    const key = held(FORGET);
    key.do(resolve(100, "COMPLETED"));
    expect(key.do(claim(OTHER)).reply).toMatchObject({ status: "COMPLETED" });
  });
});
