/**
 * A namespace's policy: what is stored of it, with every default filled in.
 *
 * `claim/` decides by it, `rpc/` validates against it, `storage/` keeps it.
 */

export interface Quota {
  /** A token bucket that holds one second; 0 = no bound, here and below. */
  readonly claimsPerSecond: number;
  /** Stored records, expired ones of live generations included. */
  readonly records: number;
  readonly bytes: number;
  /** Parked claims. */
  readonly waiting: number;
}

export interface Policy {
  /** 1 to 64 of [a-z0-9-]. */
  readonly name: string;
  /** 1 when created, +1 with every change. */
  readonly revision: number;
  readonly windowMs: number;
  readonly maxWindowMs: number;
  readonly leaseMs: number;
  readonly maxLeaseMs: number;
  readonly maxWaitMs: number;
  readonly onLeaseExpiry: "RECLAIM" | "HOLD";
  /** 0 = no bound. */
  readonly maxAttempts: number;
  readonly fingerprint: "OPTIONAL" | "OFF" | "REQUIRED";
  readonly resultMaxBytes: number;
  readonly forgetOnComplete: boolean;
  readonly observe: boolean;
  readonly paused: boolean;
  readonly quota: Quota;
}
