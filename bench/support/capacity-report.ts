/** What `bench capacity` leaves: one growing store, looked at again at each number of keys. */
import type { ClosedMeasurement } from "./load.ts";
import type { ReportHead } from "./report.ts";
import type { Rate } from "./timeline.ts";

export interface CapacityReport extends ReportHead {
  readonly kind: "capacity";
  readonly keyBytes: number;
  /** The first is the empty store. */
  readonly steps: readonly CapacityStep[];
  /** Undefined when it was left out. */
  readonly dropping: DroppingResult | undefined;
}

export interface CapacityStep {
  /** Stored when memory and disk were looked at; the measurements after it add to them. */
  readonly keys: number;
  /** How the keys that this step added came in; undefined when there was none to add. */
  readonly filled: Rate | undefined;
  /** RssAnon of the server; undefined where there is no /proc. */
  readonly anonymousBytes: {
    /** From the start of the filling on; undefined when nothing was filled. */
    readonly peak: number | undefined;
    /** Everything applied, and the folder no longer changing. */
    readonly atRest: number | undefined;
  };
  /** At rest, as they are: nothing was compacted on purpose. */
  readonly diskBytes: { readonly records: number; readonly journal: number };
  readonly measurements: readonly ClosedMeasurement[];
  /** Undefined for the empty store. */
  readonly restart: RestartResult | undefined;
}

/** SIGKILL while claims were being made, and a start on the same folder. */
export interface RestartResult {
  /** Stored when the server was killed, as it told itself within the second before. */
  readonly keys: number;
  /** From the start of the process to its ready line. */
  readonly readySeconds: number;
  /** From the start of the process to the first answer, through a client made at the ready line. */
  readonly firstClaimSeconds: number;
  /** Keys answered as first just before the kill; all were duplicates afterwards. */
  readonly keysKept: number;
  /** From the ready line until filters and index were rebuilt, under load. */
  readonly rebuiltSeconds: number;
  /** Undefined when it was over before the load had begun. */
  readonly whileRebuilding: Rate | undefined;
}

/** One load without a pause, before and while generations are dropped. */
export interface DroppingResult {
  /** Of the namespace whose generations were dropped. */
  readonly keys: number;
  /** In the other namespace, which the load was put on, when the load began. */
  readonly keysBeside: number;
  readonly windowMs: number;
  readonly callers: number;
  readonly before: Rate;
  /** Only seconds at whose beginning and end the server said that it was dropping. */
  readonly whileDropping: Rate;
  /** Tells a machine that got slower by itself from a drop that costs. */
  readonly after?: Rate;
  readonly ratio: number;
  /** Slices dropped as a whole while the load went on. */
  readonly dropped: number;
  readonly timeline: readonly DroppingPoint[];
}

export interface DroppingPoint {
  readonly atSeconds: number;
  readonly claimsPerSecond: number;
  readonly dropping: number;
}
