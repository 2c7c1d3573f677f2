/**
 * What is stored of a key: one shape per state, impossible states can't be written.
 *
 * A key without a record, or with one whose expiry has passed, is *absent*. *Running* and *lapsed*
 * are views of IN_PROGRESS that depend on the time (claim/views.ts).
 */

export interface Result {
  readonly data: Uint8Array;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly ref: string;
  /** The data was larger than the namespace keeps; `sizeBytes` is what it was. */
  readonly omitted: boolean;
  readonly sizeBytes: number;
}

interface Identity {
  /** Highest token of the key, < 2^53. */
  readonly token: number;
  /** 1, 2, …; 0 only in a record that was released by forget-on-complete. */
  readonly attempt: number;
  /** Fixed at the grant: how long the key is remembered once it is settled. */
  readonly windowMs: number;
  /** 1 to 32 bytes. */
  readonly fingerprint: Uint8Array | undefined;
  /** W3C trace context of the claim; "" = none. */
  readonly traceparent: string;
  /** First 8 bytes of claim ids that once held this key, oldest first, one behind the other. */
  readonly spentClaimIds: Uint8Array;
}

export interface InProgress extends Identity {
  readonly state: "IN_PROGRESS";
  /** 16 bytes. */
  readonly claimId: Uint8Array;
  /** Fixed at the grant: HOLD instead of RECLAIM after a lapse. */
  readonly hold: boolean;
  readonly holder: string;
  readonly grantedAtMs: number;
  /**
   * Length of the lease as last asked for; in a restart grace it may have been given for longer.
   */
  readonly leaseMs: number;
  readonly leaseUntilMs: number;
}

export interface Released extends Identity {
  readonly state: "RELEASED";
  /** 16 bytes; undefined when an operator resolved the claim. */
  readonly claimId: Uint8Array | undefined;
  readonly settledAtMs: number;
  /** By Complete under forgetOnComplete: a Complete sent again is ALREADY_APPLIED. */
  readonly completed: boolean;
  /** By Resolve: one further attempt is granted although the attempts are used up. */
  readonly extraAttempt: boolean;
}

export interface Completed extends Identity {
  readonly state: "COMPLETED";
  readonly claimId: Uint8Array | undefined;
  readonly settledAtMs: number;
  readonly result: Result | undefined;
}

export interface Failed extends Identity {
  readonly state: "FAILED";
  readonly claimId: Uint8Array | undefined;
  readonly settledAtMs: number;
  readonly result: Result | undefined;
}

export interface Held extends Identity {
  readonly state: "HELD";
  readonly claimId: Uint8Array;
  readonly holder: string;
  readonly settledAtMs: number;
}

export type ClaimRecord = InProgress | Released | Completed | Failed | Held;
export type RecordState = ClaimRecord["state"];

/**
 * When the key is forgotten, restart grace aside: the window counts from lease end or settlement.
 */
export function expiresAtMs(record: ClaimRecord): number {
  return (
    (record.state === "IN_PROGRESS" ? record.leaseUntilMs : record.settledAtMs) + record.windowMs
  );
}
