/**
 * Carries messages between stores and clients: late, twice, out of order, or not at all. Links are
 * cut one way. What is under way arrives even when its sender is long dead.
 */
import type { World } from "./world.ts";

export interface NetworkNoise {
  /** Shares of all messages. */
  readonly lost: number;
  readonly twice: number;
  readonly late: number;
  /** How late they are at most. */
  readonly latestMs: number;
}

export const QUIET_NETWORK: NetworkNoise = { lost: 0, twice: 0, late: 0, latestMs: 0 };

const USUAL_MS: readonly [number, number] = [0.3, 2.5];

export class Network {
  noise = QUIET_NETWORK;
  readonly #world: World;
  readonly #cut = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  /** One way. */
  cut(from: string, to: string): void {
    this.#cut.add(`${from}>${to}`);
  }

  mend(from: string, to: string): void {
    this.#cut.delete(`${from}>${to}`);
  }

  mendAll(): void {
    this.#cut.clear();
  }

  send(from: string, to: string, arrive: () => void): void {
    const { twice } = this.noise;
    this.sendOnce(from, to, arrive);
    if (twice > 0 && this.#world.random.chance(twice)) this.sendOnce(from, to, arrive);
  }

  /** At most once: as a call over a connection. */
  sendOnce(from: string, to: string, arrive: () => void): void {
    const { random } = this.#world;
    if (this.#cut.size > 0 && this.#cut.has(`${from}>${to}`)) return;
    const { lost, late, latestMs } = this.noise;
    if (lost > 0 && random.chance(lost)) return;
    const [least, most] = USUAL_MS;
    const isLate = late > 0 && random.chance(late);
    this.#world.after(this.#world.between(least, isLate ? most + latestMs : most), arrive);
  }
}
