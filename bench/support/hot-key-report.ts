/** The part of a report that says what a hot key does to a cluster. */
import type { ClusterShape } from "./claimd-cluster.ts";
import type { HotKeyWay } from "./hot-key-target.ts";
import type { OpenMeasurement } from "./load.ts";
import type { ReportHead } from "./report.ts";

export interface HotKeyReport extends ReportHead {
  readonly kind: "hot-key";
  readonly shape: ClusterShape;
  /** In turn they claim the hot key. */
  readonly clients: number;
  /** Claims of other keys that go on all the time: half of them of the hot key's partition. */
  readonly othersPerSecond: number;
  readonly phases: readonly HotKeyPhase[];
}

/** One load of the hot key, in one turn. The oracle has seen that nobody was granted the key. */
export interface HotKeyPhase {
  readonly turn: number;
  /** Undefined: nobody asked for it. */
  readonly hot: HotKeyLoad | undefined;
  /** For how long the nodes were looked at, while all loads were on. */
  readonly seconds: number;
  readonly nodes: readonly NodeWork[];
  /** Of other keys in the hot key's partition, and in all others. */
  readonly neighbours: AskedLoad;
  readonly elsewhere: AskedLoad;
}

export interface HotKeyLoad {
  readonly way: HotKeyWay;
  readonly asked: AskedLoad;
}

export interface NodeWork {
  /** It leads the hot key's partition. */
  readonly leads: boolean;
  /** Undefined where /proc does not tell. */
  readonly cpuSeconds: number | undefined;
  /** Claims of the hot key: no other is asked for twice. */
  readonly hotAnswers: number;
}

export type AskedLoad = Pick<
  OpenMeasurement,
  | "offeredPerSecond"
  | "achievedPerSecond"
  | "claims"
  | "latency"
  | "lateStarts"
  | "saturated"
  | "unanswered"
>;
