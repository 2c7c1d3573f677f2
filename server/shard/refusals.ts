/** Why a node does not decide a command, or grants nothing anew: one place for the words. */

import type { Refusal } from "../claim/reply.ts";
import type { ErrorCode } from "../errors.ts";

export function refusal(code: ErrorCode, message: string, retryAfterMs = 0): Refusal {
  return { type: "refused", code, message, retryAfterMs };
}

export const REFUSED = {
  draining: refusal(
    "DRAINING",
    "this node is stopping: send it again, to another node or later",
    1000,
  ),
  cancelled: refusal("CANCELLED", "the caller gave up"),
  queueFull: refusal("QUEUE_FULL", "too many commands wait for a turn", 100),
  tooManyParked: refusal("TOO_MANY_WAITING", "too many parked claims on this node", 1000),
  namespaceDeleted: refusal("NAMESPACE_NOT_FOUND", "no such namespace"),
  diskFull: refusal("DISK_FULL", "the disk is nearly full: nothing is granted anew", 5000),
  storageBehind: refusal("STORAGE_BEHIND", "the records lag behind the journal", 500),
  storageUnavailable: refusal(
    "STORAGE_UNAVAILABLE",
    "outcome unknown: send it again with the same claim id",
    1000,
  ),
} as const;

export function paused(namespace: string): Refusal {
  return refusal("PAUSED", `namespace ${namespace} is paused: nothing is granted anew`);
}
