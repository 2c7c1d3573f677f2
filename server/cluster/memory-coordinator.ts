/**
 * A coordinator in memory: one client of a `CoordinatorState`, which others may be clients of too.
 *
 * Promises and timers, nothing else: what happens is the state's business. Changes are told in a
 * turn of their own, never within the call that made them.
 */
import type { Clock } from "../clock.ts";
import type { Coordinator, GuardedWrite, Liveness } from "./coordinator.ts";
import type { TransactionOutcome, Versioned } from "./coordinator.ts";
import { type CoordinatorState, outageError } from "./memory-coordinator-state.ts";

export interface Timers {
  /** Calls back once, in about so many milliseconds. */
  after(delayMs: number, callback: () => void): Disposable;
}

/** Node takes no longer delay; whoever waits longer looks again when it fires. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** They don't keep the process alive. */
export const REAL_TIMERS: Timers = {
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(delayMs, LONGEST_TIMER_MS));
    timer.unref();
    return {
      [Symbol.dispose]: () => {
        clearTimeout(timer);
      },
    };
  },
};

export interface MemoryCoordinatorOptions {
  readonly state: CoordinatorState;
  readonly clock: Clock;
  readonly timers: Timers;
}

export class MemoryCoordinator implements Coordinator {
  /** False cuts this client off, and no other. What was not told meanwhile is missed. */
  reachable = true;
  readonly #state: CoordinatorState;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #watches = new Set<Disposable>();
  readonly #due: Disposable;
  #timer: Disposable | undefined;
  #closed = false;

  constructor({ state, clock, timers }: MemoryCoordinatorOptions) {
    this.#state = state;
    this.#clock = clock;
    this.#timers = timers;
    this.#due = state.onDue(() => {
      this.#standAtNextDue();
    });
    this.#standAtNextDue();
  }

  read(key: string): Promise<Versioned | undefined> {
    return this.#ask((state) => state.read(key));
  }

  list(prefix: string): Promise<readonly Versioned[]> {
    return this.#ask((state) => state.list(prefix));
  }

  transact(writes: readonly GuardedWrite[]): Promise<TransactionOutcome> {
    if (!this.#canReach) return Promise.resolve("unknown");
    return this.#ask((state) => state.transact(writes));
  }

  async register(key: string, value: Uint8Array, leaseMs: number): Promise<Liveness> {
    const lease = await this.#ask((state) => state.register(key, value, leaseMs));
    return {
      renew: async () => this.#canReach && (await this.#ask((state) => state.renew(lease))),
      [Symbol.asyncDispose]: async () => {
        if (this.#canReach) await this.#ask((state) => state.revoke(lease));
      },
    };
  }

  watch(prefix: string, onChange: (entry: Versioned) => void): Disposable {
    let isOver = false;
    const watch = this.#state.watch(prefix, (entry) => {
      if (!this.reachable) return;
      queueMicrotask(() => {
        if (!isOver) onChange(entry);
      });
    });
    const disposable = {
      [Symbol.dispose]: () => {
        isOver = true;
        watch[Symbol.dispose]();
        this.#watches.delete(disposable);
      },
    };
    this.#watches.add(disposable);
    return disposable;
  }

  /** Leases last on until their time is over, as after a crash. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const watch of this.#watches) watch[Symbol.dispose]();
    this.#due[Symbol.dispose]();
    this.#timer?.[Symbol.dispose]();
    return Promise.resolve();
  }

  get #canReach(): boolean {
    return this.reachable && !this.#closed;
  }

  /** All that is due comes first. What throws rejects. */
  #ask<T>(question: (state: CoordinatorState) => T): Promise<T> {
    return new Promise((resolve) => {
      if (!this.#canReach) throw outageError();
      this.#state.expire(this.#clock.nowMs());
      resolve(question(this.#state));
    });
  }

  #standAtNextDue(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const dueAtMs = this.#state.nextDueAtMs;
    if (dueAtMs === undefined) return;
    // A timer may fire before the clock is there: then it stands again, not at once.
    this.#timer = this.#timers.after(Math.max(1, dueAtMs - this.#clock.nowMs()), () => {
      this.#state.expire(this.#clock.nowMs());
      this.#standAtNextDue();
    });
  }
}
