/** What a node needs to know to be a member of a cluster. */
import type { EtcdSettings } from "../etcd/etcd-coordinator.ts";
import type { ClusterSettings } from "../cluster-meta.ts";

export interface NodeSettings extends ClusterSettings {
  readonly cluster: string;
  readonly node: string;
  readonly zone: string;
  readonly etcd: EtcdSettings;
  readonly host: string;
  readonly peerPort: number;
  /** How others reach this host; the host itself where it is no wildcard. */
  readonly advertisedHost: string;
  /** How long a node that says nothing counts as alive. */
  readonly leaseMs: number;
}
