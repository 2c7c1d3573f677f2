/** The part of a report that says what callers notice while the nodes of a cluster change. */
import type { ClusterShape } from "./claimd-cluster.ts";
import type { OpenMeasurement } from "./load.ts";
import type { ReportHead } from "./report.ts";

export const CLUSTER_EVENT_NAMES = ["hand-over", "moves", "restart", "kill", "freeze"] as const;

/** See scenarios/cluster-events.ts. */
export type ClusterEventName = (typeof CLUSTER_EVENT_NAMES)[number];

export const MOVED_AT_ONCE = 60;
export const FROZEN_SECONDS = 30;
/** Longer than a lease: others lead by then. */
export const AWAY_SECONDS = 20;

/** After the load has begun to be measured. */
export const HAPPENS_AFTER_SECONDS = 0.5;

export interface AvailabilityReport extends ReportHead {
  readonly kind: "availability";
  readonly shape: ClusterShape;
  readonly episodes: readonly Episode[];
}

/** One event, and the load under which it happened. */
export interface Episode {
  readonly event: ClusterEventName;
  /** From its begin until the cluster was whole again. */
  readonly tookSeconds: number;
  readonly asked: OpenMeasurement;
}
