/**
 * What a change makes of a namespace, and when it is refused: by the same codes as on a single
 * node. Pure.
 */
import { z } from "zod";
import { ClaimdError } from "../errors.ts";
import { classesAfterChange, classFor, type GenerationClasses } from "../storage/generation.ts";
import type { Policy } from "../storage/policy.ts";
import type { StoredNamespace } from "../storage/policy-format.ts";
import { decodeJsonRecord, encodeJsonRecord } from "./json-record.ts";

export const FIRST_NAMESPACE_ID = 1;
/** Ids have four bytes in every record's key. */
const MAX_NAMESPACE_ID = 2 ** 32 - 1;

const counterShape = z.strictObject({
  nextId: z
    .int("must be a whole number")
    .min(FIRST_NAMESPACE_ID, "must be at least 1")
    .max(MAX_NAMESPACE_ID, "must be at most 2^32 - 1"),
});

/** The counter of ids: `{"version":1,"nextId":8}`. */
export function encodeNextId(nextId: number): Uint8Array {
  return encodeJsonRecord({ nextId });
}

/** Throws CLUSTER_DAMAGED. */
export function decodeNextId(value: Uint8Array): number {
  return decodeJsonRecord("the counter of namespace ids", counterShape, value).nextId;
}

/** Throws NAMESPACE_NOT_FOUND: the caller wants to change one. */
export function createdNamespace(policy: Policy, id: number): StoredNamespace {
  if (policy.revision !== 0) throw notFound();
  const classes = { current: classFor(policy.maxWindowMs, policy.maxLeaseMs) };
  return { id, policy: { ...policy, revision: 1 }, classes };
}

/** Throws UNSAFE_REQUEST when an earlier change of the longest window is still taking effect. */
export function changedNamespace(
  stored: StoredNamespace,
  policy: Policy,
  nowMs: number,
  maxClockOffsetMs: number,
): StoredNamespace {
  const { id, classes } = stored;
  const change = classesAfterChange(
    classes,
    classFor(policy.maxWindowMs, policy.maxLeaseMs),
    nowMs,
  );
  if (change.type === "refused") {
    throw new ClaimdError(
      "UNSAFE_REQUEST",
      `max_window_ms: an earlier change is still taking effect, for ${change.waitMs} ms more`,
      { retryAfterMs: change.waitMs },
    );
  }
  const isSame = change.classes === classes;
  return {
    id,
    policy: { ...policy, revision: stored.policy.revision + 1 },
    classes: isSame ? classes : forSlowestClock(change.classes, maxClockOffsetMs),
  };
}

/** Another node's clock may be behind the one by which the end was worked out. */
function forSlowestClock(classes: GenerationClasses, maxClockOffsetMs: number): GenerationClasses {
  const { current, previous } = classes;
  if (previous === undefined) return classes;
  return { current, previous: { ...previous, untilMs: previous.untilMs + maxClockOffsetMs } };
}

/** Throws NAMESPACE_NOT_FOUND. */
export function existingNamespace(stored: StoredNamespace | undefined): StoredNamespace {
  if (stored === undefined) throw notFound();
  return stored;
}

/** Throws STALE_REVISION. */
export function guardPolicyRevision({ policy }: StoredNamespace, revision: number): void {
  if (policy.revision === revision) return;
  throw new ClaimdError(
    "STALE_REVISION",
    `revision: ${revision}, but the current one is ${policy.revision}: read it again`,
  );
}

function notFound(): ClaimdError {
  return new ClaimdError("NAMESPACE_NOT_FOUND", "no such namespace");
}
