/**
 * What claimd promises of one key, told as a story: the grants the key has had since it was last
 * unknown, and how the newest of them ended. Written from the contract and not from `decide`, slow
 * and plain on purpose; shares nothing with it but the types of what goes in and comes out.
 */
import type { Result } from "../../storage/claim-record.ts";
import type { ClaimCommand, Command, Outcome } from "../command.ts";
import type { Turn } from "../decision.ts";
import type { ClaimStatus, RecordView, Reply, SettleReply } from "../reply.ts";
import { type Grant, resultOf, saysTheSame, storable } from "./model-grant.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const REMEMBERED_CLAIM_IDS = 64;
const SPENT: Reply = {
  type: "refused",
  code: "CLAIM_ID_SPENT",
  message: "claim_id: its attempt has ended; a new attempt needs a new claim id",
  retryAfterMs: 0,
};

export class KeyModel {
  /** Oldest first; empty = the key is absent. */
  #grants: Grant[] = [];

  do(command: Command, turn: Turn): Reply {
    if (this.#isForgotten(turn)) this.#grants = [];
    switch (command.type) {
      case "claim":
        return this.#claim(command, turn);
      case "complete":
        return this.#settle(command.claimId, "COMPLETED", command.result, turn);
      case "fail":
        return this.#settle(command.claimId, command.outcome, command.result, turn);
      case "extend":
        return this.#extend(command.claimId, command.leaseMs, turn);
      case "get":
        return { type: "get", record: this.#view(turn) };
      case "forget":
        return { type: "forget", existed: this.#forget(command.token) };
      case "resolve":
        return this.#resolve(command.token, command.resolution, command.result, turn);
    }
  }

  #forget(token: number): boolean {
    if (this.#now === undefined || (token !== 0 && token !== this.#now.token)) return false;
    this.#grants = [];
    return true;
  }

  get #now(): Grant | undefined {
    return this.#grants.at(-1);
  }

  #leaseEndMs(grant: Grant, { outage }: Turn): number {
    const { givenAtMs, lengthMs } = grant.lease;
    const endMs = givenAtMs + lengthMs;
    if (outage === undefined) return endMs;
    const ranWhenServingStopped = givenAtMs < outage.resumedAtMs && endMs > outage.stoppedAtMs;
    const graceEndMs = outage.resumedAtMs + Math.max(10_000, Math.ceil(lengthMs / 3));
    return ranWhenServingStopped && graceEndMs > endMs ? graceEndMs : endMs;
  }

  #expiryMs(grant: Grant, turn: Turn): number {
    const fromMs = grant.end?.atMs ?? this.#leaseEndMs(grant, turn);
    return fromMs + grant.windowMs + turn.maxClockOffsetMs;
  }

  #isForgotten(turn: Turn): boolean {
    return this.#now !== undefined && turn.nowMs >= this.#expiryMs(this.#now, turn);
  }

  /** For others: their clocks may be ahead. */
  #heldUntilMs(grant: Grant, turn: Turn): number {
    return this.#leaseEndMs(grant, turn) + turn.maxClockOffsetMs;
  }

  #isLapsed(grant: Grant, turn: Turn): boolean {
    return grant.end === undefined && turn.nowMs >= this.#heldUntilMs(grant, turn);
  }

  /** Whether this claim id held an attempt before, as far as that is remembered. */
  #isSpent(claimId: string): boolean {
    const earlier = this.#grants.filter((grant) => grant !== this.#now || grant.disowned);
    const remembered = earlier.slice(-REMEMBERED_CLAIM_IDS);
    return remembered.some((grant) => grant.claimId.slice(0, 16) === claimId.slice(0, 16));
  }

  /** What somebody else's claim meets. */
  #meets(turn: Turn): ClaimStatus {
    const grant = this.#now;
    if (grant === undefined) return "GRANTED";
    const { maxAttempts } = turn.policy;
    const usedUp = maxAttempts !== 0 && grant.attempt >= maxAttempts;
    if (grant.end === undefined) {
      if (!this.#isLapsed(grant, turn)) return "IN_PROGRESS";
      if (grant.hold) return "HELD";
      return usedUp ? "EXHAUSTED" : "GRANTED";
    }
    if (grant.end.how !== "RELEASED") return grant.end.how;
    return usedUp && grant.end.by !== "operator" ? "EXHAUSTED" : "GRANTED";
  }

  #claim(command: ClaimCommand, turn: Turn): Reply {
    const grant = this.#now;
    const { policy, nowMs } = turn;
    const claimId = hex(command.claimId);
    const fingerprint =
      policy.fingerprint === "OFF" || command.fingerprint === undefined
        ? undefined
        : hex(command.fingerprint);
    if (grant !== undefined) {
      const both = fingerprint !== undefined && grant.fingerprint !== undefined;
      if (both && fingerprint !== grant.fingerprint) return this.#taken("MISMATCH", grant, turn);
    }
    if (grant !== undefined && !grant.disowned && grant.claimId === claimId) {
      if (grant.end?.how === "RELEASED") return SPENT;
      if (grant.end === undefined && command.complete) {
        grant.end = { how: "COMPLETED", result: undefined, atMs: nowMs };
      }
      if (grant.end === undefined) {
        const asked = command.leaseMs || policy.leaseMs;
        this.#renew(grant, asked, turn);
        return grantedReply(grant, this.#leaseEndMs(grant, turn) - nowMs, grant.hold, false);
      }
      if (grant.end.how === "COMPLETED" && command.complete) {
        return grantedReply(grant, 0, false, false);
      }
    }
    const meets = this.#meets(turn);
    if (meets !== "GRANTED") return this.#taken(meets, grant as Grant, turn);
    if (this.#isSpent(claimId)) return SPENT;
    if (turn.grantsRefused !== undefined) return turn.grantsRefused;

    const reclaimed = grant !== undefined && grant.end === undefined;
    const lengthMs = command.leaseMs || policy.leaseMs;
    const fresh: Grant = {
      claimId,
      token: turn.nextToken,
      attempt: (grant?.attempt ?? 0) + 1,
      fingerprint,
      traceparent: command.traceparent,
      holder: command.holder,
      hold: policy.onLeaseExpiry === "HOLD",
      atMs: nowMs,
      lease: { givenAtMs: nowMs, lengthMs },
      windowMs: command.windowMs || policy.windowMs,
      end: command.complete ? { how: "COMPLETED", result: undefined, atMs: nowMs } : undefined,
      disowned: false,
    };
    this.#grants.push(fresh);
    const oneShot = command.complete;
    return grantedReply(fresh, oneShot ? 0 : lengthMs, !oneShot && fresh.hold, reclaimed);
  }

  /** A lease from now that ends no earlier than was known, for good: a grace has become lease. */
  #renew(grant: Grant, lengthMs: number, turn: Turn): void {
    const { givenAtMs, lengthMs: before } = grant.lease;
    const endMs = Math.max(turn.nowMs + lengthMs, this.#leaseEndMs(grant, turn));
    if (endMs !== givenAtMs + before) grant.lease = { givenAtMs: endMs - lengthMs, lengthMs };
  }

  #taken(status: Exclude<ClaimStatus, "GRANTED">, grant: Grant, turn: Turn): Reply {
    const taken = {
      type: "claim",
      attempt: grant.attempt,
      traceparent: grant.traceparent,
      ageMs: turn.nowMs - (grant.end?.atMs ?? grant.atMs),
      expiresInMs: this.#expiryMs(grant, turn) - turn.nowMs,
    } as const;
    if (status === "IN_PROGRESS") {
      const retryAfterMs = this.#heldUntilMs(grant, turn) - turn.nowMs;
      return { ...taken, status, retryAfterMs, holder: grant.holder };
    }
    if (status === "COMPLETED" || status === "FAILED") {
      return { ...taken, status, result: resultOf(grant) };
    }
    return { ...taken, status };
  }

  #settle(id: Uint8Array, said: "COMPLETED" | Outcome, result: Result | undefined, turn: Turn) {
    const grant = this.#now;
    if (grant === undefined) return settleReply("NOT_FOUND");
    const stale = settleReply("STALE_OWNER", this.#view(turn));
    if (grant.disowned || grant.claimId !== hex(id)) return stale;
    if (grant.end !== undefined && saysTheSame(grant.end, said)) {
      return settleReply("ALREADY_APPLIED", this.#view(turn));
    }
    if (grant.end !== undefined && grant.end.how !== "HELD") return stale;
    const late = grant.end !== undefined || turn.nowMs >= this.#leaseEndMs(grant, turn);
    const atMs = turn.nowMs;
    const stored = storable(result, turn.policy.resultMaxBytes);
    if (said === "RETRYABLE") grant.end = { how: "RELEASED", by: "owner", atMs };
    else if (said === "TERMINAL") grant.end = { how: "FAILED", result: stored, atMs };
    else if (said === "UNKNOWN") grant.end = { how: "HELD", atMs };
    else if (turn.policy.forgetOnComplete) {
      grant.windowMs = grant.end === undefined ? grant.lease.lengthMs : turn.policy.leaseMs;
      grant.fingerprint = undefined;
      grant.attempt = 0;
      grant.end = { how: "RELEASED", by: "forgetOnComplete", atMs };
    } else grant.end = { how: "COMPLETED", result: stored, atMs };
    return { ...settleReply("APPLIED"), late };
  }

  #extend(id: Uint8Array, leaseMs: number, turn: Turn): Reply {
    const grant = this.#now;
    if (grant === undefined) return settleReply("NOT_FOUND");
    if (grant.end !== undefined || grant.claimId !== hex(id)) {
      return settleReply("STALE_OWNER", this.#view(turn));
    }
    this.#renew(grant, leaseMs || grant.lease.lengthMs, turn);
    return settleReply("APPLIED");
  }

  #resolve(
    token: number,
    resolution: "COMPLETED" | "FAILED" | "RELEASED",
    result: Result | undefined,
    turn: Turn,
  ): Reply {
    const grant = this.#now;
    if (grant === undefined) return settleReply("NOT_FOUND");
    if (grant.token !== token || !["HELD", "EXHAUSTED"].includes(this.#meets(turn))) {
      return settleReply("STALE_OWNER", this.#view(turn));
    }
    const atMs = turn.nowMs;
    grant.disowned = true;
    grant.end =
      resolution === "RELEASED"
        ? { how: resolution, by: "operator", atMs }
        : { how: resolution, result: storable(result, turn.policy.resultMaxBytes), atMs };
    return settleReply("APPLIED");
  }

  #view(turn: Turn): RecordView | undefined {
    const grant = this.#now;
    if (grant === undefined) return undefined;
    const { end } = grant;
    const heldUntilMs = this.#heldUntilMs(grant, turn);
    return {
      state: end?.how ?? "IN_PROGRESS",
      token: grant.token,
      attempt: grant.attempt,
      lapsed: this.#isLapsed(grant, turn),
      leaseLeftMs: end === undefined && heldUntilMs > turn.nowMs ? heldUntilMs - turn.nowMs : 0,
      holder: end === undefined || end.how === "HELD" ? grant.holder : "",
      traceparent: grant.traceparent,
      result: resultOf(grant),
      ageMs: turn.nowMs - (end?.atMs ?? grant.atMs),
      expiresInMs: this.#expiryMs(grant, turn) - turn.nowMs,
      hold: end === undefined && grant.hold,
      fingerprint:
        grant.fingerprint === undefined ? undefined : Buffer.from(grant.fingerprint, "hex"),
      next: this.#meets(turn),
    };
  }
}

function grantedReply(grant: Grant, leaseMs: number, hold: boolean, reclaimed: boolean): Reply {
  const { token, attempt } = grant;
  return {
    type: "claim",
    status: "GRANTED",
    token,
    attempt,
    leaseMs,
    hold,
    reclaimed,
    shadowed: false,
  };
}

function settleReply(status: SettleReply["status"], current?: RecordView): SettleReply {
  return { type: "settle", status, late: false, current };
}
