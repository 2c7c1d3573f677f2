/** Latencies of a load: an HDR histogram of nanoseconds in, percentiles in milliseconds out. */
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

export interface LatencySummary {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  readonly meanMs: number;
}

/** Longer than a minute is as bad as a minute; the histogram holds no more. */
const LONGEST_NS = 60_000_000_000;
const NS_PER_MS = 1_000_000;

export class Latencies {
  // Three figures: within 0.1 % of the true value.
  readonly #histogram: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: LONGEST_NS,
    figures: 3,
  });

  record(ms: number): void {
    this.#histogram.record(Math.min(Math.max(Math.round(ms * NS_PER_MS), 1), LONGEST_NS));
  }

  summary(): LatencySummary {
    const histogram = this.#histogram;
    const at = (percentile: number): number => rounded(histogram.percentile(percentile));
    const none = histogram.count === 0;
    return {
      p50Ms: at(50),
      p90Ms: at(90),
      p99Ms: at(99),
      p999Ms: at(99.9),
      maxMs: none ? 0 : rounded(histogram.max),
      meanMs: none ? 0 : rounded(histogram.mean),
    };
  }
}

/** To a microsecond; below it there is only noise. */
function rounded(ns: number): number {
  return Math.round(ns / 1000) / 1000;
}
