/** The thread of a pacer: sleeps until something is due, and wakes the other thread. */
import { parentPort, workerData } from "node:worker_threads";
import { hrtimeMs, ORDER, type PacerOrder, WOKEN } from "./pacer.ts";

const words = new Int32Array(workerData as SharedArrayBuffer);

parentPort?.on("message", ({ number, startMs, spacingMs }: PacerOrder) => {
  for (let wakeAtMs = startMs; ; wakeAtMs += spacingMs) {
    const nowMs = hrtimeMs();
    // Behind: one wake for all that was missed.
    if (wakeAtMs < nowMs) wakeAtMs += Math.floor((nowMs - wakeAtMs) / spacingMs) * spacingMs;
    const waited = Atomics.wait(words, ORDER, number, Math.max(wakeAtMs - nowMs, 0));
    if (waited !== "timed-out") return;
    // A wake that nobody has answered yet stands for this one too.
    if (Atomics.exchange(words, WOKEN, 1) === 0) parentPort?.postMessage(undefined);
  }
});
