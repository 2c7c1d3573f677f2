/**
 * One timer for the deadlines of all calls. It stands at the earliest of them; most calls are over
 * long before, so it fires about once per timeout and looks at what is left.
 */
import type { Environment, Timer } from "./environment.ts";

/** Many deadlines close together are looked at in one go; a call ends at most this much late. */
const GRAIN_MS = 20;

export class Deadlines {
  readonly #environment: Environment;
  readonly #sweep: (nowMs: number) => number;
  #timer: Timer | undefined;
  #atMs = Number.POSITIVE_INFINITY;

  /** `sweep` ends what is over and gives the earliest deadline that is left, or infinity. */
  constructor(environment: Environment, sweep: (nowMs: number) => number) {
    this.#environment = environment;
    this.#sweep = sweep;
  }

  watch(deadlineAtMs: number): void {
    if (deadlineAtMs + GRAIN_MS >= this.#atMs) return;
    this.stop();
    this.#atMs = deadlineAtMs + GRAIN_MS / 2;
    this.#timer = this.#environment.setTimer(() => {
      this.#fire();
    }, this.#atMs - this.#environment.nowMs());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#atMs = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    this.#timer = undefined;
    this.#atMs = Number.POSITIVE_INFINITY;
    const nextAtMs = this.#sweep(this.#environment.nowMs());
    if (nextAtMs !== Number.POSITIVE_INFINITY) this.watch(nextAtMs);
  }
}
