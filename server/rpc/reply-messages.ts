/**
 * Replies → messages. Fields at their default are left out.
 *
 * Never shows a claim id: replies hold none.
 */
import type {
  ClaimResponse,
  ForgetResponse,
  GetResponse,
  Record as RecordMessage,
  Result as ResultMessage,
  SettleResponse,
} from "@claimd/proto";
import type { ClaimReply, ForgetReply, GetReply, RecordView, SettleReply } from "../claim/reply.ts";
import type { Result } from "../storage/claim-record.ts";

export function claimResponse(reply: ClaimReply): ClaimResponse {
  switch (reply.status) {
    case "GRANTED":
      return {
        status: "GRANTED",
        fencingToken: reply.token,
        attempt: reply.attempt,
        leaseMs: milliseconds(reply.leaseMs),
        hold: reply.hold,
        reclaimed: reply.reclaimed,
        shadowed: reply.shadowed,
      };
    case "IN_PROGRESS":
      return {
        ...taken(reply),
        retryAfterMs: milliseconds(reply.retryAfterMs),
        holder: reply.holder,
      };
    case "COMPLETED":
    case "FAILED":
      return {
        ...taken(reply),
        result: resultMessage(reply.result),
        ...(reply.hot === true ? { hot: true } : {}),
      };
    case "HELD":
    case "EXHAUSTED":
    case "MISMATCH":
      return taken(reply);
  }
}

function taken(reply: Exclude<ClaimReply, { status: "GRANTED" }>): ClaimResponse {
  return {
    status: reply.status,
    attempt: reply.attempt,
    traceparent: reply.traceparent,
    ageMs: milliseconds(reply.ageMs),
    expiresInMs: milliseconds(reply.expiresInMs),
  };
}

export function settleResponse(reply: SettleReply): SettleResponse {
  const { status, late, current } = reply;
  return current === undefined
    ? { status, late }
    : { status, late, current: recordMessage(current) };
}

export function getResponse({ record }: GetReply): GetResponse {
  return record === undefined ? { found: false } : { found: true, record: recordMessage(record) };
}

export function forgetResponse({ existed }: ForgetReply): ForgetResponse {
  return { existed };
}

export function recordMessage(view: RecordView): RecordMessage {
  return {
    state: view.state,
    fencingToken: view.token,
    attempt: view.attempt,
    lapsed: view.lapsed,
    leaseLeftMs: milliseconds(view.leaseLeftMs),
    holder: view.holder,
    traceparent: view.traceparent,
    result: resultMessage(view.result),
    ageMs: milliseconds(view.ageMs),
    expiresInMs: milliseconds(view.expiresInMs),
    hold: view.hold,
    ...(view.fingerprint === undefined ? {} : { fingerprint: view.fingerprint }),
    next: view.next,
  };
}

function resultMessage(result: Result | undefined): ResultMessage | null {
  if (result === undefined) return null;
  const { data, contentType, metadata, ref, omitted, sizeBytes } = result;
  return { data, contentType, metadata: { ...metadata }, ref, omitted, sizeBytes };
}

/** Whole and never negative: the wire has no other. */
export function milliseconds(ms: number): number {
  return ms > 0 ? Math.round(ms) : 0;
}
