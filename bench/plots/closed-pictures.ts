/** Closed loops: how many claims so many callers get through, and how long each of them waits. */
import { CLAIM_SCENARIOS, type ClaimScenario } from "../scenarios/claim-scenarios.ts";
import type { ClosedMeasurement } from "../support/load.ts";
import type { ReportHead } from "../support/report.ts";
import { lineChart, panelChart } from "./chart.ts";
import { numberText, perSecond } from "./number-text.ts";
import type { Series } from "./panel.ts";
import { percentileChart, percentileCurve } from "./percentile-curve.ts";
import { callersText, distinct, type Picture, sourceLines } from "./picture.ts";
import type { Axis } from "./scale.ts";

export const RATE: Axis = { label: "claims/s", scale: "linear", text: perSecond, include: [0] };

export function callersAxis(callers: readonly number[]): Axis {
  return { label: "callers", scale: "log", text: numberText, at: distinct(callers) };
}

export function closedPictures(
  head: ReportHead,
  measurements: readonly ClosedMeasurement[],
): readonly Picture[] {
  if (measurements.length === 0) return [];
  return [...throughput(head, measurements), latencies(head, measurements)];
}

function throughput(head: ReportHead, closed: readonly ClosedMeasurement[]): readonly Picture[] {
  if (distinct(closed.map((each) => each.callers)).length < 2) return [];
  const title = "Claims per second by number of callers";
  const subtitle = "Closed loop: each caller asks again as soon as it was answered";
  const heading = { title, subtitle, source: sourceLines(head) };
  const panels = GROUPS.flatMap(({ name, holds }) => {
    const own = closed.filter((each) => holds(each.scenario));
    const callers = own.map((each) => each.callers);
    const series = linesOf(own);
    return own.length === 0 ? [] : [{ heading: name, x: callersAxis(callers), y: RATE, series }];
  });
  const [only] = panels;
  const svg =
    panels.length === 1 && only !== undefined
      ? lineChart({ ...heading, ...only, heading: "claims/s" })
      : panelChart({ ...heading, panels, columns: 1, plotHeight: 200 });
  return [{ name: "callers", title, svg }];
}

function linesOf(closed: readonly ClosedMeasurement[]): readonly Series[] {
  return distinct(closed.map((each) => each.scenario)).map((scenario) => ({
    name: scenario,
    points: closed
      .filter((each) => each.scenario === scenario)
      .map((each) => [each.callers, each.claimsPerSecond]),
  }));
}

/** More lines than these in one plot nobody can tell apart. */
const ask = (scenario: string): ClaimScenario["ask"] =>
  (CLAIM_SCENARIOS as Readonly<Record<string, ClaimScenario>>)[scenario]?.ask ?? "claim";
const GROUPS = [
  { name: "a claim each: claims/s", holds: (scenario: string) => ask(scenario) === "claim" },
  { name: "explicit batches: claims/s", holds: (scenario: string) => ask(scenario) === "batch" },
  {
    name: "more than a claim: claims/s",
    holds: (scenario: string) => ask(scenario) !== "claim" && ask(scenario) !== "batch",
  },
];

function latencies(head: ReportHead, closed: readonly ClosedMeasurement[]): Picture {
  const callers = distinct(closed.map((each) => each.callers)).toSorted((a, b) => a - b);
  const sets = distinct(closed.map((each) => each.scenario)).map((scenario) => ({
    heading: scenario,
    series: closed
      .filter((each) => each.scenario === scenario)
      .map((each) => ({
        name: callersText(each.callers),
        look: callers.indexOf(each.callers),
        points: percentileCurve(each),
      })),
  }));
  const title = "Latency by number of callers";
  const subtitle = "Closed loop: the latencies of as many claims as the callers get through";
  const svg = percentileChart({ title, subtitle, source: sourceLines(head) }, sets);
  return { name: "callers-latency", title, svg };
}
