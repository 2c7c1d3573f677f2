/**
 * How long the event loop stood still: what every caller waits for beside the work itself.
 *
 * Node's own monitor forgets where it was when it is reset and misses what begins there; this one
 * leaves nothing out. Does not keep the process alive.
 */
import { performance } from "node:perf_hooks";

const TICK_MS = 20;

export class LoopStalls {
  #longestMs = 0;
  #tickedAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  begin(): void {
    if (this.#timer !== undefined) return;
    this.#tickedAtMs = performance.now();
    this.#timer = setInterval(() => {
      this.#tick();
    }, TICK_MS).unref();
  }

  /** The longest stop since it was taken last; 0 when the loop ran freely. */
  takeLongestMs(): number {
    if (this.#timer !== undefined) this.#tick();
    const longestMs = this.#longestMs;
    this.#longestMs = 0;
    return longestMs;
  }

  #tick(): void {
    const nowMs = performance.now();
    const lateMs = nowMs - this.#tickedAtMs - TICK_MS;
    this.#tickedAtMs = nowMs;
    this.#longestMs = Math.max(this.#longestMs, lateMs);
  }
}
