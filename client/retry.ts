/**
 * When to try again, and what may be tried again at all.
 *
 * Only what was UNAVAILABLE is sent again, always with the same claim id, so that a retry can't be
 * taken for a rival. PAUSED is unavailable too, but for as long as an operator wants: it is thrown.
 */
import type { ClaimdError } from "./errors.ts";

const FIRST_MS = 20;
const LONGEST_MS = 500;

export function isRetryable(error: ClaimdError): boolean {
  return error.code === "UNAVAILABLE";
}

/**
 * How long to wait before the try after `failures` failed ones, half of it at random so that the
 * clients of a node that comes back do not come back together. `fraction` is from 0 up to 1.
 */
export function backoffMs(failures: number, fraction: number): number {
  const ceilingMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  return ceilingMs * (0.5 + fraction / 2);
}
