/**
 * What a test asks and is answered, the same over unary calls, Batch and Session.
 *
 * An error is an answer here: tests look at it instead of catching it.
 */
import type {
  ClaimResponse__Output,
  ForgetResponse__Output,
  GetResponse__Output,
  Outcome,
  Result,
  SettleResponse__Output,
} from "@claimd/proto";

interface On {
  readonly namespace: string;
  readonly key: Buffer;
}

export interface ClaimCommand extends On {
  readonly verb: "CLAIM";
  readonly claimId: Buffer;
  readonly fingerprint?: Buffer;
  readonly leaseMs?: number;
  readonly windowMs?: number;
  readonly waitMs?: number;
  readonly complete?: boolean;
  readonly holder?: string;
  readonly traceparent?: string;
}

export interface CompleteCommand extends On {
  readonly verb: "COMPLETE";
  readonly claimId: Buffer;
  readonly result?: Result;
}

export interface FailCommand extends On {
  readonly verb: "FAIL";
  readonly claimId: Buffer;
  readonly outcome: Extract<Outcome, string>;
  readonly result?: Result;
}

export interface ExtendCommand extends On {
  readonly verb: "EXTEND";
  readonly claimId: Buffer;
  readonly leaseMs?: number;
}

export interface GetCommand extends On {
  readonly verb: "GET";
}

export interface ForgetCommand extends On {
  readonly verb: "FORGET";
  readonly fencingToken?: number;
}

export type Command =
  | ClaimCommand
  | CompleteCommand
  | FailCommand
  | ExtendCommand
  | GetCommand
  | ForgetCommand;

export interface ClaimAnswer extends ClaimResponse__Output {
  readonly kind: "claim";
}
export interface SettleAnswer extends SettleResponse__Output {
  readonly kind: "settle";
}
export interface GetAnswer extends GetResponse__Output {
  readonly kind: "get";
}
export interface ForgetAnswer extends ForgetResponse__Output {
  readonly kind: "forget";
}

export interface ErrorAnswer {
  readonly kind: "error";
  /** The gRPC status. */
  readonly code: number;
  /** What `claimd-reason` says; empty when the answer did not come from claimd. */
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs: number;
}

export type Answer = ClaimAnswer | SettleAnswer | GetAnswer | ForgetAnswer | ErrorAnswer;

/** The kind of normal answer that belongs to a command. */
export interface AnswerOf {
  CLAIM: ClaimAnswer;
  COMPLETE: SettleAnswer;
  FAIL: SettleAnswer;
  EXTEND: SettleAnswer;
  GET: GetAnswer;
  FORGET: ForgetAnswer;
}

export interface Transport {
  readonly name: "unary" | "batch" | "session";
  ask(command: Command): Promise<Answer>;
  close(): void;
}
