/** Open loops: how long claims take at given rates, and where more no longer get through. */
import { keepsUp } from "../scenarios/latency.ts";
import type { OpenMeasurement } from "../support/load.ts";
import type { ReportHead } from "../support/report.ts";
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
const SMALL_PLOT = 200;

export function openPictures(
  head: ReportHead,
  measurements: readonly OpenMeasurement[],
): readonly Picture[] {
  const sweeps = distinct(measurements.map((each) => each.scenario)).map((scenario) => ({
    scenario,
    measured: measurements
      .filter((each) => each.scenario === scenario)
      .toSorted((a, b) => a.offeredPerSecond - b.offeredPerSecond),
  }));
  if (sweeps.length === 0) return [];
  const source = sourceLines(head);
  return [...knees(sweeps, source), curves(sweeps, source)];
}

interface Sweep {
  readonly scenario: string;
  readonly measured: readonly OpenMeasurement[];
}

function curves(sweeps: readonly Sweep[], source: readonly string[]): Picture {
  const title = "Latency at given rates";
  const subtitle = "Open loop: timed from the moment at which each claim was due";
  const svg = percentileChart(
    { title, subtitle, source },
    sweeps.map(({ scenario, measured }) => ({
      heading: scenario,
      series: someOf(measured).map((each) => ({
        name: perSecond(each.offeredPerSecond),
        points: percentileCurve(each),
      })),
    })),
  );
  return { name: "rates-latency", title, svg };
}

function knees(sweeps: readonly Sweep[], source: readonly string[]): readonly Picture[] {
  if (sweeps.every(({ measured }) => measured.length < 2)) return [];
  const title = "Latency against throughput";
  const subtitle = "Open loop at rising rates, timed from the moment at which each claim was due";
  const panels = sweeps.map(({ scenario, measured }): Panel => {
    const [lowest] = measured;
    const behind = new Set(
      measured
        .filter((each) => each.saturated || (lowest !== undefined && !keepsUp(each, lowest)))
        .map((each) => each.achievedPerSecond),
    );
    const line = (name: string, of: (each: OpenMeasurement) => number) => ({
      name,
      points: measured.map((each) => [each.achievedPerSecond, of(each)] as const),
      hollow: ([achieved]: readonly [number, number]) => behind.has(achieved),
    });
    return {
      heading: sweeps.length === 1 ? `${scenario}: latency` : scenario,
      x: ACHIEVED,
      y: LATENCY,
      series: [
        line("p50", ({ latency }) => latency.p50Ms),
        line("p99", ({ latency }) => latency.p99Ms),
      ],
      hollowMeans: "more than is kept up with, by the server or by the generator",
    };
  });
  const [only] = panels;
  const svg =
    panels.length === 1 && only !== undefined
      ? lineChart({ title, subtitle, source, ...only })
      : panelChart({ title, subtitle, source, panels, columns: 2, plotHeight: SMALL_PLOT });
  return [{ name: "rates", title, svg }];
}
