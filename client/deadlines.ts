/**
 * One timer for the deadlines of all calls. It stands at the earliest of them; most calls are over
 * long before, so it fires about once per timeout and looks at what is left.
 *
 * What is asked in one moment shares one reading of the clock, at the moment's end: what keeps the
 * process busy until then costs no call any of its time.
 */
import type { Call } from "./call.ts";
import type { Environment, Timer } from "./environment.ts";

export interface Moment {
  /** Infinite until the moment is over. */
  atMs: number;
  shortestTimeoutMs: number;
}

/** Many deadlines close together are looked at in one go; a call ends at most this much late. */
const GRAIN_MS = 20;

export class Deadlines {
  readonly #environment: Environment;
  readonly #sweep: (nowMs: number) => number;
  #moment: Moment | undefined;
  #timer: Timer | undefined;
  #atMs = Number.POSITIVE_INFINITY;

  /** `sweep` ends what is over and gives the earliest deadline that is left, or infinity. */
  constructor(environment: Environment, sweep: (nowMs: number) => number) {
    this.#environment = environment;
    this.#sweep = sweep;
  }

  /** From the end of this moment on. */
  watch(call: Call): void {
    const { timeoutMs } = call;
    this.#moment ??= { atMs: Number.POSITIVE_INFINITY, shortestTimeoutMs: timeoutMs };
    if (timeoutMs < this.#moment.shortestTimeoutMs) this.#moment.shortestTimeoutMs = timeoutMs;
    call.moment = this.#moment;
  }

  /** One that was asked elsewhere before. */
  watchAgain(call: Call): void {
    if (call.deadlineAtMs === Number.POSITIVE_INFINITY) this.watch(call);
    else this.#standAt(call.deadlineAtMs);
  }

  endMoment(): void {
    const moment = this.#moment;
    if (moment === undefined) return;
    this.#moment = undefined;
    moment.atMs = this.#environment.nowMs();
    this.#standAt(moment.atMs + moment.shortestTimeoutMs);
  }

  stop(): void {
    this.#moment = undefined;
    this.#cancel();
  }

  #standAt(deadlineAtMs: number): void {
    if (deadlineAtMs + GRAIN_MS >= this.#atMs) return;
    this.#cancel();
    this.#atMs = deadlineAtMs + GRAIN_MS / 2;
    this.#timer = this.#environment.setTimer(() => {
      this.#fire();
    }, this.#atMs - this.#environment.nowMs());
  }

  #cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#atMs = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    this.#timer = undefined;
    this.#atMs = Number.POSITIVE_INFINITY;
    const nextAtMs = this.#sweep(this.#environment.nowMs());
    if (nextAtMs !== Number.POSITIVE_INFINITY) this.#standAt(nextAtMs);
  }
}
