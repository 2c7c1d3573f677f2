/**
 * What the client asks of the world: monotonic time, timers, randomness. Given, so that tests can
 * hold the clock. The wall clock is never asked.
 */
import { randomBytes } from "node:crypto";

export interface Environment {
  /** Monotonic milliseconds from an arbitrary start. */
  nowMs(): number;
  /** Calls back once; `"keep-alive"` timers keep the process alive until they have fired. */
  setTimer(callback: () => void, delayMs: number, hold?: "keep-alive"): Timer;
  randomBytes(bytes: number): Buffer;
}

export interface Timer {
  cancel(): void;
}

/** Node takes no longer delay; whoever waits longer looks again when it fires. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export const realEnvironment: Environment = {
  nowMs: () => performance.now(),
  setTimer(callback, delayMs, hold) {
    const timer = setTimeout(callback, Math.min(Math.max(Math.ceil(delayMs), 0), MAX_DELAY_MS));
    if (hold === undefined) timer.unref();
    return {
      cancel() {
        clearTimeout(timer);
      },
    };
  },
  randomBytes,
};
