/**
 * A command on its way into a turn, and who waits for the answer.
 *
 * The asker hears of each index exactly once, and only when what it hears is durable.
 */

import type { Command } from "../claim/command.ts";
import type { Reply } from "../claim/reply.ts";
import type { Namespace } from "./namespace.ts";

/** A unary call, or a frame of a Batch or Session. */
export interface Asker {
  /** The answer of the command that was submitted under `index`. Must not throw. */
  answer(index: number, reply: Reply): void;
  /** Ends a row of answers: what has been answered may now be sent. Must not throw. */
  flush(): void;
}

export interface Submission {
  readonly namespace: Namespace;
  /** hash32(namespace, 0x00, key), unsigned; the partition is its remainder by PARTITIONS. */
  readonly hash: number;
  /** 1 to 512 bytes. The shard keeps it: it must not be a view into a buffer that is used again. */
  readonly key: Buffer;
  readonly command: Command;
  /** How long a claim may be parked while the key is running; 0 = answer at once. */
  readonly waitMs: number;
  /** Bytes of key and results, for the bound on what may wait. */
  readonly bytes: number;
  readonly asker: Asker;
  readonly index: number;
}
