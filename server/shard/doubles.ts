/**
 * The last possible double executions of this node: a stale owner tried to settle a key that had
 * been granted again, so the effect may have happened twice. Each is also a log line.
 */

import { LIMITS } from "../limits.ts";

export interface PossibleDouble {
  readonly namespace: string;
  readonly key: Uint8Array;
  readonly command: "complete" | "fail";
  /** The newest attempt of the key, and its token. */
  readonly attempt: number;
  readonly token: number;
  readonly atMs: number;
}

export class PossibleDoubles {
  readonly #ring: PossibleDouble[] = [];
  #next = 0;

  add(double: PossibleDouble): void {
    this.#ring[this.#next % LIMITS.doubles.max] = double;
    this.#next += 1;
  }

  /** Newest first. */
  list(): readonly PossibleDouble[] {
    const start = this.#next % LIMITS.doubles.max;
    return [...this.#ring.slice(start), ...this.#ring.slice(0, start)].reverse();
  }
}
