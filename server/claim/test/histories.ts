/**
 * Random histories of a few keys: commands of a few claim ids at moments that matter, while
 * policies change, grants are refused and the node is away at times. The same seed gives the same
 * history.
 */
import type { ClaimRecord, Result } from "../../storage/claim-record.ts";
import type { Policy } from "../../storage/policy.ts";
import { type Random, seededRandom } from "../../test/support/seed.ts";
import type { Command } from "../command.ts";
import { decide } from "../decide.ts";
import type { Outage } from "../../storage/outage.ts";
import type { Decision, Turn } from "../decision.ts";
import type { Refusal } from "../reply.ts";
import { forgottenAtMs, leaseEndsAtMs } from "../views.ts";
import { POLICY, T0 } from "./samples.ts";

export interface Step extends Decision {
  readonly key: number;
  readonly command: Command;
  readonly turn: Turn;
  readonly before: ClaimRecord | undefined;
  readonly after: ClaimRecord | undefined;
}

const KEYS = 2;
/** Ids that differ only behind what is remembered of a spent one, and ids that differ before. */
const CLAIM_IDS = [0, 0, 1, 2, 3].map((first, index) => {
  const id = new Uint8Array(16).fill(9);
  id[first] = 100 + first;
  id[15] = index;
  return id;
});
const FINGERPRINTS = [[1], [2], [1, 2]].map((bytes) => Uint8Array.from(bytes));
const RESULTS: readonly Result[] = [0, 3, 5].map((size) => ({
  data: new Uint8Array(size).fill(size),
  contentType: "text/plain",
  metadata: {},
  ref: `ref-${size}`,
  omitted: false,
  sizeBytes: size,
}));
const LEASES_MS = [0, 0, 100, 1000, 40_000];
const WINDOWS_MS = [0, 0, 1000, 5000, 100_000];
const PAUSES_MS = [0, 1, 5, 50, 300, 700, 900, 5000, 60_000];
const PAUSED: Refusal = { type: "refused", code: "PAUSED", message: "paused", retryAfterMs: 0 };

/** Fewer than what a record remembers as spent: no claim id is ever forgotten as such. */
export const STEPS = 11;

export class History {
  readonly random: Random;
  readonly records: (ClaimRecord | undefined)[] = new Array<undefined>(KEYS).fill(undefined);
  nextToken = 1;
  nowMs = T0;
  policy: Policy;
  outage: Outage | undefined;
  /** A single node's mostly. */
  readonly maxClockOffsetMs: number;
  grantsRefused: Refusal | undefined;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.policy = this.#anyPolicy();
    this.maxClockOffsetMs = this.random.pick([0, 0, 1, 700]);
  }

  /** Time passes, something may change around, then a command is decided. */
  step(): Step {
    const key = this.random.below(KEYS);
    this.pass(key);
    if (this.random.chance(0.1)) this.policy = this.#anyPolicy();
    this.grantsRefused = this.random.chance(0.08) ? PAUSED : undefined;
    return this.do(key, this.#anyCommand(this.records[key]));
  }

  do(key: number, command: Command): Step {
    const { nowMs, policy, nextToken, outage, maxClockOffsetMs, grantsRefused } = this;
    const turn: Turn = { nowMs, policy, nextToken, outage, maxClockOffsetMs, grantsRefused };
    const before = this.records[key];
    const { reply, write } = decide(before, command, turn);
    const after = write === undefined ? before : write === "removed" ? undefined : write;
    this.records[key] = after;
    if (after?.token === nextToken) this.nextToken += 1;
    return { key, command, turn, before, after, reply, write };
  }

  /** Often to just before, at or after what changes the meaning of the record. */
  pass(key: number): void {
    const { random } = this;
    const record = this.records[key];
    if (random.chance(0.06)) {
      const stoppedAtMs = this.nowMs;
      this.nowMs += random.pick(PAUSES_MS) + 1;
      this.outage = { stoppedAtMs, resumedAtMs: this.nowMs };
    }
    const what = random.next();
    if (what < 0.4) return;
    if (what < 0.6 || record === undefined) {
      this.nowMs += random.pick(PAUSES_MS);
      return;
    }
    const inProgress = record.state === "IN_PROGRESS";
    if (!inProgress && what < 0.92) return;
    const edgeMs =
      inProgress && what < 0.95
        ? leaseEndsAtMs(record, this.outage) + this.maxClockOffsetMs
        : forgottenAtMs(record, this);
    this.nowMs = Math.max(this.nowMs, edgeMs - 1 + random.below(3));
  }

  #anyPolicy(): Policy {
    const { random } = this;
    return {
      ...POLICY,
      windowMs: random.pick([1000, 5000, 100_000]),
      leaseMs: random.pick([100, 1000, 40_000]),
      onLeaseExpiry: random.chance(0.3) ? "HOLD" : "RECLAIM",
      maxAttempts: random.pick([0, 0, 1, 2, 3]),
      fingerprint: random.chance(0.1) ? "OFF" : "OPTIONAL",
      resultMaxBytes: random.pick([0, 3, 100]),
      forgetOnComplete: random.chance(0.15),
    };
  }

  #anyCommand(record: ClaimRecord | undefined): Command {
    const { random } = this;
    // The owner's own id more often than chance would have it.
    const owned = random.chance(0.4) ? record?.claimId : undefined;
    const claimId = owned ?? random.pick(CLAIM_IDS);
    const result = random.chance(0.3) ? undefined : random.pick(RESULTS);
    const token = (record?.token ?? 1) - (random.chance(0.2) ? 1 : 0);
    const what = random.next();
    if (what < (record === undefined ? 0.8 : 0.45)) {
      return {
        type: "claim",
        claimId,
        fingerprint: random.chance(0.7) ? undefined : random.pick(FINGERPRINTS),
        leaseMs: random.pick(LEASES_MS),
        windowMs: random.pick(WINDOWS_MS),
        // Validation refuses a one-shot there.
        complete: !this.policy.forgetOnComplete && random.chance(0.2),
        holder: `holder-${random.below(3)}`,
        traceparent: `trace-${random.below(3)}`,
      };
    }
    if (what < 0.58) return { type: "complete", claimId, result };
    if (what < 0.74) {
      const outcome = random.pick(["RETRYABLE", "RETRYABLE", "TERMINAL", "UNKNOWN"] as const);
      return { type: "fail", claimId, outcome, result };
    }
    if (what < 0.84) return { type: "extend", claimId, leaseMs: random.pick(LEASES_MS) };
    if (what < 0.95) {
      const resolution = random.pick(["COMPLETED", "FAILED", "RELEASED", "RELEASED"] as const);
      return { type: "resolve", token, resolution, result };
    }
    return { type: "forget", token: random.chance(0.3) ? 0 : token };
  }
}

/** A step for a person to read. */
export function told({ key, command, turn, reply }: Step): string {
  const { nowMs, policy, outage, maxClockOffsetMs, nextToken } = turn;
  const around = { nextToken, policy, outage, maxClockOffsetMs };
  return JSON.stringify({ key, atMs: nowMs - T0, command, ...around, reply });
}
