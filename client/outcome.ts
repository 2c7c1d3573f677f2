/**
 * What a claim is answered, as callers see it: one union, told apart by `status`.
 *
 * Every member is a normal answer. Each has only the fields that mean something in its state.
 */
import type { Record__Output } from "@claimd/proto";
import { ClaimdError } from "./errors.ts";
import type { GrantedClaim } from "./granted-claim.ts";
import type { ClaimReply } from "./reply.ts";
import { type StoredResult, storedResult } from "./values.ts";

interface Taken {
  /** How often the key has been granted so far. */
  readonly attempt: number;
  /** W3C trace context of the claim that has or had the key; empty when it had none. */
  readonly traceparent: string;
  /** How long the key has been in this state. */
  readonly ageMs: number;
  /** How long until the key is forgotten. */
  readonly expiresInMs: number;
}

/** Somebody else is at work. */
export interface InProgress extends Taken {
  readonly status: "IN_PROGRESS";
  /** When to ask again; or claim with `waitMs`. */
  readonly retryAfterMs: number;
  readonly holder: string;
}

/** Done before. */
export interface Completed extends Taken {
  readonly status: "COMPLETED";
  readonly result: StoredResult | undefined;
}

/** Failed for good before. */
export interface Failed extends Taken {
  readonly status: "FAILED";
  readonly result: StoredResult | undefined;
}

/** It may have happened: nobody may run it again until an operator knows. */
export interface Held extends Taken {
  readonly status: "HELD";
}

/** The attempts are used up: send it to the dead letter queue. */
export interface Exhausted extends Taken {
  readonly status: "EXHAUSTED";
}

/** The key is known with another fingerprint: two payloads share one key. */
export interface Mismatch extends Taken {
  readonly status: "MISMATCH";
}

export type TakenOutcome = InProgress | Completed | Failed | Held | Exhausted | Mismatch;
export type ClaimOutcome = GrantedClaim | TakenOutcome;

/** The status of an answer that is no grant. A status this client does not know is no answer. */
export function takenOutcome({ answer, ageMs, expiresInMs }: ClaimReply): TakenOutcome {
  const { status, attempt, traceparent, retryAfterMs, holder, result } = answer;
  const taken = { attempt, traceparent, ageMs, expiresInMs };
  switch (status) {
    case "IN_PROGRESS":
      return { status, ...taken, retryAfterMs, holder };
    case "COMPLETED":
    case "FAILED":
      return { status, ...taken, result: storedResult(result) };
    case "HELD":
    case "EXHAUSTED":
    case "MISMATCH":
      return { status, ...taken };
    default:
      throw new ClaimdError("INTERNAL", `the server answered status ${status}`);
  }
}

/** What is known of a key, from `get` and from refused settlements. Never shows a claim id. */
export interface KeyRecord extends Taken {
  readonly state: "IN_PROGRESS" | "RELEASED" | "COMPLETED" | "FAILED" | "HELD";
  readonly fencingToken: number;
  /** IN_PROGRESS whose lease is over. */
  readonly lapsed: boolean;
  readonly leaseLeftMs: number;
  readonly holder: string;
  readonly result: StoredResult | undefined;
  /** After a lapse the key is HELD. */
  readonly hold: boolean;
  readonly fingerprint: Uint8Array;
  /** What a claim by somebody else would be answered now. */
  readonly next: ClaimStatus;
}

export type ClaimStatus = ClaimOutcome["status"];

export function keyRecord(record: Record__Output): KeyRecord {
  const { state, next, result, ...rest } = record;
  if (state === "STATE_UNSPECIFIED" || next === "STATUS_UNSPECIFIED") {
    throw new ClaimdError("INTERNAL", "the server answered a record without state");
  }
  return { ...rest, state, next, result: storedResult(result) };
}

/** A one-shot's answer: whether this call was the first, or what stands. */
export type CheckAndSet =
  | {
      readonly first: true;
      readonly attempt: number;
      readonly fencingToken: number;
      /** Observe mode: in earnest it would have been another answer. */
      readonly shadowed: boolean;
    }
  | ({ readonly first: false } & TakenOutcome);
