/**
 * Keeps one namespace from starving the others: claims per second, stored records, bytes.
 *
 * The bound on parked claims stands where claims are parked (parked.ts).
 */

import type { Refusal } from "../claim/reply.ts";
import type { Policy } from "../storage/policy.ts";
import { refusal } from "./refusals.ts";

const SECOND_MS = 1000;
/** One claim, in thousandths. */
const CLAIM = 1000;

/** A token bucket that holds one second of claims; counted in thousandths, so that it is exact. */
export class ClaimBucket {
  #thousandths = 0;
  #filledAtMs = 0;

  /** Takes one claim out; otherwise how long until there is one, in milliseconds. */
  take(claimsPerSecond: number, nowMs: number): number {
    if (claimsPerSecond === 0) return 0;
    const grown = (nowMs - this.#filledAtMs) * claimsPerSecond;
    this.#thousandths = Math.min(claimsPerSecond * SECOND_MS, this.#thousandths + grown);
    this.#filledAtMs = nowMs;
    if (this.#thousandths < CLAIM) return Math.ceil((CLAIM - this.#thousandths) / claimsPerSecond);
    this.#thousandths -= CLAIM;
    return 0;
  }
}

export function overClaimRate(claimsPerSecond: number, retryAfterMs: number): Refusal {
  return refusal(
    "QUOTA_EXCEEDED",
    `quota.claims_per_second: more than ${claimsPerSecond} claims a second`,
    retryAfterMs,
  );
}

export function boundsStored({ policy: { quota } }: { readonly policy: Policy }): boolean {
  return quota.records > 0 || quota.bytes > 0;
}

export function overStored(field: "records" | "bytes", stored: number, bound: number): Refusal {
  return refusal("QUOTA_EXCEEDED", `quota.${field}: ${stored} stored, at most ${bound}`, SECOND_MS);
}

export function overWaiting(waiting: number, bound: number): Refusal {
  return refusal(
    "QUOTA_EXCEEDED",
    `quota.waiting: ${waiting} parked claims, at most ${bound}`,
    SECOND_MS,
  );
}
