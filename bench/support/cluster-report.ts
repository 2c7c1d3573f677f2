/** The part of a report that says what a cluster costs against a single node. */
import type { ClusterShape } from "./claimd-cluster.ts";
import type { ClosedMeasurement, OpenMeasurement } from "./load.ts";
import type { ReportHead } from "./report.ts";

/** One installation's turn. Those of the same number were measured one after the other. */
export interface ClusterTurn {
  readonly turn: number;
  /** Undefined: a single node, without etcd. */
  readonly shape: ClusterShape | undefined;
  /** How many partitions each node led when the cluster was ready. Not in files of before. */
  readonly leads?: readonly number[];
  readonly measurements: readonly ClosedMeasurement[];
  /** At the same rates for each node, of one replica. Not in files of before. */
  readonly paced?: readonly PacedMeasurement[];
}

export interface PacedMeasurement {
  readonly ratePerNode: number;
  readonly measured: OpenMeasurement;
}

export interface ClusterReport extends ReportHead {
  readonly kind: "cluster";
  readonly turns: readonly ClusterTurn[];
}
