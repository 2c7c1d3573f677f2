import { describe, expect, it } from "vitest";
import type { ClaimRecord, InProgress } from "../storage/claim-record.ts";
import { decide } from "./decide.ts";
import type { Outage } from "../storage/outage.ts";
import {
  claim,
  COMPLETED,
  extend,
  FINGERPRINT,
  HELD,
  HOLD,
  inProgress,
  Key,
  LEASE_MS,
  ONE_ATTEMPT,
  OTHER,
  OWNER,
  POLICY,
  released,
  RESULT,
  T0,
  turn,
  WINDOW_MS,
} from "./test/samples.ts";
import { forgottenAtMs, leaseEndsAtMs, viewOf } from "./views.ts";

const GRACE_MS = 10_000;

function outage(stoppedAfterMs: number, lastedMs: number): Outage {
  const stoppedAtMs = T0 + stoppedAfterMs;
  return { stoppedAtMs, resumedAtMs: stoppedAtMs + lastedMs };
}

describe("leaseEndsAtMs", () => {
  const endsAfterMs = (record: InProgress, away: Outage | undefined): number =>
    leaseEndsAtMs(record, away) - T0;

  it("is the lease's own end when nothing was missed", () => {
    expect(endsAfterMs(inProgress(), undefined)).toBe(LEASE_MS);
  });

  it("gives a lease that ran when serving stopped 10 s from the resumption", () => {
    expect(endsAfterMs(inProgress(), outage(400, 5000))).toBe(5400 + GRACE_MS);
    expect(endsAfterMs(inProgress(), outage(LEASE_MS - 1, 5000))).toBe(5999 + GRACE_MS);
  });

  it("gives a long lease a third of itself", () => {
    const record = inProgress({ leaseMs: 60_001, leaseUntilMs: T0 + 60_001 });
    expect(endsAfterMs(record, outage(60_000, 1000))).toBe(61_000 + 20_001);
  });

  it("never shortens a lease that runs longer anyway", () => {
    const record = inProgress({ leaseMs: 60_000, leaseUntilMs: T0 + 60_000 });
    expect(endsAfterMs(record, outage(400, 1000))).toBe(60_000);
  });

  it("gives nothing to a lease that had lapsed before serving stopped", () => {
    expect(endsAfterMs(inProgress(), outage(LEASE_MS, 5000))).toBe(LEASE_MS);
  });

  it("keeps the grace of an outage through the next one, and gives it anew", () => {
    const first = outage(400, 5000);
    const stoppedAtMs = first.resumedAtMs + GRACE_MS - 1;
    const again = { stoppedAtMs, resumedAtMs: stoppedAtMs + 1000, earlier: first };
    expect(endsAfterMs(inProgress(), again)).toBe(5400 + GRACE_MS - 1 + 1000 + GRACE_MS);
    const over = { ...again, stoppedAtMs: first.resumedAtMs + GRACE_MS };
    expect(endsAfterMs(inProgress(), over)).toBe(5400 + GRACE_MS);
  });

  it("gives nothing to a lease given since serving resumed", () => {
    expect(endsAfterMs(inProgress(), outage(-5000, 5000))).toBe(LEASE_MS);
    expect(endsAfterMs(inProgress(), outage(-5000, 5001))).toBe(GRACE_MS + 1);
  });
});

describe("restart grace", () => {
  it("keeps others away and the key remembered as much longer", () => {
    const key = new Key();
    key.do(claim(OWNER, { windowMs: 1000 }));
    key.stop(3_600_000);
    expect(key.do(claim(OTHER)).reply).toMatchObject({
      status: "IN_PROGRESS",
      retryAfterMs: GRACE_MS,
      expiresInMs: GRACE_MS + 1000,
    });
    key.pass(GRACE_MS - 1);
    expect(key.do({ type: "get" }).reply).toMatchObject({
      record: { lapsed: false, leaseLeftMs: 1, next: "IN_PROGRESS" },
    });
    key.pass(1);
    expect(key.do(claim(OTHER)).reply).toMatchObject({ status: "GRANTED", attempt: 2 });
  });

  it("becomes lease when its owner renews: neither cut short nor lost by a second outage", () => {
    for (const renewal of [claim(OWNER), extend(OWNER)]) {
      const key = new Key();
      key.do(claim(OWNER));
      key.stop(60_000);
      const graceEndMs = key.nowMs + GRACE_MS;
      expect(key.do(renewal).write).toMatchObject({ leaseUntilMs: graceEndMs, leaseMs: LEASE_MS });
      expect(key.do(renewal).write).toBeUndefined();
      key.pass(5000);
      key.stop(4999);
      // It ran until 1 ms before: as good a lease as any other that ran when serving stopped.
      const taken = { status: "IN_PROGRESS", retryAfterMs: GRACE_MS };
      expect(key.do(claim(OTHER)).reply).toMatchObject(taken);
      key.pass(GRACE_MS - 200);
      key.do(renewal);
      expect(key.do({ type: "get" }).reply).toMatchObject({ record: { leaseLeftMs: LEASE_MS } });
    }
  });
});

describe("the bound on clocks", () => {
  const at = (afterMs: number) => turn({ nowMs: T0 + afterMs, maxClockOffsetMs: 500 });

  it("keeps others away for as much longer, who are told so", () => {
    const last = decide(inProgress(), claim(OTHER), at(LEASE_MS + 499));
    expect(last.reply).toMatchObject({ status: "IN_PROGRESS", retryAfterMs: 1 });
    const first = decide(inProgress(), claim(OTHER), at(LEASE_MS + 500));
    expect(first.reply).toMatchObject({ status: "GRANTED", reclaimed: true });
  });

  it("gives the owner nothing: it is late when its own lease is over", () => {
    const settle = { type: "complete", claimId: OWNER, result: undefined } as const;
    expect(decide(inProgress(), settle, at(LEASE_MS - 1)).reply).toMatchObject({ late: false });
    expect(decide(inProgress(), settle, at(LEASE_MS)).reply).toMatchObject({ late: true });
    const again = decide(inProgress(), claim(OWNER), at(100)).reply;
    expect(again).toMatchObject({ status: "GRANTED", leaseMs: LEASE_MS });
  });
});

describe("forgottenAtMs", () => {
  it("counts the window from lease end or settlement", () => {
    expect(forgottenAtMs(inProgress(), turn())).toBe(T0 + LEASE_MS + WINDOW_MS);
    const away = turn({ outage: outage(400, 5000) });
    expect(forgottenAtMs(inProgress(), away)).toBe(T0 + 5400 + GRACE_MS + WINDOW_MS);
    for (const record of [released(), COMPLETED, HELD]) {
      expect(forgottenAtMs(record, away)).toBe(T0 + WINDOW_MS);
    }
  });

  it("is the first instant at which a claim is granted as the first", () => {
    for (const record of [inProgress({ hold: true }), released(), COMPLETED, HELD]) {
      for (const maxClockOffsetMs of [0, 500]) {
        const at = (nowMs: number) => turn({ nowMs, maxClockOffsetMs });
        const atMs = forgottenAtMs(record, at(T0));
        const before = decide(record, claim(OTHER), at(atMs - 1));
        expect(before.reply).not.toMatchObject({ attempt: 1 });
        const after = decide(record, claim(OTHER), at(atMs));
        expect(after.reply).toMatchObject({ status: "GRANTED", attempt: 1, reclaimed: false });
      }
    }
  });
});

describe("viewOf", () => {
  it("shows everything but the claim id", () => {
    expect(viewOf(inProgress(), turn({ nowMs: T0 + 300 }))).toEqual({
      state: "IN_PROGRESS",
      token: 42,
      attempt: 2,
      lapsed: false,
      leaseLeftMs: LEASE_MS - 300,
      holder: "pod-1",
      traceparent: "trace-1",
      result: undefined,
      ageMs: 300,
      expiresInMs: LEASE_MS + WINDOW_MS - 300,
      hold: false,
      fingerprint: FINGERPRINT,
      next: "IN_PROGRESS",
    });
    expect(viewOf(COMPLETED, turn({ nowMs: T0 + 300 }))).toEqual({
      state: "COMPLETED",
      token: 42,
      attempt: 2,
      lapsed: false,
      leaseLeftMs: 0,
      holder: "",
      traceparent: "trace-1",
      result: RESULT,
      ageMs: 300,
      expiresInMs: WINDOW_MS - 300,
      hold: false,
      fingerprint: FINGERPRINT,
      next: "COMPLETED",
    });
  });

  it("shows nothing of an absent or expired key", () => {
    expect(viewOf(undefined, turn())).toBeUndefined();
    expect(viewOf(COMPLETED, turn({ nowMs: T0 + WINDOW_MS }))).toBeUndefined();
  });

  it("says what the next claim is answered, whatever refuses grants at the moment", () => {
    const refused = { type: "refused", code: "PAUSED", message: "", retryAfterMs: 0 } as const;
    const lapsed = { nowMs: T0 + LEASE_MS, grantsRefused: refused };
    const cases: readonly [ClaimRecord, Partial<Parameters<typeof turn>[0]>, string][] = [
      [inProgress(), { nowMs: T0 }, "IN_PROGRESS"],
      [inProgress(), lapsed, "GRANTED"],
      [inProgress({ hold: true }), lapsed, "HELD"],
      [inProgress(), { ...lapsed, policy: HOLD }, "GRANTED"],
      [inProgress(), { ...lapsed, policy: ONE_ATTEMPT }, "EXHAUSTED"],
      [released(), lapsed, "GRANTED"],
      [released(), { ...lapsed, policy: ONE_ATTEMPT }, "EXHAUSTED"],
      [released({ extraAttempt: true }), { ...lapsed, policy: ONE_ATTEMPT }, "GRANTED"],
      [HELD, { ...lapsed, policy: POLICY }, "HELD"],
    ];
    for (const [record, options, next] of cases) {
      expect(viewOf(record, turn(options))).toMatchObject({ next });
    }
  });
});

describe("Forget", () => {
  it("removes what is known: the next claim is the first", () => {
    const key = new Key();
    key.do(claim(OWNER));
    expect(key.do({ type: "forget", token: 100 })).toEqual({
      reply: { type: "forget", existed: true },
      write: "removed",
    });
    expect(key.do(claim(OWNER)).reply).toMatchObject({ attempt: 1, token: 101 });
    expect(key.do({ type: "forget", token: 100 })).toEqual({
      reply: { type: "forget", existed: false },
      write: undefined,
    });
  });
});
