/**
 * The public entry of @claimd/client: everything that may be relied on stands in this list.
 */
export type { Outcome } from "./call.ts";
export { type BatchCommand, type BatchOutcome } from "./batch.ts";
export type { CheckAndSetOptions, ClaimOptions } from "./claim.ts";
export { type ClaimdClient, type ClientStats, createClient } from "./client.ts";
export type { CallOptions } from "./client-context.ts";
export { type DedupKeyParts, dedupKey, type FieldValue } from "./dedup-key.ts";
export { derivedKey } from "./derived-key.ts";
export { ClaimdError, ERROR_CODES, type ErrorCode, isClaimdError } from "./errors.ts";
export type { ForgetOptions, Forgotten } from "./get-and-forget.ts";
export type {
  ExtendOptions,
  FailOptions,
  GrantedClaim,
  Settled,
  SettleOptions,
} from "./granted-claim.ts";
export type { CallEvent, Hooks, OpenTelemetry } from "./hooks.ts";
export type { Key } from "./key-bytes.ts";
export type { ClientOptions } from "./options.ts";
export type {
  CheckAndSet,
  ClaimOutcome,
  ClaimStatus,
  Completed,
  Exhausted,
  Failed,
  Held,
  InProgress,
  KeyRecord,
  Mismatch,
  TakenOutcome,
} from "./outcome.ts";
export type { Replayed, ReplayedValue, ReplayedWithoutValue } from "./replay.ts";
export type { Classified, Ran, RunOptions, RunOutcome } from "./run.ts";
export type { RunningClaim } from "./running-claim.ts";
export type { Token } from "./bearer-token.ts";
export type { TlsOptions } from "./transport-security.ts";
export { readValue, type ReadValue, type ResultInput, type StoredResult } from "./values.ts";
