/**
 * Latency over percentiles, the axis stretched so that each further nine has as much room as the
 * one before: the few slow answers are what one wants to see.
 */
import type { LatencySummary, Percentiles } from "../support/latencies.ts";
import { panelChart, lineChart } from "./chart.ts";
import { milliseconds, percentileText } from "./number-text.ts";
import { COLOURS } from "./palette.ts";
import type { Point, Series } from "./panel.ts";
import type { Axis } from "./scale.ts";

const PERCENTILE: Axis = { label: "percentile", scale: "nines", text: percentileText };
/** Where the axis has its ticks, the lines have their marks. */
const MARKED = [50, 90, 99, 99.9, 99.99, 100];
export const LATENCY: Axis = { label: "latency", scale: "log", text: milliseconds };
const SMALL_PLOT = 140;

interface Measured {
  readonly latency: LatencySummary;
  readonly percentiles?: Percentiles;
}

/** Files from before there was a list of percentiles have the summary alone. */
export function percentileCurve({ latency, percentiles }: Measured): readonly Point[] {
  if (percentiles !== undefined) return percentiles;
  const { p50Ms, p90Ms, p99Ms, p999Ms, maxMs } = latency;
  return [
    [50, p50Ms],
    [90, p90Ms],
    [99, p99Ms],
    [99.9, p999Ms],
    [100, maxMs],
  ];
}

export interface Curves {
  readonly heading: string;
  readonly series: readonly Series[];
}

/** One panel for a single set of curves, else a grid of small ones. */
export function percentileChart(
  heading: {
    readonly title: string;
    readonly subtitle: string;
    readonly source: readonly string[];
  },
  sets: readonly Curves[],
): string {
  const panels = sets.map(({ heading: own, series }) => {
    const marked = ([percentile]: Point): boolean => MARKED.includes(percentile);
    const curves = series.map((each) => ({ ...each, marked }));
    return { heading: own, x: PERCENTILE, y: LATENCY, series: curves };
  });
  const [only] = panels;
  if (panels.length === 1 && only !== undefined) {
    return lineChart({ ...heading, ...only, heading: `${only.heading}: latency` });
  }
  const columns = panels.length <= 4 ? 2 : 3;
  return panelChart({ ...heading, panels, columns, plotHeight: SMALL_PLOT });
}

/** At most as many as there are colours, evenly chosen, the first and the last among them. */
export function someOf<T>(values: readonly T[]): readonly T[] {
  if (values.length <= COLOURS) return values;
  const step = (values.length - 1) / (COLOURS - 1);
  return Array.from({ length: COLOURS }, (_, index) => values[Math.round(index * step)]).filter(
    (each) => each !== undefined,
  );
}
