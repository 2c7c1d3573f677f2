/**
 * What a command is answered: the answer that its group shares, with the columns of its own.
 * Refusals are no replies, they end a call with an error.
 */
import type {
  ClaimResponse__Output as ClaimAnswer,
  ForgetResponse__Output as ForgetAnswer,
  GetResponse__Output as GetAnswer,
  SettleResponse__Output as SettleAnswer,
} from "@claimd/proto";
import type { Verb } from "./call.ts";

interface Sent {
  /** Monotonic time before the request that was answered was sent: leases count from here. */
  readonly sentAtMs: number;
}

export interface ClaimReply extends Sent {
  readonly type: "claim";
  readonly answer: ClaimAnswer;
  readonly fencingToken: number;
  readonly ageMs: number;
  readonly expiresInMs: number;
}

export interface SettleReply extends Sent {
  readonly type: "settle";
  readonly answer: SettleAnswer;
}

export interface GetReply extends Sent {
  readonly type: "get";
  readonly answer: GetAnswer;
}

export interface ForgetReply extends Sent {
  readonly type: "forget";
  readonly answer: ForgetAnswer;
}

export type Reply = ClaimReply | SettleReply | GetReply | ForgetReply;
export type ReplyOf<T extends Reply["type"]> = Extract<Reply, { readonly type: T }>;

export const TYPE_OF_ANSWER: Readonly<Record<Verb, Reply["type"]>> = {
  CLAIM: "claim",
  COMPLETE: "settle",
  FAIL: "settle",
  EXTEND: "settle",
  GET: "get",
  FORGET: "forget",
};
