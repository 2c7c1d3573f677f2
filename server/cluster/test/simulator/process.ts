/**
 * One run of a program: takes what comes in its order, stands still while it is paused (as after
 * SIGSTOP) and finds all of it waiting when it goes on, takes nothing any more once it has ended.
 */
import type { World } from "./world.ts";

export class Process {
  readonly #world: World;
  #waiting: (() => void)[] = [];
  #isPaused = false;
  #hasEnded = false;

  constructor(world: World) {
    this.#world = world;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  input(act: () => void): void {
    if (this.#hasEnded) return;
    if (this.#isPaused) this.#waiting.push(act);
    else act();
  }

  after(delayMs: number, act: () => void): void {
    this.#world.after(delayMs, () => this.input(act));
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const act of this.#waiting.splice(0)) this.input(act);
  }

  end(): void {
    this.#hasEnded = true;
    this.#waiting = [];
  }
}
