/**
 * The last possible double executions of this node: a stale owner tried to settle a key that had
 * been granted again, so the effect may have happened twice. Each is also a log line.
 */

import type { Reply } from "../claim/reply.ts";
import { LIMITS } from "../limits.ts";
import type { Submission } from "./submission.ts";

export interface PossibleDouble {
  readonly namespace: string;
  readonly key: Uint8Array;
  readonly command: "complete" | "fail";
  /** The newest attempt of the key, and its token. */
  readonly attempt: number;
  readonly token: number;
  readonly atMs: number;
}

/** As told: how long ago instead of when. */
export interface ListedDouble extends Omit<PossibleDouble, "atMs"> {
  readonly agoMs: number;
}

/** Whether a settle came from somebody whose key was granted again: both may have run. */
export function possibleDouble(
  { namespace, command, key }: Submission,
  reply: Reply,
  nowMs: number,
): PossibleDouble | undefined {
  if (reply.type !== "settle" || reply.status !== "STALE_OWNER") return undefined;
  if (command.type !== "complete" && command.type !== "fail") return undefined;
  if (reply.current === undefined || reply.current.attempt < 2) return undefined;
  namespace.counts.possibleDoubles += 1;
  const { attempt, token } = reply.current;
  return { namespace: namespace.name, key, command: command.type, attempt, token, atMs: nowMs };
}

export class PossibleDoubles {
  readonly #ring: PossibleDouble[] = [];
  #next = 0;

  add(double: PossibleDouble): void {
    this.#ring[this.#next % LIMITS.doubles.max] = double;
    this.#next += 1;
  }

  /** Newest first. */
  list(nowMs: number): readonly ListedDouble[] {
    const start = this.#next % LIMITS.doubles.max;
    const oldestFirst = [...this.#ring.slice(start), ...this.#ring.slice(0, start)];
    return oldestFirst.reverse().map(({ atMs, ...double }) => ({ ...double, agoMs: nowMs - atMs }));
  }
}
