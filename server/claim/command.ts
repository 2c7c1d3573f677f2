/**
 * What can be asked of a key, after validation: no field is missing, every field is in bounds.
 *
 * The key itself, the wait and who asks are not here: they mean nothing to `decide`.
 */

import type { Result } from "../storage/claim-record.ts";

export interface ClaimCommand {
  readonly type: "claim";
  /** 16 bytes. */
  readonly claimId: Uint8Array;
  /** 1 to 32 bytes. */
  readonly fingerprint: Uint8Array | undefined;
  /** 0 = the policy's. */
  readonly leaseMs: number;
  /** 0 = the policy's. */
  readonly windowMs: number;
  /** One-shot: granted and completed in one write. */
  readonly complete: boolean;
  readonly holder: string;
  readonly traceparent: string;
}

export interface CompleteCommand {
  readonly type: "complete";
  readonly claimId: Uint8Array;
  readonly result: Result | undefined;
}

export type Outcome = "RETRYABLE" | "TERMINAL" | "UNKNOWN";

export interface FailCommand {
  readonly type: "fail";
  readonly claimId: Uint8Array;
  readonly outcome: Outcome;
  readonly result: Result | undefined;
}

export interface ExtendCommand {
  readonly type: "extend";
  readonly claimId: Uint8Array;
  /** 0 = the claim's own lease. */
  readonly leaseMs: number;
}

export interface GetCommand {
  readonly type: "get";
}

export interface ForgetCommand {
  readonly type: "forget";
  /** The grant that is meant; 0 = whatever is there. */
  readonly token: number;
}

export interface ResolveCommand {
  readonly type: "resolve";
  readonly token: number;
  readonly resolution: "COMPLETED" | "FAILED" | "RELEASED";
  readonly result: Result | undefined;
}

export type Command =
  | ClaimCommand
  | CompleteCommand
  | FailCommand
  | ExtendCommand
  | GetCommand
  | ForgetCommand
  | ResolveCommand;

export type CommandType = Command["type"];
