/**
 * Wakes an open loop whenever something is due.
 *
 * Timers of the event loop are up to two milliseconds late, several times what an answer takes;
 * they would be most of the latency that is measured. A thread of its own that sleeps in the
 * system wakes within a tenth of one, and costs next to nothing while it sleeps.
 */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

export interface Pacer {
  /** Wakes at that moment of `performance.now` and at every multiple of the spacing after it. */
  start(startMs: number, spacingMs: number, wake: () => void): void;
  /** Never wakes again; safe to call again. */
  stop(): void;
}

/** From the pacer's own thread, for as long as the process lives. */
export interface ThreadPacer extends Pacer {
  close(): Promise<void>;
}

/** What the thread is told to do, until another order stands in the shared memory. */
export interface PacerOrder {
  readonly number: number;
  /** On the clock of `process.hrtime`, which all threads share. */
  readonly startMs: number;
  readonly spacingMs: number;
}

/** Words of the memory that both threads see. */
export const ORDER = 0;
export const WOKEN = 1;
export const SHARED_BYTES = 8;

const MAIN = fileURLToPath(new URL("pacer-main.js", import.meta.url));

/** More often than this the waking would cost more than it gains. */
const SHORTEST_SPACING_MS = 0.25;

export async function openPacer(): Promise<ThreadPacer> {
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const words = new Int32Array(shared);
  const worker = new Worker(MAIN, { workerData: shared });
  await once(worker, "online");
  let onWake: (() => void) | undefined;
  worker.on("message", () => {
    // Before the wake: what comes due while it works is worth another one.
    Atomics.store(words, WOKEN, 0);
    onWake?.();
  });
  return {
    start: (startMs, spacingMs, wake) => {
      onWake = wake;
      Atomics.store(words, WOKEN, 0);
      const order: PacerOrder = {
        number: Atomics.add(words, ORDER, 1) + 1,
        startMs: startMs + hrtimeMs() - performance.now(),
        spacingMs: Math.max(spacingMs, SHORTEST_SPACING_MS),
      };
      worker.postMessage(order);
    },
    stop: () => {
      onWake = undefined;
      Atomics.add(words, ORDER, 1);
      Atomics.notify(words, ORDER);
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

export function hrtimeMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
