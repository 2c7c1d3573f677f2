/**
 * When nobody served a partition, as its next leader can tell: from when its last leader was heard,
 * or from its last entry, until it serves. Leases that ran then get a grace (claim/views.ts).
 *
 * Never longer ago than the truth on purpose: a member heard the leader as long as it served, so
 * what it takes for the stop is not later than that by more than a heartbeat.
 */
import { LIMITS } from "../../limits.ts";
import type { Outage } from "../../storage/outage.ts";

/** Owners bear as much without a grace: they renew three times a lease. */
const SHORT_MS = 1000;
/** A third of the longest lease. */
const LONGEST_GRACE_MS = Math.ceil(LIMITS.leaseMs.max / 3);
const MOST_OUTAGES = 20;

export class PartitionOutages {
  /** By partition: this node's clock when a leader was heard last. */
  readonly #heardAtMs = new Map<number, number>();
  readonly #outages = new Map<number, Outage>();

  heard(partition: number, nowMs: number): void {
    this.#heardAtMs.set(partition, nowMs);
  }

  /** This node serves it from now on. `lastStampMs`: of its last entry. */
  resumed(partition: number, lastStampMs: number, nowMs: number): void {
    const stoppedAtMs = Math.max(lastStampMs, this.#heardAtMs.get(partition) ?? 0);
    if (nowMs - stoppedAtMs < SHORT_MS) return;
    const earlier = this.#outages.get(partition);
    this.#outages.set(partition, {
      stoppedAtMs,
      resumedAtMs: nowMs,
      earlier: recent(earlier, stoppedAtMs - LONGEST_GRACE_MS, MOST_OUTAGES - 1),
    });
  }

  of(partition: number): Outage | undefined {
    return this.#outages.get(partition);
  }
}

/** Those whose grace may last, at most so many. */
function recent(outage: Outage | undefined, sinceMs: number, most: number): Outage | undefined {
  if (outage === undefined || outage.resumedAtMs < sinceMs || most === 0) return undefined;
  return { ...outage, earlier: recent(outage.earlier, sinceMs, most - 1) };
}
