import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.ts";
import type { Policy } from "../storage/policy.ts";
import type { Reply } from "./reply.ts";
import {
  claim,
  claimId,
  complete,
  fail,
  FINGERPRINT,
  HOLD,
  Key,
  LEASE_MS,
  OTHER,
  OTHER_FINGERPRINT,
  OWNER,
  POLICY,
  RESULT,
  WINDOW_MS,
} from "./test/samples.ts";

const GRANTED = {
  type: "claim",
  status: "GRANTED",
  token: 100,
  attempt: 1,
  leaseMs: LEASE_MS,
  hold: false,
  reclaimed: false,
  shadowed: false,
} as const;

const statusOf = (reply: Reply): string =>
  reply.type === "claim" ? reply.status : reply.type === "refused" ? reply.code : reply.type;

describe("a claim of an absent key", () => {
  it("is granted with the policy's lease and window", () => {
    const key = new Key();
    expect(key.do(claim(OWNER, { fingerprint: FINGERPRINT })).reply).toEqual(GRANTED);
    expect(key.record).toEqual({
      state: "IN_PROGRESS",
      token: 100,
      attempt: 1,
      windowMs: WINDOW_MS,
      fingerprint: FINGERPRINT,
      traceparent: "trace-1",
      spentClaimIds: new Uint8Array(0),
      claimId: OWNER,
      hold: false,
      holder: "pod-1",
      grantedAtMs: key.nowMs,
      leaseMs: LEASE_MS,
      leaseUntilMs: key.nowMs + LEASE_MS,
    });
  });

  it("gets the lease and window it asks for", () => {
    const key = new Key();
    const { reply } = key.do(claim(OWNER, { leaseMs: 7000, windowMs: 9000 }));
    expect(reply).toEqual({ ...GRANTED, leaseMs: 7000 });
    expect(key.record).toMatchObject({ leaseMs: 7000, windowMs: 9000 });
    key.pass(16_000);
    expect(statusOf(key.do(claim(OTHER)).reply)).toBe("GRANTED");
  });

  it("asserts that tokens grow (I4)", () => {
    const key = new Key();
    key.do(claim(OWNER));
    key.pass(LEASE_MS);
    expect(() => key.do(claim(OTHER), { nextToken: 100 })).toThrow("tokens grow");
  });
});

describe("a claim sent again", () => {
  it("gets the same grant, and a lease from now that is never shorter", () => {
    const key = new Key();
    key.do(claim(OWNER));
    key.pass(600);
    const again = key.do(claim(OWNER));
    expect(again.reply).toEqual(GRANTED);
    expect(key.record).toMatchObject({ leaseUntilMs: key.nowMs + LEASE_MS, leaseMs: LEASE_MS });
    const shorter = key.do(claim(OWNER, { leaseMs: 100 }));
    expect(shorter.reply).toEqual(GRANTED);
    expect(shorter.write).toBeUndefined();
  });

  it("gets a lapsed lease anew while nobody took over, also where the key is on hold", () => {
    for (const policy of [POLICY, HOLD]) {
      const key = new Key(policy);
      key.do(claim(OWNER));
      key.pass(LEASE_MS + 5);
      expect(key.do(claim(OWNER)).reply).toEqual({ ...GRANTED, hold: policy === HOLD });
      expect(statusOf(key.do(claim(OTHER)).reply)).toBe("IN_PROGRESS");
    }
  });

  it("moves the expiry with the lease", () => {
    const key = new Key();
    key.do(claim(OWNER));
    key.pass(WINDOW_MS);
    key.do(claim(OWNER));
    key.pass(LEASE_MS + WINDOW_MS - 1);
    expect(statusOf(key.do(claim(OWNER)).reply)).toBe("GRANTED");
    expect(key.record?.token).toBe(100);
    key.pass(LEASE_MS + WINDOW_MS);
    key.do(claim(OWNER));
    expect(key.record?.token).toBe(101);
  });

  it("keeps what was fixed at the grant: hold, window, holder, trace", () => {
    const key = new Key(HOLD);
    key.do(claim(OWNER));
    key.policy = { ...POLICY, windowMs: 5 };
    key.pass(10);
    const { reply } = key.do(claim(OWNER, { windowMs: 7, holder: "x", traceparent: "y" }));
    expect(reply).toMatchObject({ hold: true });
    expect(key.record).toMatchObject({
      hold: true,
      windowMs: WINDOW_MS,
      holder: "pod-1",
      traceparent: "trace-1",
    });
  });

  it("says `reclaimed` in the first answer only", () => {
    const key = new Key();
    key.do(claim(OWNER));
    key.pass(LEASE_MS);
    const first = { ...GRANTED, token: 101, attempt: 2, reclaimed: true };
    expect(key.do(claim(OTHER)).reply).toEqual(first);
    expect(key.do(claim(OTHER)).reply).toEqual({ ...first, reclaimed: false });
  });
});

describe("a claim of somebody else's key", () => {
  it("is told who is at work and when to ask again", () => {
    const key = new Key();
    key.do(claim(OWNER));
    key.pass(300);
    expect(key.do(claim(OTHER)).reply).toEqual({
      type: "claim",
      status: "IN_PROGRESS",
      attempt: 1,
      traceparent: "trace-1",
      ageMs: 300,
      expiresInMs: LEASE_MS + WINDOW_MS - 300,
      retryAfterMs: LEASE_MS - 300,
      holder: "pod-1",
    });
    key.pass(LEASE_MS - 301);
    expect(key.do(claim(OTHER)).reply).toMatchObject({ status: "IN_PROGRESS", retryAfterMs: 1 });
  });

  it("gets the result of a completed or failed one for the window", () => {
    for (const [status, settle] of [
      ["COMPLETED", complete()],
      ["FAILED", fail("TERMINAL")],
    ] as const) {
      const key = new Key();
      key.do(claim(OWNER));
      key.do(settle);
      key.pass(WINDOW_MS - 1);
      expect(key.do(claim(OTHER)).reply).toEqual({
        type: "claim",
        status,
        attempt: 1,
        traceparent: "trace-1",
        ageMs: WINDOW_MS - 1,
        expiresInMs: 1,
        result: RESULT,
      });
      key.pass(1);
      expect(key.do(claim(OTHER)).reply).toMatchObject({ status: "GRANTED", attempt: 1 });
    }
  });

  it("is answered EXHAUSTED after maxAttempts, by lapse or release", () => {
    const key = new Key({ ...POLICY, maxAttempts: 2 });
    key.do(claim(claimId(11)));
    key.do(fail("RETRYABLE", claimId(11)));
    key.do(claim(claimId(12)));
    key.pass(LEASE_MS);
    expect(statusOf(key.do(claim(claimId(13))).reply)).toBe("EXHAUSTED");
    key.do(fail("RETRYABLE", claimId(12)));
    expect(statusOf(key.do(claim(claimId(13))).reply)).toBe("EXHAUSTED");
    // It is the policy of the moment that counts.
    key.policy = { ...POLICY, maxAttempts: 3 };
    expect(key.do(claim(claimId(13))).reply).toMatchObject({ status: "GRANTED", attempt: 3 });
  });

  it("is HELD rather than EXHAUSTED where the claim was granted under HOLD", () => {
    const key = new Key({ ...HOLD, maxAttempts: 1 });
    key.do(claim(OWNER));
    key.policy = { ...POLICY, maxAttempts: 1 };
    key.pass(LEASE_MS);
    const held = key.do(claim(OTHER)).reply;
    expect(held).toMatchObject({ status: "HELD", ageMs: LEASE_MS, expiresInMs: WINDOW_MS });
  });
});

describe("a one-shot claim", () => {
  const oneShot = claim(OWNER, { complete: true });
  const answer = { ...GRANTED, leaseMs: 0 };

  it("is granted and completed in one write, and says the same again", () => {
    const key = new Key(HOLD);
    expect(key.do(oneShot).reply).toEqual(answer);
    expect(key.record).toMatchObject({ state: "COMPLETED", claimId: OWNER, result: undefined });
    const again = key.do(oneShot);
    expect(again).toEqual({ reply: answer, write: undefined });
    expect(statusOf(key.do(claim(OTHER, { complete: true })).reply)).toBe("COMPLETED");
  });

  it("completes one's own running or lapsed claim, also while grants are refused", () => {
    for (const afterMs of [10, LEASE_MS]) {
      const key = new Key();
      key.do(claim(OWNER));
      key.pass(afterMs);
      const refused = { type: "refused", code: "PAUSED", message: "", retryAfterMs: 0 } as const;
      expect(key.do(oneShot, { grantsRefused: refused }).reply).toEqual(answer);
      expect(key.record).toMatchObject({ state: "COMPLETED", token: 100 });
    }
  });
});

describe("a fingerprint", () => {
  const other = claim(OTHER, { fingerprint: OTHER_FINGERPRINT });

  it("that differs is a MISMATCH without a result, and changes nothing", () => {
    const key = new Key();
    key.do(claim(OWNER, { fingerprint: FINGERPRINT }));
    key.do(complete());
    key.pass(5);
    expect(key.do(other)).toEqual({
      reply: {
        type: "claim",
        status: "MISMATCH",
        attempt: 1,
        traceparent: "trace-1",
        ageMs: 5,
        expiresInMs: WINDOW_MS - 5,
      },
      write: undefined,
    });
  });

  it.each([
    [Uint8Array.of(1, 2), true],
    [Uint8Array.of(1, 2, 3, 4), true],
    [Uint8Array.of(9, 2, 3), true],
    [Uint8Array.of(1, 2, 3), false],
    [undefined, false],
  ])("%s against 1,2,3 is a mismatch: %s", (fingerprint, mismatch) => {
    const key = new Key();
    key.do(claim(OWNER, { fingerprint: FINGERPRINT }));
    const { reply } = key.do(claim(OTHER, { fingerprint }));
    expect(statusOf(reply)).toBe(mismatch ? "MISMATCH" : "IN_PROGRESS");
  });

  it("is neither stored nor compared under OFF", () => {
    const off: Policy = { ...POLICY, fingerprint: "OFF" };
    const key = new Key(off);
    key.do(claim(OWNER, { fingerprint: FINGERPRINT }));
    expect(key.record?.fingerprint).toBeUndefined();
    const stored = new Key();
    stored.do(claim(OWNER, { fingerprint: FINGERPRINT }));
    stored.policy = off;
    expect(statusOf(stored.do(other).reply)).toBe("IN_PROGRESS");
  });
});

describe("a spent claim id", () => {
  it("gets no further attempt, whoever held the key since", () => {
    const key = new Key();
    for (let name = 1; name <= 5; name++) {
      key.do(claim(claimId(name)));
      if (name % 2 === 0) key.do(fail("RETRYABLE", claimId(name)));
      else key.pass(LEASE_MS);
    }
    for (let name = 1; name <= 4; name++) {
      expect(statusOf(key.do(claim(claimId(name))).reply)).toBe("CLAIM_ID_SPENT");
    }
    expect(key.record?.spentClaimIds).toEqual(
      Uint8Array.from([1, 2, 3, 4].flatMap((name) => [...claimId(name).slice(0, 8)])),
    );
  });

  it("is remembered for the last so many attempts", () => {
    const key = new Key();
    const { max } = LIMITS.spentClaimIds;
    for (let name = 1; name <= max + 2; name++) {
      key.do(claim(claimId(name)));
      key.do(fail("RETRYABLE", claimId(name)));
    }
    expect(key.record?.spentClaimIds).toHaveLength(max * 8);
    expect(statusOf(key.do(claim(claimId(2))).reply)).toBe("CLAIM_ID_SPENT");
    expect(statusOf(key.do(claim(claimId(max + 2))).reply)).toBe("CLAIM_ID_SPENT");
    expect(statusOf(key.do(claim(claimId(1))).reply)).toBe("GRANTED");
  });
});
