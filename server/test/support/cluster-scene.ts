/** What a fault of a cluster under load is given, and what faults have in common. */
import { type Claiming, claimOn } from "./claiming.ts";
import { clusterTransport } from "./cluster-transport.ts";
import type { History } from "./history.ts";
import type { Random } from "./seed.ts";
import type { TestCluster } from "./test-cluster.ts";
import type { TestNode } from "./test-node.ts";

export interface Scene {
  readonly cluster: TestCluster;
  readonly random: Random;
  readonly history: History;
}

/** From the begin of each to the moment when nothing is wrong any more but what it left behind. */
export type ClusterFaults = Readonly<Record<string, (scene: Scene) => Promise<void>>>;

/** How long a lone question may take on a busy machine. */
export const ASKED_WITHIN_MS = 3000;

/** New keys are granted all the time, each soon; by `nodes`, where not all of them can be asked. */
export async function whileClaiming(
  { cluster, history, nodes = cluster.nodes }: Scene & { readonly nodes?: readonly TestNode[] },
  act: (claiming: Claiming) => Promise<void>,
): Promise<void> {
  const transport = clusterTransport(nodes, ASKED_WITHIN_MS);
  const claiming = claimOn(transport, history);
  await act(claiming);
  await claiming.end();
  transport.close();
}

export function shuffled<T>(from: readonly T[], random: Random): readonly T[] {
  return from
    .map((each) => ({ each, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each);
}
