/**
 * The namespaces of the scenario `mixed`: one claim after the other goes to the next of them.
 *
 * Must stay true: no window is shorter than a load could take between a claim and its repetition,
 * or the oracle would call a key wrong that was rightly granted again.
 */
import { createHash } from "node:crypto";
import type { Namespace } from "@claimd/proto";

export interface MixedNamespace {
  /** Behind the name of the bench's own namespace. */
  readonly name: string;
  readonly policy: Omit<Namespace, "name">;
  /** Sent with each claim. */
  readonly fingerprint?: Uint8Array;
  /** Claimed and completed in two calls, so that the lease is used. */
  readonly twoCalls: boolean;
}

/** Leases are part of how long a key is kept, so they are short as well. */
export function withWindow(
  policy: MixedNamespace["policy"],
  windowMs: number,
): MixedNamespace["policy"] {
  return { ...policy, windowMs, leaseMs: SHORT_LEASE_MS, maxLeaseMs: SHORT_LEASE_MS };
}

const SHORT_LEASE_MS = 10_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const FINGERPRINT = createHash("sha256").update("a payload").digest();

export const MIXED_NAMESPACES: readonly [MixedNamespace, ...MixedNamespace[]] = [
  { name: "events", policy: { windowMs: HOUR_MS, fingerprint: "OFF" }, twoCalls: false },
  {
    name: "orders",
    policy: { windowMs: DAY_MS, fingerprint: "OPTIONAL" },
    fingerprint: FINGERPRINT,
    twoCalls: false,
  },
  {
    name: "jobs",
    policy: { windowMs: 6 * HOUR_MS, leaseMs: 10_000, maxAttempts: 5 },
    twoCalls: true,
  },
  {
    name: "payouts",
    policy: {
      windowMs: 7 * DAY_MS,
      leaseMs: 2 * MINUTE_MS,
      onLeaseExpiry: "HOLD",
      fingerprint: "REQUIRED",
    },
    fingerprint: FINGERPRINT,
    twoCalls: true,
  },
];
