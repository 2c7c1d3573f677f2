/**
 * Keeps one namespace from starving the others: claims per second, stored records, bytes.
 *
 * The bound on parked claims stands where claims are parked (parked.ts).
 */

import type { Refusal } from "../claim/reply.ts";
import { refusal } from "./refusals.ts";

const SECOND_MS = 1000;

/** A token bucket that holds one second of claims, counted in whole claims. */
export class ClaimBucket {
  #claims = 0;
  #filledAtMs = 0;

  /** Takes one claim out; otherwise how long until there is one, in milliseconds. */
  take(claimsPerSecond: number, nowMs: number): number {
    if (claimsPerSecond === 0) return 0;
    const grown = ((nowMs - this.#filledAtMs) * claimsPerSecond) / SECOND_MS;
    this.#claims = Math.min(claimsPerSecond, this.#claims + grown);
    this.#filledAtMs = nowMs;
    if (this.#claims < 1) return Math.ceil(((1 - this.#claims) * SECOND_MS) / claimsPerSecond);
    this.#claims -= 1;
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
