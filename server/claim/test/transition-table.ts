/**
 * Every view of a key against every command, total by type: a missing cell does not compile.
 *
 * Cells are an answer and, where something is written, what then stands.
 */
import type { ErrorCode } from "../../errors.ts";
import type { RecordState } from "../../storage/claim-record.ts";
import type { ClaimStatus, SettleStatus } from "../reply.ts";
import type { CommandCase, View } from "./transition-cases.ts";

type Granted = "GRANTED 1" | "GRANTED 3" | "GRANTED 3 reclaimed" | "GRANTED again";
type Answer =
  | Granted
  | Exclude<ClaimStatus, "GRANTED">
  | SettleStatus
  | "APPLIED late"
  | Extract<ErrorCode, "CLAIM_ID_SPENT" | "PAUSED">
  | "found"
  | "nothing"
  | "existed";
/** The answer, and what then stands if something was written. */
type Expected = Answer | `${Answer} → ${RecordState | "removed"}`;

const ABSENT: Record<CommandCase, Expected> = {
  claimOwn: "GRANTED 1 → IN_PROGRESS",
  claimOther: "GRANTED 1 → IN_PROGRESS",
  claimEarlier: "GRANTED 1 → IN_PROGRESS",
  oneShotOwn: "GRANTED 1 → COMPLETED",
  oneShotOther: "GRANTED 1 → COMPLETED",
  oneShotEarlier: "GRANTED 1 → COMPLETED",
  mismatchOwn: "GRANTED 1 → IN_PROGRESS",
  mismatchOther: "GRANTED 1 → IN_PROGRESS",
  completeOwn: "NOT_FOUND",
  completeOther: "NOT_FOUND",
  retryableOwn: "NOT_FOUND",
  terminalOwn: "NOT_FOUND",
  unknownOwn: "NOT_FOUND",
  failEarlier: "NOT_FOUND",
  extendOwn: "NOT_FOUND",
  extendOther: "NOT_FOUND",
  resolveCompleted: "NOT_FOUND",
  resolveFailed: "NOT_FOUND",
  resolveReleased: "NOT_FOUND",
  resolveAnotherGrant: "NOT_FOUND",
  forget: "nothing",
  forgetWhatever: "nothing",
  forgetAnotherGrant: "nothing",
  get: "nothing",
};

/** Absent, and whoever is told so and writes nothing else removes it. */
const EXPIRED = Object.fromEntries(
  Object.entries(ABSENT).map(([command, answer]) => [
    command,
    answer.includes("→") ? answer : `${answer} → removed`,
  ]),
) as Record<CommandCase, Expected>;

/** The same in every live state. */
const LIVE = {
  mismatchOwn: "MISMATCH",
  mismatchOther: "MISMATCH",
  completeOther: "STALE_OWNER",
  failEarlier: "STALE_OWNER",
  extendOther: "STALE_OWNER",
  resolveAnotherGrant: "STALE_OWNER",
  forget: "existed → removed",
  forgetWhatever: "existed → removed",
  forgetAnotherGrant: "nothing",
  get: "found",
} as const;

const RESOLVE_REFUSED = {
  resolveCompleted: "STALE_OWNER",
  resolveFailed: "STALE_OWNER",
  resolveReleased: "STALE_OWNER",
} as const;

const RESOLVE_APPLIED = {
  resolveCompleted: "APPLIED → COMPLETED",
  resolveFailed: "APPLIED → FAILED",
  resolveReleased: "APPLIED → RELEASED",
} as const;

const OWN_LAPSED = {
  claimOwn: "GRANTED again → IN_PROGRESS",
  oneShotOwn: "GRANTED again → COMPLETED",
  completeOwn: "APPLIED late → COMPLETED",
  retryableOwn: "APPLIED late → RELEASED",
  terminalOwn: "APPLIED late → FAILED",
  unknownOwn: "APPLIED late → HELD",
  extendOwn: "APPLIED → IN_PROGRESS",
} as const;

const OTHERS_HELD = {
  claimOther: "HELD",
  claimEarlier: "HELD",
  oneShotOther: "HELD",
  oneShotEarlier: "HELD",
} as const;

const OTHERS_EXHAUSTED = {
  claimOther: "EXHAUSTED",
  claimEarlier: "EXHAUSTED",
  oneShotOther: "EXHAUSTED",
  oneShotEarlier: "EXHAUSTED",
} as const;

const OWN_RELEASED = {
  claimOwn: "CLAIM_ID_SPENT",
  oneShotOwn: "CLAIM_ID_SPENT",
  completeOwn: "STALE_OWNER",
  retryableOwn: "ALREADY_APPLIED",
  terminalOwn: "STALE_OWNER",
  unknownOwn: "STALE_OWNER",
  extendOwn: "STALE_OWNER",
} as const;

export const TABLE: Record<View, Record<CommandCase, Expected>> = {
  absent: ABSENT,
  expired: EXPIRED,
  running: {
    ...LIVE,
    ...RESOLVE_REFUSED,
    claimOwn: "GRANTED again → IN_PROGRESS",
    claimOther: "IN_PROGRESS",
    claimEarlier: "IN_PROGRESS",
    oneShotOwn: "GRANTED again → COMPLETED",
    oneShotOther: "IN_PROGRESS",
    oneShotEarlier: "IN_PROGRESS",
    completeOwn: "APPLIED → COMPLETED",
    retryableOwn: "APPLIED → RELEASED",
    terminalOwn: "APPLIED → FAILED",
    unknownOwn: "APPLIED → HELD",
    extendOwn: "APPLIED → IN_PROGRESS",
  },
  lapsed: {
    ...LIVE,
    ...RESOLVE_REFUSED,
    ...OWN_LAPSED,
    claimOther: "GRANTED 3 reclaimed → IN_PROGRESS",
    claimEarlier: "CLAIM_ID_SPENT",
    oneShotOther: "GRANTED 3 reclaimed → COMPLETED",
    oneShotEarlier: "CLAIM_ID_SPENT",
  },
  lapsedHold: { ...LIVE, ...RESOLVE_APPLIED, ...OWN_LAPSED, ...OTHERS_HELD },
  lapsedUsedUp: { ...LIVE, ...RESOLVE_APPLIED, ...OWN_LAPSED, ...OTHERS_EXHAUSTED },
  lapsedHoldUsedUp: { ...LIVE, ...RESOLVE_APPLIED, ...OWN_LAPSED, ...OTHERS_HELD },
  released: {
    ...LIVE,
    ...RESOLVE_REFUSED,
    ...OWN_RELEASED,
    claimOther: "GRANTED 3 → IN_PROGRESS",
    claimEarlier: "CLAIM_ID_SPENT",
    oneShotOther: "GRANTED 3 → COMPLETED",
    oneShotEarlier: "CLAIM_ID_SPENT",
  },
  releasedUsedUp: { ...LIVE, ...RESOLVE_APPLIED, ...OWN_RELEASED, ...OTHERS_EXHAUSTED },
  resolvedReleased: {
    ...LIVE,
    ...RESOLVE_REFUSED,
    ...OWN_RELEASED,
    claimOther: "GRANTED 3 → IN_PROGRESS",
    claimEarlier: "CLAIM_ID_SPENT",
    oneShotOther: "GRANTED 3 → COMPLETED",
    oneShotEarlier: "CLAIM_ID_SPENT",
    retryableOwn: "STALE_OWNER",
  },
  forgotten: {
    ...LIVE,
    ...RESOLVE_REFUSED,
    ...OWN_RELEASED,
    mismatchOwn: "CLAIM_ID_SPENT",
    mismatchOther: "GRANTED 1 → IN_PROGRESS",
    claimOther: "GRANTED 1 → IN_PROGRESS",
    claimEarlier: "CLAIM_ID_SPENT",
    oneShotOther: "GRANTED 1 → COMPLETED",
    oneShotEarlier: "CLAIM_ID_SPENT",
    completeOwn: "ALREADY_APPLIED",
    retryableOwn: "STALE_OWNER",
  },
  completed: {
    ...LIVE,
    ...RESOLVE_REFUSED,
    claimOwn: "COMPLETED",
    claimOther: "COMPLETED",
    claimEarlier: "COMPLETED",
    oneShotOwn: "GRANTED again",
    oneShotOther: "COMPLETED",
    oneShotEarlier: "COMPLETED",
    completeOwn: "ALREADY_APPLIED",
    retryableOwn: "STALE_OWNER",
    terminalOwn: "STALE_OWNER",
    unknownOwn: "STALE_OWNER",
    extendOwn: "STALE_OWNER",
  },
  failed: {
    ...LIVE,
    ...RESOLVE_REFUSED,
    claimOwn: "FAILED",
    claimOther: "FAILED",
    claimEarlier: "FAILED",
    oneShotOwn: "FAILED",
    oneShotOther: "FAILED",
    oneShotEarlier: "FAILED",
    completeOwn: "STALE_OWNER",
    retryableOwn: "STALE_OWNER",
    terminalOwn: "ALREADY_APPLIED",
    unknownOwn: "STALE_OWNER",
    extendOwn: "STALE_OWNER",
  },
  held: {
    ...LIVE,
    ...RESOLVE_APPLIED,
    ...OTHERS_HELD,
    claimOwn: "HELD",
    oneShotOwn: "HELD",
    completeOwn: "APPLIED late → COMPLETED",
    retryableOwn: "APPLIED late → RELEASED",
    terminalOwn: "APPLIED late → FAILED",
    unknownOwn: "ALREADY_APPLIED",
    extendOwn: "STALE_OWNER",
  },
};
