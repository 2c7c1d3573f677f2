/**
 * The one error class of the server and its closed list of codes.
 *
 * A duplicate, a stale owner and every other expected outcome is a value, never an error. An error
 * is what a caller or an operator got wrong, what is unavailable, or truth that was lost.
 * Callers branch on `code`, never on the text. `rpc/status.ts` maps each code to one gRPC status.
 */

export const ERROR_CODES = [
  // What the caller got wrong.
  "INVALID_ARGUMENT",
  "NAMESPACE_NOT_FOUND",
  "NAMESPACE_EXISTS",
  "STALE_REVISION",
  "CLAIM_ID_SPENT",
  "UNSAFE_REQUEST",
  // What is short.
  "QUOTA_EXCEEDED",
  "QUEUE_FULL",
  "TOO_MANY_WAITING",
  "TOO_MANY_SESSIONS",
  "DISK_FULL",
  "STORAGE_BEHIND",
  // What is not there at the moment.
  "PAUSED",
  "DRAINING",
  "NOT_LEADER",
  "STORAGE_UNAVAILABLE",
  "COORDINATOR_UNAVAILABLE",
  "CANCELLED",
  // What stops the process, or keeps it from starting.
  "JOURNAL_FAILED",
  "JOURNAL_DAMAGED",
  "RECORDS_DAMAGED",
  "CLUSTER_DAMAGED",
  "STORE_DAMAGED",
  "STORE_IN_USE",
  "WRONG_CLUSTER",
  "WRONG_DATA_DIRECTORY",
  "DATA_DIRECTORY_IN_USE",
  "INVALID_CONFIGURATION",
  "INTERNAL",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export class ClaimdError extends Error {
  override readonly name = "ClaimdError";
  readonly code: ErrorCode;
  /** When trying again is worth it, in milliseconds; 0 = no hint. */
  readonly retryAfterMs: number;
  /** Of NOT_LEADER: the leading node's gRPC address, "" = none is known, and its epoch. */
  readonly leader: { readonly address: string; readonly epoch: number } | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      readonly cause?: unknown;
      readonly retryAfterMs?: number;
      readonly leader?: { readonly address: string; readonly epoch: number };
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs ?? 0;
    this.leader = options.leader;
  }
}

/** A broken invariant: a mistake in claimd itself. Ends the process (see main.ts). */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ClaimdError("INTERNAL", `invariant broken: ${message}`);
}

/** Makes a `switch` total: a new member of a union does not compile until it is handled. */
export function unreachable(value: never): never {
  throw new ClaimdError("INTERNAL", `unreachable: ${JSON.stringify(value)}`);
}
