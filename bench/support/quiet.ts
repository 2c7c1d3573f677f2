/**
 * Waits until a server has done what a load left behind (compaction, rewriting, vacuum): until it
 * uses next to no processor time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSecondsOf } from "./process-usage.ts";

const LOOK_EVERY_MS = 1000;
/** Of one core: etcd's and Redis's own clocks tick below it. */
const QUIET_SHARE = 0.05;

/** False when it was at work all the time. Where /proc tells nothing, one look has to be enough. */
export async function untilQuiet(pid: number, withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  let before = cpuSecondsOf(pid);
  let lookedAtMs = performance.now();
  do {
    await sleep(LOOK_EVERY_MS);
    const now = cpuSecondsOf(pid);
    const nowMs = performance.now();
    if (now === undefined || before === undefined) return true;
    if ((now - before) * 1000 < QUIET_SHARE * (nowMs - lookedAtMs)) return true;
    before = now;
    lookedAtMs = nowMs;
  } while (performance.now() < untilMs);
  return false;
}
