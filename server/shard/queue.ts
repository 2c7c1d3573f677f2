/**
 * The commands that wait for a turn: first in, first out, bounded in number and bytes.
 *
 * Woken claims go in without asking the bounds: they were counted when they came, and are few.
 */

import { LIMITS } from "../limits.ts";
import type { Waiting } from "./waiting.ts";

export class CommandQueue {
  #waiting: Waiting[] = [];
  #bytes = 0;

  get length(): number {
    return this.#waiting.length;
  }

  /** Whether one more command of so many bytes may wait. */
  hasRoom(bytes: number): boolean {
    return (
      this.#waiting.length < LIMITS.waitingCommands.max &&
      this.#bytes + bytes <= LIMITS.waitingBytes.max
    );
  }

  push(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#bytes += waiting.submission.bytes;
  }

  /** What the next turn decides: everything, up to the bounds of a turn; at least one command. */
  take(): readonly Waiting[] {
    const count = this.#turnLength();
    const taken = this.#waiting;
    this.#waiting = count === taken.length ? [] : taken.splice(count);
    for (const each of taken) this.#bytes -= each.submission.bytes;
    return taken;
  }

  #turnLength(): number {
    const all = this.#waiting.length;
    if (all <= LIMITS.turnCommands.max && this.#bytes <= LIMITS.turnBytes.max) return all;
    let bytes = 0;
    let count = 0;
    for (const each of this.#waiting) {
      bytes += each.submission.bytes;
      if (count === LIMITS.turnCommands.max || (count > 0 && bytes > LIMITS.turnBytes.max)) break;
      count += 1;
    }
    return count;
  }
}
