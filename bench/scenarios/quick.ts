/**
 * `npm run bench`: about a minute that shows the most: unique keys at rising numbers of callers,
 * duplicates, and latency at half of what was the maximum.
 */
import type { Measurement } from "../support/load.ts";
import type { BenchRun } from "./bench-run.ts";
import { measureOrder, openOrder } from "./measure.ts";
import { onStore } from "./stores.ts";

/** Of the maximum: a system in daily use has room left. */
const SHARE = 0.5;
/** Of the callers asked for, the largest up to this asks for duplicates. */
const DUPLICATES_CALLERS = 256;

/** Adds to what is found as it is found. */
export async function benchQuick(run: BenchRun, found: Measurement[]): Promise<void> {
  const { callers, seconds } = run.options;
  await onStore(run, async (measuring) => {
    let most = 0;
    for (const each of callers) {
      const measured = await measuring.measure(measureOrder("unique", each, seconds));
      found.push(measured);
      most = Math.max(most, measured.claimsPerSecond);
    }
    const few = callers.filter((each) => each <= DUPLICATES_CALLERS);
    const repeating = few.length > 0 ? Math.max(...few) : Math.min(...callers);
    found.push(await measuring.measure(measureOrder("duplicates-50", repeating, seconds)));
    const rate = Math.max(Math.round(most * SHARE), 1);
    found.push(await measuring.measure(openOrder("unique", rate, seconds)));
  });
}
