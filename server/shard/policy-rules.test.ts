import { describe, expect, it } from "vitest";
import { ClaimdError } from "../errors.ts";
import { defaultPolicy, type PolicyDraft, policyOf } from "./policy-rules.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function problemsOf(draft: Partial<PolicyDraft>): string {
  try {
    policyOf({ name: "payments", ...draft });
  } catch (error) {
    if (error instanceof ClaimdError && error.code === "INVALID_ARGUMENT") return error.message;
    throw error;
  }
  return "";
}

describe("policyOf", () => {
  it("puts the defaults in where nothing is said", () => {
    expect(defaultPolicy("payments")).toEqual({
      name: "payments",
      revision: 0,
      windowMs: DAY_MS,
      maxWindowMs: DAY_MS,
      leaseMs: 30_000,
      maxLeaseMs: HOUR_MS,
      maxWaitMs: 30_000,
      onLeaseExpiry: "RECLAIM",
      maxAttempts: 0,
      fingerprint: "OPTIONAL",
      resultMaxBytes: 65_536,
      forgetOnComplete: false,
      observe: false,
      paused: false,
      quota: { claimsPerSecond: 0, records: 0, bytes: 0, waiting: 0 },
    });
  });

  it("lets the maxima follow what is asked for", () => {
    const policy = policyOf({ name: "a", windowMs: 5000, leaseMs: 2 * HOUR_MS });
    expect(policy).toMatchObject({ maxWindowMs: 5000, maxLeaseMs: 2 * HOUR_MS });
  });

  it("keeps every field", () => {
    const full = {
      name: "a-1",
      revision: 7,
      windowMs: 2000,
      maxWindowMs: 3000,
      leaseMs: 200,
      maxLeaseMs: 300,
      maxWaitMs: 40,
      onLeaseExpiry: "HOLD",
      maxAttempts: 5,
      fingerprint: "REQUIRED",
      resultMaxBytes: 6,
      forgetOnComplete: true,
      observe: true,
      paused: true,
      quota: { claimsPerSecond: 1, records: 2, bytes: 3, waiting: 4 },
    };
    expect(policyOf(full)).toEqual(full);
  });

  it.each<[string, Partial<PolicyDraft>]>([
    ["the shortest name", { name: "a" }],
    ["the longest name", { name: "a".repeat(64) }],
    ["the shortest window", { windowMs: 1000 }],
    ["the longest window", { windowMs: 366 * DAY_MS }],
    ["the shortest lease", { leaseMs: 100 }],
    ["the longest lease", { leaseMs: DAY_MS }],
    ["the longest wait", { maxWaitMs: 60_000 }],
    ["most attempts", { maxAttempts: 1_000_000 }],
    ["the largest result", { resultMaxBytes: 524_288 }],
    ["a maximum that is the window", { windowMs: 5000, maxWindowMs: 5000 }],
    ["the largest quota", { quota: { records: Number.MAX_SAFE_INTEGER } }],
  ])("takes %s", (_what, draft) => {
    expect(problemsOf(draft)).toBe("");
  });

  it.each<[string, Partial<PolicyDraft>]>([
    ["name: missing", { name: "" }],
    ["name: missing", { name: 7 }],
    ["name: 65 bytes, at most 64", { name: "a".repeat(65) }],
    ["name: other characters than a-z, 0-9 and -", { name: "Payments" }],
    ["name: other characters than a-z, 0-9 and -", { name: "a\n" }],
    ["window_ms: 999, at least 1000", { windowMs: 999 }],
    ["window_ms: 31622400001, at most 31622400000", { windowMs: 366 * DAY_MS + 1 }],
    ["window_ms: 6000, at most max_window_ms 5000", { windowMs: 6000, maxWindowMs: 5000 }],
    ["lease_ms: 99, at least 100", { leaseMs: 99 }],
    ["lease_ms: 86400001, at most 86400000", { leaseMs: DAY_MS + 1 }],
    ["lease_ms: 30000, at most max_lease_ms 200", { maxLeaseMs: 200 }],
    ["max_lease_ms: 86400001, at most 86400000", { maxLeaseMs: DAY_MS + 1 }],
    ["max_wait_ms: 60001, at most 60000", { maxWaitMs: 60_001 }],
    ["max_attempts: 1000001, at most 1000000", { maxAttempts: 1_000_001 }],
    ["result_max_bytes: 524289, at most 524288", { resultMaxBytes: 524_289 }],
    ["on_lease_expiry: 7, one of RECLAIM, HOLD", { onLeaseExpiry: 7 }],
    ["fingerprint: a string, one of OPTIONAL, OFF, REQUIRED", { fingerprint: "x" }],
    ["observe: a string, true or false", { observe: "yes" }],
    ["paused: null, true or false", { paused: null }],
    ["lease_ms: NaN, a whole number of 0 to 86400000", { leaseMs: NaN }],
    ["lease_ms: -1, a whole number of 0 to 86400000", { leaseMs: -1 }],
    ["lease_ms: 100.5, a whole number of 0 to 86400000", { leaseMs: 100.5 }],
    ["lease_ms: a string, a whole number of 0 to 86400000", { leaseMs: "100" }],
    ["quota.waiting: 100001, at most 100000", { quota: { waiting: 100_001 } }],
    [
      "quota.claims_per_second: 4294967296, at most 4294967295",
      { quota: { claimsPerSecond: 2 ** 32 } },
    ],
  ])("refuses %s", (problem, draft) => {
    expect(problemsOf(draft)).toBe(problem);
  });

  it("names every problem at once", () => {
    expect(problemsOf({ name: "", leaseMs: 1, observe: 1 })).toBe(
      "lease_ms: 1, at least 100; name: missing; observe: 1, true or false",
    );
  });
});
