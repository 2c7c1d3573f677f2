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

export type Percentiles = readonly (readonly [percentile: number, ms: number])[];

/** For curves over an axis of nines: about as many points for each further nine. 0 = the least. */
export const PERCENTILES = [
  0, 10, 25, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 97.5, 98, 99, 99.25, 99.5, 99.75, 99.8, 99.9,
  99.925, 99.95, 99.975, 99.98, 99.99, 100,
] as const;

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

  get count(): number {
    return this.#histogram.count;
  }

  record(ms: number): void {
    this.#histogram.record(Math.min(Math.max(Math.round(ms * NS_PER_MS), 1), LONGEST_NS));
  }

  /** Everything the other one holds. */
  add(other: Latencies): void {
    // Adding nothing would take its bounds for values.
    if (other.count > 0) this.#histogram.add(other.#histogram);
  }

  reset(): void {
    this.#histogram.reset();
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

  percentiles(): Percentiles {
    const histogram = this.#histogram;
    if (histogram.count === 0) return [];
    return PERCENTILES.map((each) => {
      if (each === 0) return [each, rounded(histogram.min)];
      return [each, rounded(each === 100 ? histogram.max : histogram.percentile(each))];
    });
  }
}

/** To a microsecond; below it there is only noise. */
function rounded(ns: number): number {
  return Math.round(ns / 1000) / 1000;
}
