/** What the client counted since it was made. `client.stats()` gives a copy. */

export interface Counters {
  /** Commands that were asked, whatever became of them. */
  commands: number;
  frames: number;
  /** Commands sent again, after a broken stream or an UNAVAILABLE. */
  retries: number;
  /** Streams that were lost while they were needed. */
  disconnects: number;
  /** Grants that came after their caller had given up, and were given back. */
  lateGrants: number;
  /** Effects that ran without a claim because nobody could be asked (`onUnavailable`). */
  failedOpen: number;
  /** Handles that were disposed of, or whose handler failed, and could not be settled. */
  unsettled: number;
  cacheHits: number;
  /** Claims of hot keys that were answered by another one's call of the same moment. */
  sharedClaims: number;
  /** Commands sent on to another node because the one that was asked does not lead. */
  redirects: number;
  /** What nodes said of the topology, and what of it was malformed and passed over. */
  topologies: number;
  topologiesIgnored: number;
}

export function zeroCounters(): Counters {
  return {
    commands: 0,
    frames: 0,
    retries: 0,
    disconnects: 0,
    lateGrants: 0,
    failedOpen: 0,
    unsettled: 0,
    cacheHits: 0,
    sharedClaims: 0,
    redirects: 0,
    topologies: 0,
    topologiesIgnored: 0,
  };
}
