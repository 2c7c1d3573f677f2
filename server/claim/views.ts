/**
 * What a record means at a given moment: running or lapsed, live or forgotten, and what the next
 * claim of its key would be answered. Derived each time, never written.
 *
 * Restart grace: a lease that was running when serving stopped counts as running until 10 s (at
 * least a third of the lease) after serving resumed. Its owner could not renew it meanwhile, and an
 * outage must not start a stampede of take-overs. The key is remembered as much longer. Outages
 * follow each other in a crash loop: one grace runs into the next.
 *
 * Clock bound: in a cluster the next to decide may have a clock that is ahead of the one that set
 * an end. So others wait for as much longer; only the owner is told its own end.
 */

import { LIMITS } from "../limits.ts";
import type { ClaimRecord, InProgress, Result } from "../storage/claim-record.ts";
import type { Outage } from "../storage/outage.ts";
import type { Policy } from "../storage/policy.ts";
import type { Turn } from "./decision.ts";
import type { ClaimStatus, RecordView } from "./reply.ts";

/** The circumstances a view depends on; a Turn has them. */
export type Moment = Pick<Turn, "nowMs" | "policy" | "outage" | "maxClockOffsetMs">;
type Clocks = Pick<Turn, "outage" | "maxClockOffsetMs">;

/** The first instant of which the owner can't be sure any more. */
export function leaseEndsAtMs(record: InProgress, outage: Outage | undefined): number {
  const { leaseMs, leaseUntilMs } = record;
  if (outage === undefined) return leaseUntilMs;
  const endedAtMs = leaseEndsAtMs(record, outage.earlier);
  if (endedAtMs <= outage.stoppedAtMs) return endedAtMs;
  // Given since serving resumed: the outage is not its owner's excuse.
  if (leaseUntilMs - leaseMs >= outage.resumedAtMs) return endedAtMs;
  const graceMs = Math.max(LIMITS.restartGraceMs.min, Math.ceil(leaseMs / 3));
  return Math.max(endedAtMs, outage.resumedAtMs + graceMs);
}

/** The first instant at which the key counts as absent. */
export function forgottenAtMs(record: ClaimRecord, { outage, maxClockOffsetMs }: Clocks): number {
  const fromMs =
    record.state === "IN_PROGRESS" ? leaseEndsAtMs(record, outage) : record.settledAtMs;
  return fromMs + record.windowMs + maxClockOffsetMs;
}

/** As its owner counts it: 0 when the lease is over or the claim is settled. */
export function leaseLeftMs(
  record: ClaimRecord,
  { nowMs, outage }: Pick<Moment, "nowMs" | "outage">,
): number {
  if (record.state !== "IN_PROGRESS") return 0;
  return Math.max(0, leaseEndsAtMs(record, outage) - nowMs);
}

/** Until others may take over: 0 when the claim has lapsed or is settled. */
export function heldForMs(
  record: ClaimRecord,
  { nowMs, outage, maxClockOffsetMs }: Moment,
): number {
  return leaseLeftMs(record, { nowMs: nowMs - maxClockOffsetMs, outage });
}

/**
 * What a claim by somebody else, without a fingerprint, is answered. GRANTED still has to pass what
 * refuses grants for a time (a pause, a quota), which is not looked at here.
 */
export function statusForOthers(record: ClaimRecord, moment: Moment): ClaimStatus {
  switch (record.state) {
    case "IN_PROGRESS":
      if (heldForMs(record, moment) > 0) return "IN_PROGRESS";
      if (record.hold) return "HELD";
      return attemptsUsedUp(record, moment.policy) ? "EXHAUSTED" : "GRANTED";
    case "RELEASED":
      if (record.extraAttempt) return "GRANTED";
      return attemptsUsedUp(record, moment.policy) ? "EXHAUSTED" : "GRANTED";
    default:
      return record.state;
  }
}

function attemptsUsedUp({ attempt }: ClaimRecord, { maxAttempts }: Policy): boolean {
  return maxAttempts > 0 && attempt >= maxAttempts;
}

/** Since the grant of an unsettled claim, else since its settlement. */
export function ageMs(record: ClaimRecord, nowMs: number): number {
  return Math.max(
    0,
    nowMs - (record.state === "IN_PROGRESS" ? record.grantedAtMs : record.settledAtMs),
  );
}

export function holderOf(record: ClaimRecord): string {
  return record.state === "IN_PROGRESS" || record.state === "HELD" ? record.holder : "";
}

export function resultOf(record: ClaimRecord): Result | undefined {
  return record.state === "COMPLETED" || record.state === "FAILED" ? record.result : undefined;
}

/** A live record as others may see it; undefined when the key is absent. */
export function viewOf(record: ClaimRecord | undefined, moment: Moment): RecordView | undefined {
  if (record === undefined) return undefined;
  const { nowMs } = moment;
  const expiresInMs = forgottenAtMs(record, moment) - nowMs;
  if (expiresInMs <= 0) return undefined;
  const inProgress = record.state === "IN_PROGRESS";
  const leftMs = heldForMs(record, moment);
  return {
    state: record.state,
    token: record.token,
    attempt: record.attempt,
    lapsed: inProgress && leftMs === 0,
    leaseLeftMs: leftMs,
    holder: holderOf(record),
    traceparent: record.traceparent,
    result: resultOf(record),
    ageMs: ageMs(record, nowMs),
    expiresInMs,
    hold: inProgress && record.hold,
    fingerprint: record.fingerprint,
    next: statusForOthers(record, moment),
  };
}
