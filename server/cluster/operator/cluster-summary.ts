/**
 * How a cluster stands, in a row for each store and for each partition: what an operator looks at.
 * Pure.
 */
import type { ClusterState } from "../cluster-view.ts";
import { livingBoots } from "../controller-members.ts";
import type { PartitionRecord } from "../partition-record.ts";

export interface StoreRow {
  /** That used it last. */
  readonly node: string;
  readonly store: string;
  readonly zone: string;
  readonly boot: number;
  /** host:port for clients; undefined = its node does not live. */
  readonly address: string | undefined;
  readonly state: "ACTIVE" | "DAMAGED";
  readonly draining: boolean;
  /** Partitions that it leads, is in sync for, and has a replica of in any role. */
  readonly leads: number;
  readonly inSync: number;
  readonly holds: number;
}

export interface PartitionRow extends PartitionRecord {
  readonly partition: number;
}

/** By node, then by store. */
export function storeRows(state: ClusterState): readonly StoreRow[] {
  const living = livingBoots(state);
  const records = [...state.partitions.values()].map(({ record }) => record);
  const nodes = [...state.nodes.values()].map(({ record }) => record);
  const count = (isIt: (record: PartitionRecord) => boolean): number => records.filter(isIt).length;
  return [...state.stores]
    .map(([store, { record }]): StoreRow => {
      const { node, zone, boot, state: health, draining } = record;
      const address = living.has(store)
        ? nodes.find((each) => each.store === store)?.address
        : undefined;
      return {
        ...{ node, store, zone, boot, address, state: health, draining },
        leads: count(({ leader }) => leader === store),
        inSync: count((each) => each.inSync.some((one) => one.store === store)),
        holds: count((each) => each.replicas.some((one) => one.store === store)),
      };
    })
    .sort((a, b) => (`${a.node} ${a.store}` < `${b.node} ${b.store}` ? -1 : 1));
}

/** By number. */
export function partitionRows({ partitions }: ClusterState): readonly PartitionRow[] {
  return [...partitions]
    .map(([partition, { record }]) => ({ partition, ...record }))
    .sort((a, b) => a.partition - b.partition);
}

/** Partitions on their way to somewhere else, or with somebody on the way in or out. */
export function movesUnderWay({ partitions }: ClusterState): number {
  return [...partitions.values()].filter(
    ({ record: { goal, replicas } }) =>
      goal !== undefined || replicas.some(({ role }) => role !== "VOTER"),
  ).length;
}
