/** Open loops: how long claims take at given rates, and where more of them no longer get through. */
import type { OpenMeasurement } from "../support/load.ts";
import type { LatencyReport } from "../support/report.ts";
import { lineChart, panelChart } from "./chart.ts";
import { perSecond } from "./number-text.ts";
import type { Panel } from "./panel.ts";
import { LATENCY, percentileChart, percentileCurve, someOf } from "./percentile-curve.ts";
import { distinct, type Picture, sourceLines } from "./picture.ts";
import type { Axis } from "./scale.ts";

const ACHIEVED: Axis = {
  label: "achieved claims/s",
  scale: "linear",
  text: perSecond,
  include: [0],
};
/** Below this share of the offered rate more was asked than answered. */
const KEPT_UP = 0.99;
const SMALL_PLOT = 200;

export function latencyPictures(report: LatencyReport): readonly Picture[] {
  const sets = distinct(report.measurements.map((each) => each.scenario)).map((scenario) => ({
    scenario,
    measured: report.measurements
      .filter((each) => each.scenario === scenario)
      .toSorted((a, b) => a.offeredPerSecond - b.offeredPerSecond),
  }));
  if (sets.length === 0) return [];
  const source = sourceLines(report);
  return [...knees(sets, source), curves(sets, source)];
}

interface Sweep {
  readonly scenario: string;
  readonly measured: readonly OpenMeasurement[];
}

function curves(sets: readonly Sweep[], source: readonly string[]): Picture {
  const title = "Latency at given rates";
  const subtitle = "Open loop: timed from the moment at which each claim was due";
  const svg = percentileChart(
    { title, subtitle, source },
    sets.map(({ scenario, measured }) => ({
      heading: scenario,
      series: someOf(measured).map((each) => ({
        name: perSecond(each.offeredPerSecond),
        points: percentileCurve(each),
      })),
    })),
  );
  return { name: "latency", title, svg };
}

function knees(sets: readonly Sweep[], source: readonly string[]): readonly Picture[] {
  if (sets.every(({ measured }) => measured.length < 2)) return [];
  const title = "Latency against throughput";
  const subtitle = "Open loop at rising rates, timed from the moment at which each claim was due";
  const panels = sets.map(({ scenario, measured }): Panel => {
    const behind = new Set(
      measured
        .filter(
          (each) => each.saturated || each.achievedPerSecond < KEPT_UP * each.offeredPerSecond,
        )
        .map((each) => each.achievedPerSecond),
    );
    const line = (name: string, of: (each: OpenMeasurement) => number) => ({
      name,
      points: measured.map((each) => [each.achievedPerSecond, of(each)] as const),
      hollow: ([achieved]: readonly [number, number]) => behind.has(achieved),
    });
    return {
      heading: `${scenario}: latency`,
      x: ACHIEVED,
      y: LATENCY,
      series: [
        line("p50", ({ latency }) => latency.p50Ms),
        line("p99", ({ latency }) => latency.p99Ms),
      ],
      hollowMeans: "behind the offered rate: server or generator at its limit",
    };
  });
  const [only] = panels;
  const svg =
    panels.length === 1 && only !== undefined
      ? lineChart({ title, subtitle, source, ...only })
      : panelChart({ title, subtitle, source, panels, columns: 2, plotHeight: SMALL_PLOT });
  return [{ name: "throughput", title, svg }];
}
