/**
 * WatchTopology: who leads what. The first message comes at once; the stream stays open until its
 * caller ends it or the node drains.
 */
import type { Topology, TopologyRequest__Output } from "@claimd/proto";
import { ClaimdError } from "../errors.ts";
import { REFUSED } from "../shard/refusals.ts";
import type { StreamingMethod } from "./calls.ts";
import type { TopologyView } from "../routing/router.ts";
import type { NodeService } from "./node.ts";

export class TopologyWatchers {
  readonly #node: Pick<NodeService, "draining" | "topology">;
  readonly #ends = new Set<() => void>();

  constructor(node: Pick<NodeService, "draining" | "topology">) {
    this.#node = node;
  }

  readonly watch: StreamingMethod<TopologyRequest__Output, Topology> = async (
    _request,
    context,
    write,
  ) => {
    if (!(await write(topologyMessage(this.#node.topology())))) return;
    if (!this.#node.draining) {
      await new Promise<void>((resolve) => {
        const end = (): void => {
          this.#ends.delete(end);
          resolve();
        };
        this.#ends.add(end);
        context.onCancel(end);
      });
    }
    throw new ClaimdError("DRAINING", REFUSED.draining.message, REFUSED.draining);
  };

  drain(): void {
    for (const end of this.#ends) end();
  }
}

function topologyMessage(view: TopologyView): Topology {
  return {
    version: view.version,
    partitions: view.partitions,
    nodes: view.nodes.map(({ id, address }) => ({ id, address })),
    leaders: [...view.leaders],
    epochs: [...view.epochs],
  };
}
