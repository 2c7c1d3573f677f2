/**
 * Who owns a claim, and who did before.
 *
 * Claim ids are compared with a plain loop, not in constant time: an id is 128 random bits, a guess
 * costs a whole call, and the wait for a turn and its sync hides nanoseconds behind milliseconds. A
 * native comparison costs more than these 16 bytes do.
 *
 * A record remembers the first 8 bytes of the claim ids that held an earlier attempt of its key, so
 * that a late copy of an old claim can't own a further one. At most LIMITS.spentClaimIds of them:
 * beyond it the oldest is forgotten, whose copies are by then as old as that many attempts.
 */

import { LIMITS } from "../limits.ts";
import type { ClaimRecord } from "../storage/claim-record.ts";

/** Of 128 random bits: two ids of one key that share these are one in 2^64. */
const SPENT_BYTES = 8;
const MAX_SPENT_BYTES = LIMITS.spentClaimIds.max * SPENT_BYTES;

/** Of a key that nobody held before. Shared; nobody writes into a record. */
export const NONE_SPENT = new Uint8Array(0);

export function isOwner(record: ClaimRecord, claimId: Uint8Array): boolean {
  const owner = record.claimId;
  if (owner === undefined || owner.length !== claimId.length) return false;
  for (let at = 0; at < owner.length; at++) {
    if (owner[at] !== claimId[at]) return false;
  }
  return true;
}

/** Whether the claim id held an earlier attempt; the present owner's is not among these. */
export function isSpent(record: ClaimRecord, claimId: Uint8Array): boolean {
  const spent = record.spentClaimIds;
  for (let start = 0; start < spent.length; start += SPENT_BYTES) {
    let at = 0;
    while (at < SPENT_BYTES && spent[start + at] === claimId[at]) at++;
    if (at === SPENT_BYTES) return true;
  }
  return false;
}

/** What is spent once the record's owner no longer owns the key. */
export function spentWithOwner(record: ClaimRecord): Uint8Array {
  const { claimId, spentClaimIds } = record;
  if (claimId === undefined) return spentClaimIds;
  const kept =
    spentClaimIds.length < MAX_SPENT_BYTES ? spentClaimIds : spentClaimIds.subarray(SPENT_BYTES);
  const spent = new Uint8Array(kept.length + SPENT_BYTES);
  spent.set(kept);
  for (let at = 0; at < SPENT_BYTES; at++) spent[kept.length + at] = claimId[at] ?? 0;
  return spent;
}
