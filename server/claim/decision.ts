/** What `decide` takes beside record and command, and what it gives. */

import type { ClaimRecord } from "../storage/claim-record.ts";
import type { Outage } from "../storage/outage.ts";
import type { Policy } from "../storage/policy.ts";
import type { Refusal, Reply } from "./reply.ts";

/** The circumstances of one decision, all given: `decide` asks the world for nothing. */
export interface Turn {
  readonly nowMs: number;
  readonly policy: Policy;
  /** What a grant made now gets. */
  readonly nextToken: number;
  readonly outage: Outage | undefined;
  /**
   * How far apart the clocks may be of those who decide about the key one after the other. A lease
   * ends for others, and a key is forgotten, when that is so by any of them. 0 on a single node.
   */
  readonly maxClockOffsetMs: number;
  /** Why nothing may be granted anew (paused, quota, low disk); undefined = go on. */
  readonly grantsRefused: Refusal | undefined;
}

export interface Decision {
  readonly reply: Reply;
  /** The record that now stands, "removed", or undefined when nothing changes. */
  readonly write: ClaimRecord | "removed" | undefined;
}
