/**
 * Key → partition → the node that leads it. A single node leads all of them, so every submission is
 * its own; the seam is here so that rpc/ never knows.
 */

import { PARTITIONS } from "../limits.ts";
import type { Asker, Submission } from "../shard/submission.ts";
import type { Shard } from "../shard/shard.ts";

export interface TopologyView {
  /** Grows with every change. */
  readonly version: number;
  readonly partitions: number;
  readonly nodes: readonly { readonly id: string; readonly address: string }[];
  /** By partition: 1 + position in `nodes`, 0 = no leader. */
  readonly leaders: readonly number[];
  readonly epochs: readonly number[];
  /** By partition: the nodes in sync, 1 + position in `nodes`. A single node tells none. */
  readonly replicas?: readonly (readonly number[])[];
}

export class Router {
  readonly #shard: Shard;
  readonly #topology: () => TopologyView;

  constructor(shard: Shard, self: { readonly id: string; readonly address: () => string }) {
    this.#shard = shard;
    const leaders = new Array<number>(PARTITIONS).fill(1);
    const epochs = new Array<number>(PARTITIONS).fill(0);
    this.#topology = () => ({
      version: 1,
      partitions: PARTITIONS,
      nodes: [{ id: self.id, address: self.address() }],
      leaders,
      epochs,
    });
  }

  submit(submission: Submission): void {
    this.#shard.submit(submission);
  }

  cancel(asker: Asker, index: number): void {
    this.#shard.cancel(asker, index);
  }

  topology(): TopologyView {
    return this.#topology();
  }
}
