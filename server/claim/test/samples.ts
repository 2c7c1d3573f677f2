/** Policies, commands and records that the tests of this folder start from. */
import type { ClaimRecord, InProgress, Released, Result } from "../../storage/claim-record.ts";
import type { Policy } from "../../storage/policy.ts";
import type {
  ClaimCommand,
  CompleteCommand,
  ExtendCommand,
  FailCommand,
  Outcome,
  ResolveCommand,
} from "../command.ts";
import { decide } from "../decide.ts";
import type { Decision, Turn } from "../decision.ts";

export const T0 = 1_700_000_000_000;
export const LEASE_MS = 1000;
export const WINDOW_MS = 60_000;

export const POLICY: Policy = {
  name: "payments",
  revision: 1,
  windowMs: WINDOW_MS,
  maxWindowMs: 86_400_000,
  leaseMs: LEASE_MS,
  maxLeaseMs: 3_600_000,
  maxWaitMs: 30_000,
  onLeaseExpiry: "RECLAIM",
  maxAttempts: 0,
  fingerprint: "OPTIONAL",
  resultMaxBytes: 100,
  forgetOnComplete: false,
  observe: false,
  paused: false,
  quota: { claimsPerSecond: 0, records: 0, bytes: 0, waiting: 0 },
};

export const HOLD: Policy = { ...POLICY, onLeaseExpiry: "HOLD" };
export const ONE_ATTEMPT: Policy = { ...POLICY, maxAttempts: 1 };
export const FORGET: Policy = { ...POLICY, forgetOnComplete: true };

/** A claim id that differs from others in its first and in its last byte. */
export function claimId(name: number): Uint8Array {
  const id = new Uint8Array(16).fill(7);
  id[0] = name;
  id[15] = name;
  return id;
}
export const OWNER = claimId(1);
export const OTHER = claimId(2);
/** Held the first attempt where OWNER holds the second. */
export const EARLIER = claimId(3);

export const FINGERPRINT = Uint8Array.of(1, 2, 3);
export const OTHER_FINGERPRINT = Uint8Array.of(1, 2, 4);

export const RESULT: Result = {
  data: Uint8Array.of(10, 20, 30),
  contentType: "application/json",
  metadata: { charge: "c-1" },
  ref: "https://example.com/1",
  omitted: false,
  sizeBytes: 3,
};

export function turn(options: Partial<Turn> = {}): Turn {
  return {
    nowMs: T0,
    policy: POLICY,
    nextToken: 100,
    outage: undefined,
    maxClockOffsetMs: 0,
    grantsRefused: undefined,
    ...options,
  };
}

export function claim(id = OWNER, options: Partial<ClaimCommand> = {}): ClaimCommand {
  return {
    type: "claim",
    claimId: id,
    fingerprint: undefined,
    leaseMs: 0,
    windowMs: 0,
    complete: false,
    holder: `pod-${id[0]}`,
    traceparent: `trace-${id[0]}`,
    ...options,
  };
}

export function complete(id = OWNER, result: Result | undefined = RESULT): CompleteCommand {
  return { type: "complete", claimId: id, result };
}

export function fail(
  outcome: Outcome,
  id = OWNER,
  result: Result | undefined = RESULT,
): FailCommand {
  return { type: "fail", claimId: id, outcome, result };
}

export function extend(id = OWNER, leaseMs = 0): ExtendCommand {
  return { type: "extend", claimId: id, leaseMs };
}

export function resolve(
  token: number,
  resolution: ResolveCommand["resolution"],
  result: Result | undefined = RESULT,
): ResolveCommand {
  return { type: "resolve", token, resolution, result };
}

const IDENTITY = {
  token: 42,
  attempt: 2,
  windowMs: WINDOW_MS,
  fingerprint: FINGERPRINT,
  traceparent: "trace-1",
  spentClaimIds: EARLIER.slice(0, 8),
  claimId: OWNER,
};

/** OWNER's claim, its second attempt, granted at T0. */
export function inProgress(options: Partial<InProgress> = {}): InProgress {
  return {
    ...IDENTITY,
    state: "IN_PROGRESS",
    hold: false,
    holder: "pod-1",
    grantedAtMs: T0,
    leaseMs: LEASE_MS,
    leaseUntilMs: T0 + LEASE_MS,
    ...options,
  };
}

export function released(options: Partial<Released> = {}): Released {
  return {
    ...IDENTITY,
    state: "RELEASED",
    settledAtMs: T0,
    completed: false,
    extraAttempt: false,
    ...options,
  };
}

export const COMPLETED: ClaimRecord = {
  ...IDENTITY,
  state: "COMPLETED",
  settledAtMs: T0,
  result: RESULT,
};
export const FAILED: ClaimRecord = { ...COMPLETED, state: "FAILED" };
export const HELD: ClaimRecord = {
  ...IDENTITY,
  state: "HELD",
  holder: "pod-1",
  settledAtMs: T0,
};

/** A key with its history: what decides next sees what was decided before. */
export class Key {
  record: ClaimRecord | undefined;
  nowMs = T0;
  policy: Policy;
  #token = 99;
  #outage: Turn["outage"];

  constructor(policy: Policy = POLICY) {
    this.policy = policy;
  }

  do(command: Parameters<typeof decide>[1], options: Partial<Turn> = {}): Decision {
    const { nowMs, policy } = this;
    const nextToken = this.#token + 1;
    const circumstances = turn({ nowMs, policy, nextToken, outage: this.#outage, ...options });
    const decision = decide(this.record, command, circumstances);
    if (decision.write !== undefined) {
      this.record = decision.write === "removed" ? undefined : decision.write;
      if (this.record?.token === nextToken) this.#token = nextToken;
    }
    return decision;
  }

  pass(ms: number): void {
    this.nowMs += ms;
  }

  /** Nobody serves for so long. */
  stop(ms: number): void {
    const stoppedAtMs = this.nowMs;
    this.nowMs += ms;
    this.#outage = { stoppedAtMs, resumedAtMs: this.nowMs };
  }
}
