/** A load over minutes to hours: what should stay flat, below each other over the same time. */
import { STALL_MS } from "../support/soak-drift.ts";
import type { SoakPoint, SoakReport } from "../support/soak-report.ts";
import { panelChart } from "./chart.ts";
import { mebibytes, millions, milliseconds, perSecond, timeText } from "./number-text.ts";
import type { Panel, Series } from "./panel.ts";
import { type Picture, sourceLines } from "./picture.ts";
import type { Axis } from "./scale.ts";

const MIB = 2 ** 20;
const TIME: Axis = { label: "time", scale: "time", text: timeText };
const PLOT_HEIGHT = 100;

export function soakPictures(report: SoakReport): readonly Picture[] {
  const { points, ratePerSecond, windowsMs, stalls } = report;
  if (points.length === 0) return [];
  const line = (name: string, of: (point: SoakPoint) => number | undefined): Series => ({
    name,
    points: points.map((point) => [point.atSeconds, of(point) ?? Number.NaN]),
  });
  const bands = {
    name: `a second with a stop over ${STALL_MS} ms`,
    kind: "trouble" as const,
    stretches: stalls.map(({ atSeconds }) => [Math.max(0, atSeconds - 1), atSeconds] as const),
  };
  const panels = [
    {
      heading: "claims/s",
      y: linear(perSecond),
      series: [line("", (each) => each.claimsPerSecond)],
    },
    {
      heading: "latency",
      y: { label: "", scale: "log", text: milliseconds } as const,
      series: [
        line("p50", (each) => each.p50Ms),
        line("p99", (each) => each.p99Ms),
        line("max", (each) => each.maxMs),
      ],
    },
    {
      heading: "memory of the server",
      y: linear(mebibytes),
      series: [
        line(
          "anonymous",
          inMib(({ anonymousBytes }) => anonymousBytes),
        ),
        line(
          "heap",
          inMib(({ heapBytes }) => heapBytes),
        ),
        line(
          "external",
          inMib(({ externalBytes }) => externalBytes),
        ),
      ],
    },
    {
      heading: "disk",
      y: linear(mebibytes),
      series: [
        line(
          "records",
          inMib(({ recordsDiskBytes }) => recordsDiskBytes),
        ),
        line(
          "journal",
          inMib(({ journalDiskBytes }) => journalDiskBytes),
        ),
      ],
    },
    {
      heading: "stored keys",
      y: linear(millions),
      series: [line("", ({ records }) => records)],
    },
  ].map((panel): Panel => ({ ...panel, x: TIME, bands }));
  const title = `Soak at ${perSecond(ratePerSecond)}`;
  const windows = windowsMs.map((ms) => timeText(ms / 1000)).join(", ");
  const subtitle = `Open loop at a fixed rate; windows of ${windows}`;
  const chart = { title, subtitle, source: sourceLines(report), panels };
  return [
    { name: "timeline", title, svg: panelChart({ ...chart, columns: 1, plotHeight: PLOT_HEIGHT }) },
  ];
}

function linear(text: Axis["text"]): Axis {
  return { label: "", scale: "linear", text, include: [0] };
}

function inMib(of: (point: SoakPoint) => number | undefined) {
  return (point: SoakPoint): number | undefined => {
    const bytes = of(point);
    return bytes === undefined ? undefined : bytes / MIB;
  };
}
