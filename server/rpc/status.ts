/**
 * Which gRPC status each error code is, and what the trailers say of it: the one mapping.
 *
 * Never shows the text of an error that is not ours: it may hold paths, keys or secrets.
 */
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { ClaimdError, type ErrorCode } from "../errors.ts";

export const GRPC_STATUS: Readonly<Record<ErrorCode, status>> = {
  INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  NAMESPACE_NOT_FOUND: status.NOT_FOUND,
  NAMESPACE_EXISTS: status.ALREADY_EXISTS,
  STALE_REVISION: status.FAILED_PRECONDITION,
  CLAIM_ID_SPENT: status.FAILED_PRECONDITION,
  UNSAFE_REQUEST: status.FAILED_PRECONDITION,
  QUOTA_EXCEEDED: status.RESOURCE_EXHAUSTED,
  QUEUE_FULL: status.RESOURCE_EXHAUSTED,
  TOO_MANY_WAITING: status.RESOURCE_EXHAUSTED,
  TOO_MANY_SESSIONS: status.RESOURCE_EXHAUSTED,
  DISK_FULL: status.RESOURCE_EXHAUSTED,
  STORAGE_BEHIND: status.RESOURCE_EXHAUSTED,
  PAUSED: status.UNAVAILABLE,
  DRAINING: status.UNAVAILABLE,
  NOT_LEADER: status.FAILED_PRECONDITION,
  STORAGE_UNAVAILABLE: status.UNAVAILABLE,
  COORDINATOR_UNAVAILABLE: status.UNAVAILABLE,
  CANCELLED: status.CANCELLED,
  // The process is about to end: what was asked may have happened, the same claim id is safe again.
  JOURNAL_FAILED: status.UNAVAILABLE,
  JOURNAL_DAMAGED: status.DATA_LOSS,
  RECORDS_DAMAGED: status.DATA_LOSS,
  CLUSTER_DAMAGED: status.DATA_LOSS,
  STORE_DAMAGED: status.DATA_LOSS,
  STORE_IN_USE: status.INTERNAL,
  WRONG_CLUSTER: status.INTERNAL,
  WRONG_DATA_DIRECTORY: status.INTERNAL,
  DATA_DIRECTORY_IN_USE: status.INTERNAL,
  INVALID_CONFIGURATION: status.INTERNAL,
  INTERNAL: status.INTERNAL,
};

/** What a refusal and a ClaimdError have in common. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryAfterMs: number;
  /** Of NOT_LEADER, where it is known. */
  readonly leader?: { readonly address: string; readonly epoch: number } | undefined;
}

const INTERNAL_FAILURE: Failure = { code: "INTERNAL", message: "internal error", retryAfterMs: 0 };

/** A status travels as a header: a longer text would be dropped with the whole answer. */
const MAX_DETAILS = 1024;

/** What is told of something thrown; anything but an error of ours is only "internal error". */
export function failureOf(error: unknown): Failure {
  return error instanceof ClaimdError && error.code !== "INTERNAL" ? error : INTERNAL_FAILURE;
}

export function statusOf(failure: Failure): StatusObject {
  const metadata = new Metadata();
  metadata.set("claimd-reason", failure.code);
  if (failure.retryAfterMs > 0) {
    metadata.set("claimd-retry-after-ms", String(Math.ceil(failure.retryAfterMs)));
  }
  const leader = failure.leader?.address ?? "";
  if (leader !== "") metadata.set("claimd-leader", leader);
  return {
    code: GRPC_STATUS[failure.code],
    details: failure.message.slice(0, MAX_DETAILS),
    metadata,
  };
}
