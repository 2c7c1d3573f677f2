/**
 * Virtual time and the one source of chance: what is due happens in the order of its time, and of
 * its planning where times are equal. The same seed gives the same run, to the last event.
 *
 * Lines of the trace are made only when asked for: a run is made again with them when it fails.
 */
import { type Random, seededRandom } from "../../../test/support/seed.ts";

/** A broken promise, named as in CLUSTER.md §8. */
export class Violation extends Error {}

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly action: () => void;
}

const KEPT_LINES = 60;

export class World {
  nowMs = 0;
  readonly random: Random;
  readonly #isTracing: boolean;
  readonly #due: Due[] = [];
  #planned = 0;
  #hash = 0;
  #lines: string[] = [];

  constructor(seed: number, isTracing: boolean) {
    this.random = seededRandom(seed);
    this.#isTracing = isTracing;
  }

  /** Two runs with the same hash went the same way. */
  get hash(): number {
    return this.#hash >>> 0;
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-KEPT_LINES);
  }

  between(low: number, high: number): number {
    return low + this.random.next() * (high - low);
  }

  after(delayMs: number, action: () => void): void {
    this.#planned += 1;
    const due = { atMs: this.nowMs + delayMs, order: this.#planned, action };
    let at = this.#due.length;
    this.#due.push(due);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#due[parent] as Due;
      if (isBefore(above, due)) break;
      this.#due[at] = above;
      at = parent;
    }
    this.#due[at] = due;
  }

  /** Until then, or until it is done, whichever comes first. */
  run(untilMs: number, isDone: () => boolean = () => false): void {
    for (;;) {
      const [next] = this.#due;
      if (next === undefined || next.atMs > untilMs || isDone()) break;
      this.#takeFirst();
      this.nowMs = next.atMs;
      this.#mix(next.order);
      this.#mix(next.atMs * 1000);
      next.action();
    }
    if (!isDone()) this.nowMs = untilMs;
  }

  trace(line: () => string): void {
    if (!this.#isTracing) return;
    const text = `${this.nowMs.toFixed(1).padStart(7)} ${line()}`;
    for (let at = 0; at < text.length; at++) this.#mix(text.charCodeAt(at));
    this.#lines.push(text);
    if (this.#lines.length > 100 * KEPT_LINES) this.#lines = this.#lines.slice(-KEPT_LINES);
  }

  fail(promise: string, what: string): never {
    throw new Violation(`${promise}: ${what}`);
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value | 0), 0x01000193) + 0x9e3779b9;
  }

  #takeFirst(): void {
    const last = this.#due.pop();
    const { length } = this.#due;
    if (last === undefined || length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      const left = this.#due[child] as Due;
      const right = this.#due[child + 1];
      if (right !== undefined && isBefore(right, left)) child += 1;
      const below = this.#due[child] as Due;
      if (isBefore(last, below)) break;
      this.#due[at] = below;
      at = child;
    }
    this.#due[at] = last;
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
