/**
 * Claim, Complete, Fail, Extend, Get and Forget, each as a frame of one command.
 *
 * Must stay true: a unary call is checked and decided as the same command in a frame would be.
 */
import type {
  ClaimRequest__Output,
  ClaimResponse,
  Commands__Output,
  CompleteRequest__Output,
  ExtendRequest__Output,
  FailRequest__Output,
  ForgetRequest__Output,
  ForgetResponse,
  GetRequest__Output,
  GetResponse,
  SettleResponse,
} from "@claimd/proto";
import type { Reply } from "../claim/reply.ts";
import { ClaimdError } from "../errors.ts";
import { type AskOneParts, askOne } from "./ask-one.ts";
import type { UnaryMethod } from "./calls.ts";
import { claimResponse, forgetResponse, getResponse, settleResponse } from "./reply-messages.ts";

export interface UnaryClaims {
  readonly claim: UnaryMethod<ClaimRequest__Output, ClaimResponse>;
  readonly complete: UnaryMethod<CompleteRequest__Output, SettleResponse>;
  readonly fail: UnaryMethod<FailRequest__Output, SettleResponse>;
  readonly extend: UnaryMethod<ExtendRequest__Output, SettleResponse>;
  readonly get: UnaryMethod<GetRequest__Output, GetResponse>;
  readonly forget: UnaryMethod<ForgetRequest__Output, ForgetResponse>;
}

export function unaryClaims(parts: AskOneParts): UnaryClaims {
  return {
    claim: async (request, context) => {
      const reply = await askOne(parts, claimGroup(request), context);
      return claimResponse(expected("claim", reply));
    },
    complete: async (request, context) => {
      const { result } = request;
      const group = { ...groupOf("COMPLETE", request), results: result === null ? [] : [result] };
      return settleResponse(expected("settle", await askOne(parts, group, context)));
    },
    fail: async (request, context) => {
      const { result, outcome } = request;
      const results = result === null ? [] : [result];
      const group = { ...groupOf("FAIL", request), outcome, results };
      return settleResponse(expected("settle", await askOne(parts, group, context)));
    },
    extend: async (request, context) => {
      const group = { ...groupOf("EXTEND", request), leaseMs: request.leaseMs };
      return settleResponse(expected("settle", await askOne(parts, group, context)));
    },
    get: async (request, context) => {
      const reply = await askOne(parts, groupOf("GET", request), context);
      return getResponse(expected("get", reply));
    },
    forget: async (request, context) => {
      const group = { ...groupOf("FORGET", request), fencingTokens: [request.fencingToken] };
      return forgetResponse(expected("forget", await askOne(parts, group, context)));
    },
  };
}

const NO_BYTES = Buffer.alloc(0);

function groupOf(
  verb: Commands__Output["verb"],
  request: { readonly namespace: string; readonly key: Buffer; readonly claimId?: Buffer },
): Commands__Output {
  return {
    namespace: request.namespace,
    verb,
    keys: request.key,
    keyBytes: [request.key.length],
    claimIds: request.claimId ?? NO_BYTES,
    fingerprints: NO_BYTES,
    fingerprintBytes: [],
    traceparents: [],
    results: [],
    fencingTokens: [],
    leaseMs: 0,
    windowMs: 0,
    waitMs: 0,
    complete: false,
    holder: "",
    outcome: "RETRYABLE",
  };
}

function claimGroup(request: ClaimRequest__Output): Commands__Output {
  const { fingerprint, traceparent, leaseMs, windowMs, waitMs, complete, holder } = request;
  return {
    ...groupOf("CLAIM", request),
    fingerprints: fingerprint,
    fingerprintBytes: [fingerprint.length],
    traceparents: [traceparent],
    leaseMs,
    windowMs,
    waitMs,
    complete,
    holder,
  };
}

/** The reply of the kind that a command of this kind gets. */
export function expected<Type extends Reply["type"]>(
  type: Type,
  reply: Reply,
): Extract<Reply, { type: Type }> {
  if (reply.type === type) return reply as Extract<Reply, { type: Type }>;
  throw new ClaimdError("INTERNAL", `a ${type} was answered with a ${reply.type}`);
}
