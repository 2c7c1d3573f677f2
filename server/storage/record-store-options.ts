/** How a record store is opened, and what it says of itself. */
import type { ClaimdError } from "../errors.ts";
import type { ApplierLog } from "./applier.ts";
import type { DroppingStats } from "./dropping.ts";
import type { Outage } from "./outage.ts";
import type { Journal } from "./journal.ts";
import type { LevelDatabase } from "./level-database.ts";
import type { RunKeys } from "./slice-runs.ts";

export interface RecordStoreOptions {
  /** The directory of LevelDB. */
  readonly path: string;
  readonly journal: Journal;
  /** 16 bytes; records of another store are refused. */
  readonly storeId: Uint8Array;
  /** The node's clock, at least the journal's last stamp. */
  readonly nowMs: () => number;
  readonly log: ApplierLog;
  /** The records are damaged: the process must end. May be called more than once. */
  readonly onDamage: (error: ClaimdError) => void;
  /** The last outage: leases that ran when it began count as running for a while more. */
  readonly outage?: Outage | undefined;
  readonly onProgress?: (entries: number, sequence: number) => void;
  /** A member of a cluster: writes are applied when they are committed. Default: a single node. */
  readonly member?: boolean;
  /** A generation is kept so much longer than its records say. 0 on a single node. */
  readonly slackMs?: number;
  readonly writeBufferBytes?: number;
  readonly cacheBytes?: number;
  /** A layer goes to LevelDB with this many writes, or when it is this old. */
  readonly layerRecords?: number;
  readonly layerMs?: number;
  /** What LevelDB may be behind before grants are refused; at most what LIMITS says. */
  readonly overlayRecords?: number;
  readonly overlayBytes?: number;
  /** How many keys runs are for; other numbers in tests. */
  readonly runKeys?: RunKeys;
  /** How much journal a segment holds, for what is retained. */
  readonly segmentBytes?: number;
  /** LevelDB itself; another one in tests. */
  readonly database?: LevelDatabase;
}

export interface RecordStoreStats {
  readonly appliedSequence: number;
  readonly overlayRecords: number;
  readonly overlayBytes: number;
  readonly generations: number;
  readonly filterBytes: number;
  readonly levelZeroFiles: number;
  /** LevelDB failed and is being opened again. */
  readonly reopening: boolean;
  /** The background scan after the start goes on. */
  readonly rebuilding: boolean;
  readonly drops: DroppingStats;
}
