/** What `bench soak` leaves: a load at a fixed rate, second by second, from both sides. */
import type { ClosedMeasurement, OpenMeasurement } from "./load.ts";
import type { ReportHead } from "./report.ts";
import type { Drift, Stall } from "./soak-drift.ts";

export interface SoakReport extends ReportHead {
  readonly kind: "soak";
  /** Of the namespaces, each with its share of the claims. */
  readonly windowsMs: readonly number[];
  /** The closed loop whose rate the soak's is a share of; undefined when the rate was given. */
  readonly maximum: ClosedMeasurement | undefined;
  /** Of that maximum. */
  readonly share: number | undefined;
  /** What was asked for. */
  readonly ratePerSecond: number;
  /** Without its timeline, which stands in `points`. Undefined when the run was ended early. */
  readonly measurement: OpenMeasurement | undefined;
  /** At most some hundreds: neighbours are merged, the worst of them is kept. */
  readonly points: readonly SoakPoint[];
  readonly drift: Drift | undefined;
  /** The second with the longest stop, whatever its length; undefined when there was none. */
  readonly longestStall: Stall | undefined;
  /** Seconds with a stop of more than 250 ms; the worst when there are many. */
  readonly stalls: readonly Stall[];
  readonly stalledSeconds: number;
}

/** What callers saw and what the server told at the end of a stretch of time. */
export interface SoakPoint {
  readonly atSeconds: number;
  readonly claimsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** RssAnon of the server; undefined where there is no /proc. */
  readonly anonymousBytes: number | undefined;
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly recordsDiskBytes: number;
  readonly journalDiskBytes: number;
  readonly records: number;
  readonly generations: number;
  /** Over and not yet removed. */
  readonly dropping: number;
  /** Since the start. */
  readonly dropped: number;
  readonly overlayRecords: number;
  readonly levelZeroFiles: number;
  /** Longest stop of the server's event loop. */
  readonly stallMs: number;
  readonly utilization: number;
}
