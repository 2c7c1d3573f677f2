/**
 * What etcd holds of one partition: who leads it, who is in sync, at which epoch, where it lives.
 *
 * Never changed but by a transaction guarded on its revision (R1), and only as `recordProblem`
 * allows. It never tells who serves at this moment: that is what a leader earns from its members.
 *
 * Must stay true: leader ∈ inSync ⊆ voters; epoch and joins never fall.
 */

/** One run of a store, from one start to the next. What a store promised outlives its runs. */
export interface Incarnation {
  /** Made with the data directory: an emptied disk is another store. */
  readonly store: string;
  /** 1 for the store's first start. */
  readonly boot: number;
}

/**
 * VOTER: may be in sync. LEARNER: is being brought up to date. LEAVING: on its way out, never in
 * sync again under this join.
 */
export type ReplicaRole = "VOTER" | "LEARNER" | "LEAVING";

export interface Replica {
  readonly store: string;
  /** The value of `joins` when it was added: tells this membership from an earlier one. */
  readonly join: number;
  readonly role: ReplicaRole;
}

export interface PartitionRecord {
  /** +1 with every change of leader and every restart of one; fences data traffic. */
  readonly epoch: number;
  readonly leader: string;
  readonly leaderBoot: number;
  /** Incarnations, not names; contains the leader. */
  readonly inSync: readonly Incarnation[];
  readonly replicas: readonly Replica[];
  /** Only grows: the last join given. */
  readonly joins: number;
  /** Stores the partition is to end on, the first as its leader; undefined = where it is. */
  readonly goal: readonly string[] | undefined;
  /** An operator wants it to stay as it is: no moves. */
  readonly frozen: boolean;
  /** Of the writer, new with each write: tells one's own write from another's. */
  readonly nonce: string;
}
