/** What a store costs as its number of keys grows, and what dropping old ones costs. */
import type { CapacityReport, CapacityStep, DroppingResult } from "../support/capacity-report.ts";
import { panelChart, lineChart } from "./chart.ts";
import { RATE } from "./closed-pictures.ts";
import { bytes, mebibytes, millions, milliseconds, seconds, timeText } from "./number-text.ts";
import type { Level, Panel, Series } from "./panel.ts";
import { callersText, distinct, type Picture, sourceLines } from "./picture.ts";
import type { Axis } from "./scale.ts";
import { CAPACITY_TARGETS, type Target } from "./targets.ts";

const MIB = 2 ** 20;
const TIME: Axis = { label: "time", scale: "time", text: timeText };
const PLOT_HEIGHT = 150;

export function capacityPictures(report: CapacityReport): readonly Picture[] {
  return [
    ...growth(report),
    ...(report.dropping === undefined ? [] : [drop(report, report.dropping)]),
  ];
}

function growth(report: CapacityReport): readonly Picture[] {
  const { steps, keyBytes } = report;
  const most = Math.max(0, ...steps.map(({ keys }) => keys));
  if (most === 0) return [];
  const keys: Axis = {
    label: "keys",
    scale: "linear",
    text: millions,
    at: steps.map((each) => each.keys),
  };
  const line = (name: string, of: (step: CapacityStep) => number | undefined): Series => ({
    name,
    points: steps.map((step) => [step.keys, of(step) ?? Number.NaN]),
  });
  const callers = distinct(steps.flatMap((step) => step.measurements.map((each) => each.callers)));
  const loads = callers.map((each) => ({
    name: callersText(each),
    in: (step: CapacityStep) => step.measurements.find((measured) => measured.callers === each),
  }));
  const levels = (target: Target, unit = 1): readonly Level[] => levelsOf(target, 0, most, unit);
  const panels: readonly Omit<Panel, "x">[] = [
    {
      heading: "claims/s",
      y: RATE,
      series: loads.map((load) => line(load.name, (step) => load.in(step)?.claimsPerSecond)),
    },
    {
      heading: "latency, p99",
      y: { label: "", scale: "log", text: milliseconds },
      series: loads.map((load) => line(load.name, (step) => load.in(step)?.latency.p99Ms)),
    },
    {
      heading: "anonymous memory",
      y: fromNothing(mebibytes),
      series: [
        line("at rest", ({ anonymousBytes: { atRest } }) => (atRest ?? Number.NaN) / MIB),
        line("filling", ({ anonymousBytes: { peak } }) => (peak ?? Number.NaN) / MIB),
      ],
      levels: levels(CAPACITY_TARGETS.anonymousBytes, MIB),
    },
    {
      heading: "record bytes per key",
      y: fromNothing(bytes),
      series: [line("", ({ keys: stored, diskBytes }) => diskBytes.records / stored)],
      levels: levels(CAPACITY_TARGETS.diskBytesPerKey),
    },
    {
      heading: "after SIGKILL",
      y: fromNothing(seconds),
      series: [
        line("ready", ({ restart }) => restart?.readySeconds),
        line("first answer", ({ restart }) => restart?.firstClaimSeconds),
        line("filters rebuilt", ({ restart }) => restart?.rebuiltSeconds),
      ],
      levels: levels(CAPACITY_TARGETS.readySeconds),
    },
    {
      heading: "claims/s while it grows",
      y: RATE,
      series: [
        line("filling", ({ filled }) => filled?.claimsPerSecond),
        line("rebuilding", ({ restart }) => restart?.whileRebuilding?.claimsPerSecond),
      ],
    },
  ];
  const title = "What a store costs by its number of keys";
  const subtitle = `One store that grows, measured at each number of keys of ${keyBytes} bytes`;
  const chart = { title, subtitle, source: sourceLines(report) };
  const svg = panelChart({
    ...chart,
    panels: panels.map((panel) => ({ ...panel, x: keys })),
    columns: 2,
    plotHeight: PLOT_HEIGHT,
  });
  return [{ name: "keys", title, svg }];
}

function drop(report: CapacityReport, dropping: DroppingResult): Picture {
  const { timeline, before, callers, keys } = dropping;
  const last = timeline.at(-1)?.atSeconds ?? 0;
  const title = "Claims per second while generations are dropped";
  const gone = `${millions(keys)} keys of another namespace`;
  const subtitle = `Closed loop of ${callersText(callers)}, while ${gone} go`;
  const svg = lineChart({
    title,
    subtitle,
    source: sourceLines(report),
    x: TIME,
    y: RATE,
    series: [{ name: "", points: timeline.map((each) => [each.atSeconds, each.claimsPerSecond]) }],
    levels: levelsOf(CAPACITY_TARGETS.ratioWhileDropping, 0, last, 1 / before.claimsPerSecond),
    bands: {
      name: "dropping",
      kind: "phase",
      stretches: timeline.flatMap((each, index) =>
        each.dropping > 0 ? [[timeline[index - 1]?.atSeconds ?? 0, each.atSeconds] as const] : [],
      ),
    },
  });
  return { name: "dropping", title, svg };
}

function levelsOf(target: Target, from: number, to: number, unit: number): readonly Level[] {
  return (["floor", "goal"] as const).map((kind) => ({
    kind,
    stretches: [[from, to, target[kind] / unit]],
  }));
}

function fromNothing(text: Axis["text"]): Axis {
  return { label: "", scale: "linear", text, include: [0] };
}
