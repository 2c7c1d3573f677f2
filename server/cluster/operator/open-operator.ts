/** An operator's hand on the cluster that is in an etcd, for programs. */
import { randomUUID } from "node:crypto";
import { createLog } from "../../log.ts";
import { ClusterKeys } from "../cluster-keys.ts";
import { EtcdCoordinator, type EtcdSettings } from "../etcd/etcd-coordinator.ts";
import { REAL_TIMERS } from "../memory-coordinator.ts";
import { ClusterOperator } from "./cluster-operator.ts";

export interface OperatorSettings {
  readonly etcd: EtcdSettings;
  readonly cluster: string;
  /** Verbs give up with CANCELLED. */
  readonly signal: AbortSignal;
}

/** Connects when it is first asked. To be closed by `Symbol.asyncDispose`. */
export function openOperator({ etcd, cluster, signal }: OperatorSettings): ClusterOperator {
  return new ClusterOperator({
    coordinator: new EtcdCoordinator(etcd, { log: createLog({ level: "silent" }) }),
    keys: new ClusterKeys(cluster),
    timers: REAL_TIMERS,
    signal,
    onWaiting: () => undefined,
    nonce: () => `operator/${randomUUID()}`,
  });
}
