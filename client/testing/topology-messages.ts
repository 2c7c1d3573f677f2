/** What a node may say of its cluster, and what a client makes of it. */
import type { Topology__Output as TopologyMessage } from "@claimd/proto";
import { Topology } from "../topology.ts";

export const NODES = ["n1", "n2", "n3", "n4"];
export const addressBy = (id: string): string => `${id}.example:7600`;
export const nodesOf = (ids: readonly string[]) =>
  ids.map((id) => ({ id, address: addressBy(id) }));

export function messageOf(changes: Partial<TopologyMessage> = {}): TopologyMessage {
  return {
    version: 1,
    partitions: 2,
    nodes: nodesOf(["n1", "n2"]),
    leaders: [1, 2],
    epochs: [5, 5],
    replicas: [],
    replicaCounts: [],
    ...changes,
  };
}

export function topologyOf(...messages: readonly TopologyMessage[]): Topology {
  const topology = new Topology();
  for (const message of messages) topology.adopt(message);
  return topology;
}
