/** A clock that stands until it is moved, and bytes that count up. */
import type { Environment, Timer } from "../environment.ts";

interface Due {
  readonly atMs: number;
  readonly callback: () => void;
}

export class HeldEnvironment implements Environment {
  #nowMs = 1000;
  #timers = new Set<Due>();
  #byte = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  get timers(): number {
    return this.#timers.size;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const due = { atMs: this.#nowMs + Math.max(delayMs, 0), callback };
    this.#timers.add(due);
    return { cancel: () => void this.#timers.delete(due) };
  }

  randomBytes(bytes: number): Buffer {
    return Buffer.from(Array.from({ length: bytes }, () => this.#byte++ % 256));
  }

  /** Moves on, firing what is due in its order; what it starts meanwhile fires too. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > endMs) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(next.atMs, this.#nowMs);
      next.callback();
      await settled();
    }
    this.#nowMs = endMs;
    await settled();
  }
}

/** Everything that needs no more than microtasks has happened. */
async function settled(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
