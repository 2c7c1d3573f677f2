/**
 * The records a decision writes, one function per state. Whether a transition may happen is not
 * asked here; what it keeps is.
 *
 *   absent ──▶ IN_PROGRESS ──▶ RELEASED ──▶ IN_PROGRESS, attempt + 1
 *                 │  ├──────▶ COMPLETED, FAILED         until the window is over
 *                 │  └──────▶ HELD ──▶ COMPLETED, FAILED, RELEASED
 *                 └─ lapsed ─▶ IN_PROGRESS, attempt + 1  (a one-shot goes to COMPLETED at once)
 *
 * Every object is written out in the order of storage/record-format.ts: a spread costs more than
 * the rest of a decision, and records that look alike keep the code that reads them fast.
 *
 * Must stay true: I4, a grant's token is greater than every earlier token of its key.
 */

import { assert } from "../errors.ts";
import type {
  ClaimRecord,
  Completed,
  Failed,
  Held,
  InProgress,
  Released,
  Result,
} from "../storage/claim-record.ts";
import type { Policy } from "../storage/policy.ts";
import { NONE_SPENT, spentWithOwner } from "./claim-id.ts";
import type { ClaimCommand } from "./command.ts";
import type { Turn } from "./decision.ts";
import { leaseEndsAtMs } from "./views.ts";

const NO_DATA = new Uint8Array(0);

/** Who may still settle or retry; an operator's decision leaves nobody. */
type Settled = "byOwner" | "byOperator";

/** A new grant. `previous` is what the key was until now; after it the attempts are counted on. */
export function granted(
  previous: ClaimRecord | undefined,
  command: ClaimCommand,
  turn: Turn,
): InProgress | Completed {
  const { nowMs, policy, nextToken } = turn;
  assert(previous === undefined || nextToken > previous.token, "fencing tokens grow (I4)");
  // 0 + 1 where forget-on-complete released the key.
  const attempt = previous === undefined ? 1 : previous.attempt + 1;
  const windowMs = command.windowMs === 0 ? policy.windowMs : command.windowMs;
  const fingerprint = policy.fingerprint === "OFF" ? undefined : command.fingerprint;
  const spentClaimIds = previous === undefined ? NONE_SPENT : spentWithOwner(previous);
  if (command.complete) {
    return {
      state: "COMPLETED",
      token: nextToken,
      attempt,
      windowMs,
      fingerprint,
      traceparent: command.traceparent,
      spentClaimIds,
      claimId: command.claimId,
      settledAtMs: nowMs,
      result: undefined,
    };
  }
  const leaseMs = command.leaseMs === 0 ? policy.leaseMs : command.leaseMs;
  return {
    state: "IN_PROGRESS",
    token: nextToken,
    attempt,
    windowMs,
    fingerprint,
    traceparent: command.traceparent,
    spentClaimIds,
    claimId: command.claimId,
    hold: policy.onLeaseExpiry === "HOLD",
    holder: command.holder,
    grantedAtMs: nowMs,
    leaseMs,
    leaseUntilMs: nowMs + leaseMs,
  };
}

/**
 * The claim with a lease of at least `leaseMs` from now; the same object when it stands so already.
 *
 * Never shortens. What is left of a restart grace becomes part of the lease: the owner is told how
 * long it may work, and that must not rest on an outage which the next start no longer knows. Given
 * since serving resumed, the lease then gets no further grace for the same outage.
 */
export function renewed(record: InProgress, leaseMs: number, turn: Turn): InProgress {
  const leaseUntilMs = Math.max(turn.nowMs + leaseMs, leaseEndsAtMs(record, turn.outage));
  if (leaseUntilMs === record.leaseUntilMs) return record;
  return {
    state: "IN_PROGRESS",
    token: record.token,
    attempt: record.attempt,
    windowMs: record.windowMs,
    fingerprint: record.fingerprint,
    traceparent: record.traceparent,
    spentClaimIds: record.spentClaimIds,
    claimId: record.claimId,
    hold: record.hold,
    holder: record.holder,
    grantedAtMs: record.grantedAtMs,
    leaseMs,
    leaseUntilMs,
  };
}

/** Settled for the window: duplicates are answered from it. */
export function concluded(
  state: "COMPLETED" | "FAILED",
  record: ClaimRecord,
  settled: Settled,
  nowMs: number,
  result: Result | undefined,
): Completed | Failed {
  const byOwner = settled === "byOwner";
  return {
    state,
    token: record.token,
    attempt: record.attempt,
    windowMs: record.windowMs,
    fingerprint: record.fingerprint,
    traceparent: record.traceparent,
    spentClaimIds: byOwner ? record.spentClaimIds : spentWithOwner(record),
    claimId: byOwner ? record.claimId : undefined,
    settledAtMs: nowMs,
    result,
  };
}

/** An operator's release allows one attempt more than the policy does. */
export function released(record: ClaimRecord, settled: Settled, nowMs: number): Released {
  const byOwner = settled === "byOwner";
  return {
    state: "RELEASED",
    token: record.token,
    attempt: record.attempt,
    windowMs: record.windowMs,
    fingerprint: record.fingerprint,
    traceparent: record.traceparent,
    spentClaimIds: byOwner ? record.spentClaimIds : spentWithOwner(record),
    claimId: byOwner ? record.claimId : undefined,
    settledAtMs: nowMs,
    completed: false,
    extraAttempt: !byOwner,
  };
}

/**
 * Forget-on-complete: attempts start again, and the payload may be another one (no fingerprint is
 * left to differ from). What stays, for one lease, answers a Complete sent again and refuses late
 * copies of the claims. A held record no longer knows its lease: the policy's stands in.
 */
export function forgotten(record: InProgress | Held, nowMs: number, policy: Policy): Released {
  return {
    state: "RELEASED",
    token: record.token,
    attempt: 0,
    windowMs: record.state === "IN_PROGRESS" ? record.leaseMs : policy.leaseMs,
    fingerprint: undefined,
    traceparent: record.traceparent,
    spentClaimIds: record.spentClaimIds,
    claimId: record.claimId,
    settledAtMs: nowMs,
    completed: true,
    extraAttempt: false,
  };
}

export function held(record: InProgress | Held, nowMs: number): Held {
  return {
    state: "HELD",
    token: record.token,
    attempt: record.attempt,
    windowMs: record.windowMs,
    fingerprint: record.fingerprint,
    traceparent: record.traceparent,
    spentClaimIds: record.spentClaimIds,
    claimId: record.claimId,
    holder: record.holder,
    settledAtMs: nowMs,
  };
}

/** What the namespace keeps of a result. One that is too large loses its data, never the rest. */
export function kept(result: Result | undefined, { resultMaxBytes }: Policy): Result | undefined {
  if (result === undefined) return undefined;
  // Dropped on the way here already: nobody else knows how large it was.
  if (result.omitted && result.data.length === 0) return result;
  const sizeBytes = result.data.length;
  const omitted = sizeBytes > resultMaxBytes;
  if (result.omitted === omitted && result.sizeBytes === sizeBytes) return result;
  return {
    data: omitted ? NO_DATA : result.data,
    contentType: result.contentType,
    metadata: result.metadata,
    ref: result.ref,
    omitted,
    sizeBytes,
  };
}
