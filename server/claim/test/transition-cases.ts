/** What a key can be when a command is decided, and the commands: the sides of the table. */
import type { ClaimRecord } from "../../storage/claim-record.ts";
import type { Command } from "../command.ts";
import type { Turn } from "../decision.ts";
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
