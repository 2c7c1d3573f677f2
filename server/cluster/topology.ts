/**
 * The cluster as clients see it: who leads each partition, and where that node is reached.
 *
 * Built from hints, and itself one: whoever is asked in error says so. A leader that is not
 * registered is told as none: nobody could reach it.
 *
 * The version orders what different nodes say of who is there: it begins with the revision of the
 * last change among nodes, and counts what this node has heard since.
 */
import { PARTITIONS } from "../limits.ts";
import type { TopologyView } from "../routing/router.ts";
import type { ClusterState } from "./cluster-view.ts";

/** Leaves 37 bits for etcd's revision below 2^53. */
const CHANGES_PER_REVISION = 2 ** 16;

export class Topology {
  readonly #state: ClusterState & { readonly nodesRevision: number };
  #revision = 0;
  #changes = 0;
  #view: TopologyView | undefined;

  constructor(state: ClusterState & { readonly nodesRevision: number }) {
    this.#state = state;
  }

  /** With each change of the state. */
  changed(): void {
    const { nodesRevision } = this.#state;
    this.#view = undefined;
    if (nodesRevision > this.#revision) {
      this.#revision = nodesRevision;
      this.#changes = 0;
    } else {
      this.#changes = Math.min(this.#changes + 1, CHANGES_PER_REVISION - 1);
    }
  }

  /** The same object until something changes. */
  view(): TopologyView {
    const version = this.#revision * CHANGES_PER_REVISION + this.#changes;
    this.#view ??= topologyOf(this.#state, version);
    return this.#view;
  }
}

/** Pure. Nodes by id, so that the same state is told in the same way everywhere. */
export function topologyOf({ partitions, nodes }: ClusterState, version: number): TopologyView {
  const sorted = [...nodes].sort(([a], [b]) => (a < b ? -1 : 1));
  const positions = new Map(sorted.map(([, { record }], at) => [record.store, at + 1]));
  const records = Array.from({ length: PARTITIONS }, (_, each) => partitions.get(each)?.record);
  return {
    version,
    partitions: PARTITIONS,
    nodes: sorted.map(([id, { record }]) => ({ id, address: record.address })),
    leaders: records.map((record) => (record && positions.get(record.leader)) ?? 0),
    epochs: records.map((record) => record?.epoch ?? 0),
    replicas: records.map((record) =>
      (record?.inSync ?? []).flatMap(({ store }) => positions.get(store) ?? []),
    ),
  };
}
