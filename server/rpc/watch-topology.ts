/**
 * WatchTopology: who leads what. The first message comes at once, a further one with every change;
 * the stream stays open until its caller ends it or the node drains.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Topology, TopologyRequest__Output } from "@claimd/proto";
import { ClaimdError } from "../errors.ts";
import { REFUSED } from "../shard/refusals.ts";
import type { StreamingMethod } from "./calls.ts";
import type { TopologyView } from "../routing/router.ts";
import type { NodeService } from "./node.ts";

export class TopologyWatchers {
  readonly #node: WatchedNode;
  readonly #ends = new Set<() => void>();

  constructor(node: WatchedNode) {
    this.#node = node;
  }

  readonly watch: StreamingMethod<TopologyRequest__Output, Topology> = async (
    _request,
    context,
    write,
  ) => {
    const ending = new AbortController();
    let wake = (): void => undefined;
    const end = (): void => {
      ending.abort();
      wake();
    };
    const unsubscribe = this.#node.onTopologyChange(() => {
      wake();
    });
    this.#ends.add(end);
    context.onCancel(end);
    try {
      for (let told = -1; ; ) {
        const view = this.#node.topology();
        if (view.version !== told && !(await write(topologyMessage(view)))) return;
        told = view.version;
        if (ending.signal.aborted || this.#node.draining) break;
        if (this.#node.topology().version !== told) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        // What changes together is told together.
        await delay(GATHER_MS);
      }
    } finally {
      unsubscribe();
      this.#ends.delete(end);
    }
    throw new ClaimdError("DRAINING", REFUSED.draining.message, REFUSED.draining);
  };

  drain(): void {
    for (const end of this.#ends) end();
  }
}

type WatchedNode = Pick<NodeService, "draining" | "onTopologyChange" | "topology">;

const GATHER_MS = 20;

function topologyMessage(view: TopologyView): Topology {
  return {
    version: view.version,
    partitions: view.partitions,
    nodes: view.nodes.map(({ id, address }) => ({ id, address })),
    leaders: [...view.leaders],
    epochs: [...view.epochs],
    replicas: (view.replicas ?? []).flat(),
    replicaCounts: (view.replicas ?? []).map(({ length }) => length),
  };
}
