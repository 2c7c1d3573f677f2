/**
 * The one error class of the client and its closed list of codes.
 *
 * A duplicate, a stale owner and every other expected outcome is a value of `claim` and of a
 * handle. Only `run`, whose caller wants a value or nothing, turns such an outcome into an error.
 * Callers branch on `code`, never on the text.
 */
import type { Error__Output as WireError } from "@claimd/proto";
import { status, type StatusObject } from "@grpc/grpc-js";

export const ERROR_CODES = [
  /** A key, an option or a value that can't be sent: a mistake in the program. Not retried. */
  "INVALID_ARGUMENT",
  "NAMESPACE_NOT_FOUND",
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
  /** The claim id was used before: a late copy of a claim that is settled. */
  "CLAIM_ID_SPENT",
  /**
   * A quota, a full queue or a full disk; `reason` says which, `retryAfterMs` when to come back.
   */
  "RESOURCE_EXHAUSTED",
  /** No node answered until the deadline, although the call was sent again and again. */
  "UNAVAILABLE",
  /** The namespace is in safe mode: nothing is granted anew. Thrown at once. */
  "PAUSED",
  /** The time of the call is over; what it asked may have happened. */
  "DEADLINE",
  /** The caller's AbortSignal; what the call asked may have happened. */
  "ABORTED",
  /** The client is closed. */
  "CLOSED",
  /** run with `onDuplicate: "throw"`: somebody else has or had the key. `outcome` says more. */
  "DUPLICATE",
  /** run: somebody else is at work, and the wait is over. */
  "IN_PROGRESS",
  /** run: failed for good before. `outcome.result` is what was stored. */
  "FAILED",
  /** run: the effect may have happened and nobody knows. An operator resolves it. */
  "HELD",
  /** run: the attempts are used up. Send the message to its dead letter queue. */
  "EXHAUSTED",
  /** run: the key is known with another fingerprint: two payloads share one key. */
  "MISMATCH",
  /**
   * The lease is over. From run: the effect happened, `value` is what it gave, others may follow.
   */
  "LEASE_LOST",
  /** run: the effect happened, `value` is what it gave, nobody knows whether that is recorded. */
  "COMPLETE_UNKNOWN",
  /** A stored result that is not what its content type says. */
  "INVALID_RESULT",
  /** The server does not speak this client's protocol, or one of both has a mistake. */
  "INTERNAL",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorDetails {
  readonly cause?: unknown;
  /** The server's own code (`claimd-reason`), finer than `code`. */
  readonly reason?: string;
  readonly retryAfterMs?: number;
  readonly value?: unknown;
  readonly outcome?: unknown;
}

export class ClaimdError extends Error {
  override readonly name = "ClaimdError";
  readonly code: ErrorCode;
  /** What the server calls it, for example QUOTA_EXCEEDED; empty when it said nothing. */
  readonly reason: string;
  /** When trying again is worth it, in milliseconds; 0 = no hint. */
  readonly retryAfterMs: number;
  /** LEASE_LOST and COMPLETE_UNKNOWN of run: what the effect gave. */
  readonly value: unknown;
  /** Errors of run that rest on an answer: that answer. */
  readonly outcome: unknown;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.reason = details.reason ?? "";
    this.retryAfterMs = details.retryAfterMs ?? 0;
    this.value = details.value;
    this.outcome = details.outcome;
  }
}

export function isClaimdError(
  error: unknown,
  ...codes: readonly ErrorCode[]
): error is ClaimdError {
  return error instanceof ClaimdError && (codes.length === 0 || codes.includes(error.code));
}

const CODE_BY_REASON: ReadonlyMap<string, ErrorCode> = new Map([
  ["PAUSED", "PAUSED"],
  ["NAMESPACE_NOT_FOUND", "NAMESPACE_NOT_FOUND"],
  ["CLAIM_ID_SPENT", "CLAIM_ID_SPENT"],
  ["CANCELLED", "ABORTED"],
  // Nothing was decided there: another node can answer.
  ["NOT_LEADER", "UNAVAILABLE"],
]);

const CODE_BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [status.INVALID_ARGUMENT, "INVALID_ARGUMENT"],
  [status.OUT_OF_RANGE, "INVALID_ARGUMENT"],
  [status.NOT_FOUND, "NAMESPACE_NOT_FOUND"],
  [status.UNAUTHENTICATED, "UNAUTHENTICATED"],
  [status.PERMISSION_DENIED, "PERMISSION_DENIED"],
  [status.RESOURCE_EXHAUSTED, "RESOURCE_EXHAUSTED"],
  [status.UNAVAILABLE, "UNAVAILABLE"],
  [status.DEADLINE_EXCEEDED, "DEADLINE"],
]);

/** A command's refusal, as the server names it. */
export function errorOfRefusal(refusal: WireError): ClaimdError {
  const code = CODE_BY_REASON.get(refusal.reason) ?? CODE_BY_STATUS.get(refusal.code) ?? "INTERNAL";
  return new ClaimdError(code, refusal.message || refusal.reason || `status ${refusal.code}`, {
    reason: refusal.reason,
    retryAfterMs: refusal.retryAfterMs,
  });
}

/** Ends of a stream that a new stream would meet again. Every other end is a broken connection. */
const LASTING: ReadonlySet<number> = new Set([
  status.INVALID_ARGUMENT,
  status.OUT_OF_RANGE,
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.RESOURCE_EXHAUSTED,
  status.UNIMPLEMENTED,
]);

/** The same of a stream's status and its trailers. */
export function errorOfStatus({ code, details, metadata }: StatusObject): ClaimdError {
  const [reason = ""] = metadata.get("claimd-reason");
  const [retryAfterMs = "0"] = metadata.get("claimd-retry-after-ms");
  return errorOfStreamEnd(code, details, reason.toString(), Number(retryAfterMs) || 0);
}

/** Why a stream ended. UNAVAILABLE means: open another one and send everything again. */
export function errorOfStreamEnd(
  code: number,
  details: string,
  reason: string,
  retryAfterMs = 0,
): ClaimdError {
  const text = details === "" ? "the server ended the stream" : details;
  const said = { reason, retryAfterMs };
  if (!LASTING.has(code)) return new ClaimdError("UNAVAILABLE", text, said);
  return new ClaimdError(CODE_BY_STATUS.get(code) ?? "INTERNAL", text, said);
}
