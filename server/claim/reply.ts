/**
 * What a command is answered, before it becomes a message. Instants are already durations.
 *
 * A refusal is not a reply of the state machine's normal day: it becomes a gRPC error, or an
 * `Error` of a frame.
 */

import type { ErrorCode } from "../errors.ts";
import type { RecordState, Result } from "../storage/claim-record.ts";

export interface Granted {
  readonly type: "claim";
  readonly status: "GRANTED";
  readonly token: number;
  readonly attempt: number;
  /** What is left of the lease. 0 for a one-shot. */
  readonly leaseMs: number;
  readonly hold: boolean;
  readonly reclaimed: boolean;
  /** Observe mode made it GRANTED; token is 0. */
  readonly shadowed: boolean;
}

interface Taken {
  readonly type: "claim";
  readonly attempt: number;
  readonly traceparent: string;
  readonly ageMs: number;
  readonly expiresInMs: number;
}

export interface TakenInProgress extends Taken {
  readonly status: "IN_PROGRESS";
  readonly retryAfterMs: number;
  readonly holder: string;
}

export interface TakenSettled extends Taken {
  readonly status: "COMPLETED" | "FAILED";
  readonly result: Result | undefined;
  /** COMPLETED: so many ask for the key that any member of its partition should be asked. */
  readonly hot?: boolean;
}

export interface TakenOpen extends Taken {
  readonly status: "HELD" | "EXHAUSTED" | "MISMATCH";
}

export type ClaimReply = Granted | TakenInProgress | TakenSettled | TakenOpen;
export type ClaimStatus = ClaimReply["status"];

/** A record as others may see it: no claim id, and what the next claim would be answered. */
export interface RecordView {
  readonly state: RecordState;
  readonly token: number;
  readonly attempt: number;
  readonly lapsed: boolean;
  readonly leaseLeftMs: number;
  readonly holder: string;
  readonly traceparent: string;
  readonly result: Result | undefined;
  readonly ageMs: number;
  readonly expiresInMs: number;
  readonly hold: boolean;
  readonly fingerprint: Uint8Array | undefined;
  readonly next: ClaimStatus;
}

export type SettleStatus = "APPLIED" | "ALREADY_APPLIED" | "STALE_OWNER" | "NOT_FOUND";

export interface SettleReply {
  readonly type: "settle";
  readonly status: SettleStatus;
  readonly late: boolean;
  /** For STALE_OWNER and ALREADY_APPLIED. */
  readonly current: RecordView | undefined;
}

export interface GetReply {
  readonly type: "get";
  readonly record: RecordView | undefined;
}

export interface ForgetReply {
  readonly type: "forget";
  readonly existed: boolean;
}

export interface Refusal {
  readonly type: "refused";
  readonly code: ErrorCode;
  readonly message: string;
  /** 0 = no hint. */
  readonly retryAfterMs: number;
  /** Of NOT_LEADER: the leading node's gRPC address, "" = none is known, and its epoch. */
  readonly leader?: { readonly address: string; readonly epoch: number };
}

export type Reply = ClaimReply | SettleReply | GetReply | ForgetReply | Refusal;
