/**
 * A namespace as this node serves it: its policy, the classes its records stand in, its counts.
 *
 * There is one object per namespace for as long as it exists; a change of policy replaces `policy`
 * between two turns, so a command that was validated before is decided by the policy of its turn.
 */

import type { ClaimStatus, SettleStatus } from "../claim/reply.ts";
import type { GenerationClasses } from "../storage/generation.ts";
import type { Policy } from "../storage/policy.ts";
import { ClaimBucket } from "./quota.ts";

/** Plain numbers, because they are counted 100,000 times a second; metrics.ts reads them. */
export interface NamespaceCounts {
  /** As decided: observe mode shows here what would have been deduplicated. */
  readonly claims: Record<ClaimStatus, number>;
  readonly settles: Record<SettleStatus, number>;
  shadowed: number;
  late: number;
  reclaimed: number;
  possibleDoubles: number;
  lapses: number;
  /** HELD keys that were forgotten unresolved. */
  heldExpired: number;
  /** Claims refused by quota. */
  overQuota: number;
}

export class Namespace {
  /** Never used again, also after deletion. */
  readonly id: number;
  readonly name: string;
  readonly counts: NamespaceCounts = {
    claims: {
      GRANTED: 0,
      IN_PROGRESS: 0,
      COMPLETED: 0,
      FAILED: 0,
      HELD: 0,
      EXHAUSTED: 0,
      MISMATCH: 0,
    },
    settles: { APPLIED: 0, ALREADY_APPLIED: 0, STALE_OWNER: 0, NOT_FOUND: 0 },
    shadowed: 0,
    late: 0,
    reclaimed: 0,
    possibleDoubles: 0,
    lapses: 0,
    heldExpired: 0,
    overQuota: 0,
  };
  policy: Policy;
  classes: GenerationClasses;
  deleted = false;
  readonly bucket = new ClaimBucket();

  constructor(id: number, policy: Policy, classes: GenerationClasses) {
    this.id = id;
    this.name = policy.name;
    this.policy = policy;
    this.classes = classes;
  }
}
