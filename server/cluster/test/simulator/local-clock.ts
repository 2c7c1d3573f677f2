/**
 * A store's wall clock: off by some, drifting, and set anew now and then. A process sees it never
 * go back. Two clocks that are within half of the bound of the true time are within the bound of
 * each other.
 */
import type { World } from "./world.ts";

/** Far from zero, as a wall clock is. */
const START_MS = 1_700_000_000_000;

export class LocalClock {
  wasBroken = false;
  #aheadMs = 0;
  readonly #world: World;
  readonly #mostOffMs: number;
  #offMs: number;
  #drift = 0;
  #setAtMs = 0;
  #lastMs = 0;

  constructor(world: World, mostOffMs: number) {
    this.#world = world;
    this.#mostOffMs = mostOffMs;
    this.#offMs = world.between(-mostOffMs, mostOffMs);
  }

  /** Whole milliseconds. */
  nowMs(): number {
    const { nowMs } = this.#world;
    const off = this.#offMs + this.#drift * (nowMs - this.#setAtMs);
    const bounded = Math.max(-this.#mostOffMs, Math.min(this.#mostOffMs, off)) + this.#aheadMs;
    this.#lastMs = Math.max(this.#lastMs, Math.floor(START_MS + nowMs + bounded));
    return this.#lastMs;
  }

  /** Another time and another pace, within the bound. */
  jump(): void {
    this.#offMs = this.#world.between(-this.#mostOffMs, this.#mostOffMs);
    this.#drift = this.#world.between(-0.05, 0.05);
    this.#setAtMs = this.#world.nowMs;
  }

  get isBroken(): boolean {
    return this.#aheadMs > 0;
  }

  /** Far beyond the bound, as long as this process runs: somebody accepted a wrong time. */
  break(): void {
    this.#aheadMs = this.#world.between(1000, 10_000);
    this.wasBroken = true;
  }

  /** A new process knows nothing of what an earlier one saw. */
  restart(): void {
    this.#lastMs = 0;
    this.#aheadMs = 0;
  }
}
