/**
 * The columns of one group of commands, checked against bounds and policy, read command by command.
 * The bounds are those of the unary requests, and so are the fields' names in what is refused.
 *
 * Columns and fields of another verb are ignored. An empty result is no result, because a column
 * can't tell the two apart.
 */
import type { Commands__Output } from "@claimd/proto";
import type { Command, Outcome } from "../claim/command.ts";
import { LIMITS } from "../limits.ts";
import type { Policy } from "../storage/policy.ts";
import {
  bytesProblem,
  durationProblem,
  enumProblem,
  type Problem,
  resultProblem,
  textProblem,
  tokenProblem,
} from "./field-checks.ts";
import { resultOf } from "./results.ts";

/** To be called with 0, 1, 2, …; a text says what is wrong with the command. */
export type CommandAt = (at: number) => Command | string;

const CLAIM_ID_BYTES = LIMITS.claimIdBytes.exact;
const OUTCOMES: readonly Outcome[] = ["RETRYABLE", "TERMINAL", "UNKNOWN"];
const GET: Command = { type: "get" };

/** A reader of the group's commands, or what is wrong with all of them. */
export function commandsOf(
  group: Commands__Output,
  policy: Policy,
  waits: boolean,
): CommandAt | string {
  switch (group.verb) {
    case "CLAIM":
      return claims(group, policy, waits);
    case "COMPLETE":
    case "FAIL":
      return settles(group);
    case "EXTEND":
      return extensions(group, policy);
    case "GET":
      return () => GET;
    case "FORGET":
      return forgets(group);
    case "VERB_UNSPECIFIED":
    default:
      return `verb: ${group.verb}, not a verb`;
  }
}

function claims(group: Commands__Output, policy: Policy, waits: boolean): CommandAt | string {
  const { leaseMs, windowMs, complete, holder, fingerprintBytes, traceparents } = group;
  const count = group.keyBytes.length;
  const problem =
    claimIdsProblem(group) ??
    columnProblem("fingerprint_bytes", fingerprintBytes.length, count) ??
    lengthsProblem("fingerprints", group.fingerprints.length, fingerprintBytes) ??
    columnProblem("traceparents", traceparents.length, count) ??
    durationProblem("lease_ms", leaseMs, LIMITS.leaseMs.min, policy.maxLeaseMs) ??
    durationProblem("window_ms", windowMs, LIMITS.windowMs.min, policy.maxWindowMs) ??
    waitProblem(group.waitMs, policy, waits) ??
    textProblem("holder", holder, LIMITS.holderBytes.max);
  if (problem !== undefined) return problem;
  if (complete && policy.forgetOnComplete) {
    return "complete: true, refused where keys are forgotten on completion";
  }
  const own = group.waitMs > 0;
  const claimIds = own ? group.claimIds : Buffer.from(group.claimIds);
  const fingerprints = own ? group.fingerprints : Buffer.from(group.fingerprints);
  const required = policy.fingerprint === "REQUIRED" ? 1 : 0;
  let fingerprintAt = 0;
  return (at) => {
    const length = fingerprintBytes[at] ?? 0;
    const fingerprintView = fingerprints.subarray(fingerprintAt, fingerprintAt + length);
    fingerprintAt += length;
    if (length < required) return "fingerprint: 0 bytes, required in this namespace";
    const traceparent = traceparents[at] ?? "";
    const wrong =
      bytesProblem("fingerprint", length, 0, LIMITS.fingerprintBytes.max) ??
      textProblem("traceparent", traceparent, LIMITS.traceparentBytes.max);
    if (wrong !== undefined) return wrong;
    const claimId = claimIds.subarray(at * CLAIM_ID_BYTES, (at + 1) * CLAIM_ID_BYTES);
    return {
      type: "claim",
      claimId: own ? Buffer.from(claimId) : claimId,
      fingerprint: length === 0 ? undefined : own ? Buffer.from(fingerprintView) : fingerprintView,
      leaseMs,
      windowMs,
      complete,
      holder,
      traceparent,
    };
  };
}

function settles(group: Commands__Output): CommandAt | string {
  const { verb, outcome, results } = group;
  const problem =
    claimIdsProblem(group) ??
    columnProblem("results", results.length, group.keyBytes.length) ??
    (verb === "FAIL" ? enumProblem("outcome", outcome, OUTCOMES) : undefined);
  if (problem !== undefined) return problem;
  const claimIds = Buffer.from(group.claimIds);
  const kept = verb === "COMPLETE" || outcome === "TERMINAL";
  return (at) => {
    const claimId = claimIds.subarray(at * CLAIM_ID_BYTES, (at + 1) * CLAIM_ID_BYTES);
    const message = results[at];
    const wrong = message === undefined ? undefined : resultProblem(message);
    if (wrong !== undefined) return wrong;
    const result = message === undefined || !kept ? undefined : resultOf(message);
    return verb === "COMPLETE"
      ? { type: "complete", claimId, result }
      : { type: "fail", claimId, outcome, result };
  };
}

function extensions(group: Commands__Output, policy: Policy): CommandAt | string {
  const { leaseMs } = group;
  const problem =
    claimIdsProblem(group) ??
    durationProblem("lease_ms", leaseMs, LIMITS.leaseMs.min, policy.maxLeaseMs);
  if (problem !== undefined) return problem;
  const claimIds = Buffer.from(group.claimIds);
  return (at) => ({
    type: "extend",
    claimId: claimIds.subarray(at * CLAIM_ID_BYTES, (at + 1) * CLAIM_ID_BYTES),
    leaseMs,
  });
}

function forgets(group: Commands__Output): CommandAt | string {
  const { fencingTokens } = group;
  const problem = columnProblem("fencing_tokens", fencingTokens.length, group.keyBytes.length);
  if (problem !== undefined) return problem;
  return (at) => {
    const token = fencingTokens[at] ?? 0;
    return tokenProblem("fencing_token", token) ?? { type: "forget", token };
  };
}

function claimIdsProblem({ claimIds, keyBytes }: Commands__Output): Problem {
  const count = keyBytes.length;
  if (claimIds.length === count * CLAIM_ID_BYTES) return undefined;
  return count === 1
    ? `claim_id: ${claimIds.length} bytes, exactly ${CLAIM_ID_BYTES}`
    : `claim_ids: ${claimIds.length} bytes, ${CLAIM_ID_BYTES} for each of ${count} commands`;
}

function waitProblem(waitMs: number, policy: Policy, waits: boolean): Problem {
  if (waits || waitMs === 0) return durationProblem("wait_ms", waitMs, 0, policy.maxWaitMs);
  return `wait_ms: ${waitMs} ms, a batch does not wait`;
}

function columnProblem(field: string, entries: number, count: number): Problem {
  if (entries === 0 || entries === count) return undefined;
  return `${field}: ${entries} entries, one for each of ${count} commands or none`;
}

/** Whether a column of bytes is as long as its column of lengths says. */
export function lengthsProblem(field: string, bytes: number, lengths: readonly number[]): Problem {
  let sum = 0;
  for (const length of lengths) sum += length;
  return sum === bytes ? undefined : `${field}: ${bytes} bytes, ${sum} by their lengths`;
}
