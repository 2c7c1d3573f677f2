/**
 * What an in-memory coordinator gets wrong, and when: all that etcd, its client and the network
 * between them have been seen to do.
 *
 * The coordinator asks at every occasion, in the order of what it does, and has no randomness of
 * its own: the same answers give the same run. None of it takes back what was applied, and none
 * answers "applied" or "conflict" when it isn't so.
 */

/**
 * answered: the true outcome. lost: never applied, "unknown". unanswered: applied if its guards
 * hold, "unknown". delayed: "unknown" now, and so much later applied if its guards hold then.
 */
export type TransactionFate = "answered" | "lost" | "unanswered" | { readonly delayedMs: number };

/** Milliseconds until it is told; what comes behind it waits too. "missed": never told. */
export type ChangeFate = number | "missed";

export interface Misbehaviour {
  /** Nobody is there. Asked before everything else, once for each call. */
  outage(): boolean;
  transaction(): TransactionFate;
  /** By how many revisions a read or a list is behind; 0 = as it is. */
  lag(): number;
  /** How long a lease of `leaseMs` really lasts, at its registration and at each renewal. */
  leaseMs(leaseMs: number): number;
  /** What a renewal says of a lease that is there, or gone. */
  renewal(there: boolean): boolean;
  /** Asked for each change and each watch that it concerns. */
  change(): ChangeFate;
}

export const WELL_BEHAVED: Misbehaviour = {
  outage: () => false,
  transaction: () => "answered",
  lag: () => 0,
  leaseMs: (leaseMs) => leaseMs,
  renewal: (there) => there,
  change: () => 0,
};

/** What a test writes down for the next occasions; well behaved where nothing stands. */
export class ScriptedMisbehaviour implements Misbehaviour {
  isOut = false;
  readonly transactions: TransactionFate[] = [];
  readonly lags: number[] = [];
  readonly leases: number[] = [];
  readonly renewals: boolean[] = [];
  readonly changes: ChangeFate[] = [];

  outage(): boolean {
    return this.isOut;
  }

  transaction(): TransactionFate {
    return this.transactions.shift() ?? "answered";
  }

  lag(): number {
    return this.lags.shift() ?? 0;
  }

  leaseMs(leaseMs: number): number {
    return this.leases.shift() ?? leaseMs;
  }

  renewal(there: boolean): boolean {
    return this.renewals.shift() ?? there;
  }

  change(): ChangeFate {
    return this.changes.shift() ?? 0;
  }
}

/** Probabilities, 0 to 1, and how far each goes at most. */
export interface MisbehaviourRates {
  /** Of a single call that finds nobody. */
  readonly outage: number;
  readonly lost: number;
  readonly unanswered: number;
  readonly delayed: number;
  readonly mostDelayMs: number;
  readonly stale: number;
  readonly mostLag: number;
  /** Of a lease that is revoked before its time. */
  readonly revoked: number;
  /** Of a renewal that says the opposite. */
  readonly wrongRenewal: number;
  readonly missedChange: number;
  readonly delayedChange: number;
}

export const NO_MISBEHAVIOUR: MisbehaviourRates = {
  outage: 0,
  lost: 0,
  unanswered: 0,
  delayed: 0,
  mostDelayMs: 0,
  stale: 0,
  mostLag: 0,
  revoked: 0,
  wrongRenewal: 0,
  missedChange: 0,
  delayedChange: 0,
};

/** `next` gives numbers, 0 ≤ x < 1; `rates` are read at every occasion, so that faults can end. */
export function randomMisbehaviour(
  next: () => number,
  rates: () => MisbehaviourRates,
): Misbehaviour {
  /** 1 to `most`. */
  const upTo = (most: number): number => 1 + Math.floor(next() * most);
  return {
    outage: () => next() < rates().outage,
    transaction: () => {
      const { lost, unanswered, delayed, mostDelayMs } = rates();
      const drawn = next();
      if (drawn < lost) return "lost";
      if (drawn < lost + unanswered) return "unanswered";
      return drawn < lost + unanswered + delayed ? { delayedMs: upTo(mostDelayMs) } : "answered";
    },
    lag: () => (next() < rates().stale ? upTo(rates().mostLag) : 0),
    leaseMs: (leaseMs) => (next() < rates().revoked ? Math.floor(next() * leaseMs) : leaseMs),
    renewal: (there) => (next() < rates().wrongRenewal ? !there : there),
    change: () => {
      const { missedChange, delayedChange, mostDelayMs } = rates();
      const drawn = next();
      if (drawn < missedChange) return "missed";
      return drawn < missedChange + delayedChange ? upTo(mostDelayMs) : 0;
    },
  };
}
