/**
 * Every view of a key against every command, total by type: a missing cell does not compile.
 *
 * Cells are an answer and, where something is written, what then stands.
 */
import type { ErrorCode } from "../../errors.ts";
import type { ClaimRecord, RecordState } from "../../storage/claim-record.ts";
import type { Command } from "../command.ts";
import type { Turn } from "../decision.ts";
import type { ClaimStatus, SettleStatus } from "../reply.ts";
import {
  claim,
  COMPLETED,
  complete,
  EARLIER,
  extend,
  fail,
  FAILED,
  FINGERPRINT,
  HELD,
  inProgress,
  LEASE_MS,
  OTHER,
  OTHER_FINGERPRINT,
  OWNER,
  released,
  resolve,
  WINDOW_MS,
} from "./samples.ts";

/** What the key is at the moment of deciding. Where there is a record, OWNER had attempt 2. */
export const VIEWS = {
  absent: [undefined, 400],
  expired: [COMPLETED, WINDOW_MS],
  running: [inProgress(), 400],
  lapsed: [inProgress(), LEASE_MS],
  lapsedHold: [inProgress({ hold: true }), LEASE_MS],
  lapsedUsedUp: [inProgress(), LEASE_MS, { maxAttempts: 2 }],
  lapsedHoldUsedUp: [inProgress({ hold: true }), LEASE_MS, { maxAttempts: 2 }],
  released: [released(), 400, { maxAttempts: 3 }],
  releasedUsedUp: [released(), 400, { maxAttempts: 2 }],
  /** By an operator: OWNER's claim id is spent. */
  resolvedReleased: [
    released({
      claimId: undefined,
      extraAttempt: true,
      spentClaimIds: Uint8Array.of(...EARLIER.slice(0, 8), ...OWNER.slice(0, 8)),
    }),
    400,
    { maxAttempts: 2 },
  ],
  /** By Complete under forget-on-complete. */
  forgotten: [
    released({ completed: true, attempt: 0, fingerprint: undefined, windowMs: LEASE_MS }),
    400,
    { forgetOnComplete: true, maxAttempts: 1 },
  ],
  completed: [COMPLETED, 400],
  failed: [FAILED, 400],
  held: [HELD, 400, { maxAttempts: 2 }],
} as const satisfies Record<
  string,
  readonly [ClaimRecord | undefined, number, Partial<Turn["policy"]>?]
>;
export type View = keyof typeof VIEWS;

export const COMMANDS = {
  claimOwn: claim(OWNER, { fingerprint: FINGERPRINT }),
  claimOther: claim(OTHER, { fingerprint: FINGERPRINT }),
  claimEarlier: claim(EARLIER),
  oneShotOwn: claim(OWNER, { complete: true }),
  oneShotOther: claim(OTHER, { complete: true }),
  oneShotEarlier: claim(EARLIER, { complete: true }),
  mismatchOwn: claim(OWNER, { fingerprint: OTHER_FINGERPRINT }),
  mismatchOther: claim(OTHER, { fingerprint: OTHER_FINGERPRINT }),
  completeOwn: complete(),
  completeOther: complete(OTHER),
  retryableOwn: fail("RETRYABLE"),
  terminalOwn: fail("TERMINAL"),
  unknownOwn: fail("UNKNOWN"),
  failEarlier: fail("RETRYABLE", EARLIER),
  extendOwn: extend(),
  extendOther: extend(OTHER),
  resolveCompleted: resolve(42, "COMPLETED"),
  resolveFailed: resolve(42, "FAILED"),
  resolveReleased: resolve(42, "RELEASED"),
  resolveAnotherGrant: resolve(41, "COMPLETED"),
  forget: { type: "forget", token: 42 },
  forgetWhatever: { type: "forget", token: 0 },
  forgetAnotherGrant: { type: "forget", token: 41 },
  get: { type: "get" },
} as const satisfies Record<string, Command>;
export type CommandCase = keyof typeof COMMANDS;

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
