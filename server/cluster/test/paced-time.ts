/**
 * A clock and timers that stand still until they are told, for loops that wait: after each timer
 * everything that it set going runs until it waits again.
 */
import type { Clock } from "../../clock.ts";
import type { Timers } from "../memory-coordinator.ts";

/** A promise's callbacks may set further ones going; no loop here needs as many turns. */
const TURNS = 5;

export class PacedTime implements Clock, Timers {
  #nowMs = 1_000_000;
  #waiting: { readonly atMs: number; readonly callback: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Disposable {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#waiting.push(timer);
    return {
      [Symbol.dispose]: () => {
        this.#waiting = this.#waiting.filter((each) => each !== timer);
      },
    };
  }

  /** What has been set going runs until it waits for time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.settle();
    for (;;) {
      const next = this.#waiting.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#waiting = this.#waiting.filter((each) => each !== next);
      this.#nowMs = next.atMs;
      next.callback();
      await this.settle();
    }
    this.#nowMs = endMs;
    await this.settle();
  }

  /** Lets time pass until the promise is settled, at most so long. */
  async until<T>(promise: Promise<T>, mostMs = 120_000): Promise<T> {
    const settled = new AbortController();
    const mark = (): void => {
      settled.abort();
    };
    promise.then(mark, mark);
    for (let passedMs = 0; !settled.signal.aborted; passedMs += 100) {
      if (passedMs >= mostMs) throw new Error(`not within ${mostMs} ms`);
      await this.pass(100);
    }
    return await promise;
  }
}
