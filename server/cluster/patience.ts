/**
 * Waiting for time to pass and for a coordinator to come back, with time passed in.
 *
 * A node that starts while etcd is away waits; it has nothing else to do, and nothing to risk.
 */
import { ClaimdError } from "../errors.ts";
import type { Timers } from "./memory-coordinator.ts";

export interface Patience {
  readonly timers: Timers;
  /** Whoever waits gives up with CANCELLED. */
  readonly signal: AbortSignal;
  /** Called with each failure: an operator wants to know what a node waits for. */
  readonly onWaiting: (error: unknown) => void;
}

/** Long enough not to be a load, short against the start of a node. */
export const RETRY_MS = 500;

/** Resolves in about so many milliseconds, or as soon as `signal` is aborted. Never rejects. */
export function pause(timers: Timers, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      timer[Symbol.dispose]();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = timers.after(delayMs, end);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/** Whether it does what was asked, for those who try again whatever the reason. Never rejects. */
export function resolves(asked: Promise<unknown>): Promise<boolean> {
  return asked.then(
    () => true,
    () => false,
  );
}

/**
 * The same as `ask`, one at a time: who calls while one is under way gets what begins behind it,
 * together with all others who do.
 */
export function shared(ask: () => Promise<void>): () => Promise<void> {
  let running = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= resolves(running).then(() => {
      running = next ?? running;
      next = undefined;
      return ask();
    });
    return next;
  };
}

/** Throws CANCELLED when it is over. */
export async function pauseOrCancel({ timers, signal }: Patience): Promise<void> {
  await pause(timers, RETRY_MS, signal);
  throwIfCancelled(signal);
}

/** Asks again as long as the coordinator is away. Rejects with CANCELLED, or as `ask` does. */
export async function patiently<T>(patience: Patience, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    throwIfCancelled(patience.signal);
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ClaimdError) || error.code !== "COORDINATOR_UNAVAILABLE") throw error;
      patience.onWaiting(error);
    }
    await pauseOrCancel(patience);
  }
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new ClaimdError("CANCELLED", "stopped while waiting for etcd");
}
