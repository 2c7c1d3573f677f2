/** What a node says of itself: the shapes, for those who tell it and those who show it. */

/** Unsettled keys of a namespace. */
export interface UnsettledSample {
  readonly leases: number;
  readonly held: number;
  readonly exhausted: number;
  readonly oldestLeaseMs: number;
}

export interface NamespaceStats {
  readonly name: string;
  /** Stored, expired ones of live slices included. */
  readonly records: number;
  readonly bytes: number;
  /** Undefined until the index of unsettled keys is built. */
  readonly unsettled: UnsettledSample | undefined;
}

export interface StorageStats {
  readonly journalSequence: number;
  readonly appliedSequence: number;
  readonly journalBytes: number;
  readonly overlayRecords: number;
  readonly generations: number;
  readonly generationsDropped: number;
  /** Over and not yet removed. */
  readonly generationsDropping: number;
  /** Filters and index, in the background after a start. */
  readonly rebuilding: boolean;
  readonly diskFreeBytes: number;
  /** Low space or records behind. */
  readonly grantsRefused: boolean;
  /** LevelDB's table files by level. */
  readonly levelFiles: readonly number[];
}

/** What a node says of itself: to Admin.Stats and to whoever reads the metrics. */
export interface NodeStats {
  readonly nodeId: string;
  readonly version: string;
  readonly uptimeMs: number;
  readonly namespaces: readonly NamespaceStats[];
  readonly storage: StorageStats;
  readonly clock: { readonly offsetMs: number; readonly alarm: boolean };
  /** In the queue of the turn. */
  readonly waitingCommands: number;
  readonly parkedClaims: number;
  /** Undefined on a single node. */
  readonly cluster: ClusterStats | undefined;
}

export interface PeerStats {
  readonly store: string;
  /** Undefined while no node with this store is alive. */
  readonly node: string | undefined;
  readonly connected: boolean;
  readonly unsentBytes: number;
  readonly droppedMessages: number;
}

export interface ReplicaStats {
  /** Partitions of which this node has a replica. */
  readonly roles: Readonly<Record<"SERVING" | "RECOVERING" | "SEALED" | "FOLLOWING", number>>;
  /** Of those it leads: fewer in sync than there are replicas. */
  readonly underReplicated: number;
  readonly moving: number;
  /** How many entries the last of those in sync lacks, at most. */
  readonly lagEntries: number;
}

export interface ClusterStats extends ReplicaStats {
  readonly cluster: string;
  readonly store: string;
  readonly boot: number;
  readonly epochsBegun: number;
  readonly epochsEnded: number;
  readonly snapshotsSent: number;
  readonly snapshotsTaken: number;
  readonly peers: readonly PeerStats[];
}
