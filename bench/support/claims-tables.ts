/** Tables of loads on claimd: closed loops by scenario, open loops by rate. */
import { CLAIM_SCENARIOS } from "../scenarios/claim-scenarios.ts";
import { keepsUp } from "../scenarios/latency.ts";
import type { ClosedMeasurement, Measurement, OpenMeasurement } from "./load.ts";
import type { ClaimsReport, LatencyReport } from "./report.ts";
import { fixed, grouped, table } from "./table.ts";

export function claimsTables({ measurements }: ClaimsReport): readonly string[] {
  return [...closedTables(measurements), ...openTables(measurements)];
}

export function latencyTables({ maxima, measurements }: LatencyReport): readonly string[] {
  const found = maxima.map(
    ({ scenario, callers, claimsPerSecond }) =>
      `The maximum of **${scenario}**, by a closed loop of ${grouped(callers)} callers: ` +
      `${grouped(claimsPerSecond)} claims/s.`,
  );
  return [...found, ...openTables(measurements), ...kneeLines(measurements)];
}

const COSTS = ["server CPU µs/claim", "client CPU µs/claim"];

export const SATURATED_NOTE =
  "**(!) The generator was saturated: it could not keep its own schedule, and what is shown " +
  "there is its limit and not the store's.**";

const costs = (each: Measurement): readonly string[] => [
  fixed(each.serverCpuMicrosPerClaim, 1),
  fixed(each.clientCpuMicrosPerClaim, 1),
];

const latencies = ({ latency }: Measurement): readonly string[] => [
  fixed(latency.p50Ms, 3),
  fixed(latency.p99Ms, 3),
  fixed(latency.p999Ms, 3),
];

function closedTables(measurements: readonly Measurement[]): readonly string[] {
  const closed = measurements.filter((each): each is ClosedMeasurement => each.loop !== "open");
  const header = ["callers", "claims/s", "p50 ms", "p99 ms", "p99.9 ms", ...COSTS];
  return byScenario(closed).map(([name, found]) => {
    const rows = found.map((each) => [
      grouped(each.callers),
      grouped(each.claimsPerSecond),
      ...latencies(each),
      ...costs(each),
    ]);
    return `${heading(name)}.\n\n${table(header, rows)}`;
  });
}

function openTables(measurements: readonly Measurement[]): readonly string[] {
  const open = measurements.filter((each): each is OpenMeasurement => each.loop === "open");
  const header = [
    "offered/s",
    "achieved/s",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "max ms",
    "sent late",
    "unanswered",
    "generator busy",
    ...COSTS,
  ];
  return byScenario(open).map(([name, found]) => {
    const rows = found.map((each) => [
      `${grouped(each.offeredPerSecond)}${each.saturated ? " (!)" : ""}`,
      grouped(each.achievedPerSecond),
      ...latencies(each),
      fixed(each.latency.maxMs, 1),
      grouped(each.lateStarts),
      grouped(each.unanswered),
      `${fixed(each.generatorUtilization * 100, 0)} %`,
      ...costs(each),
    ]);
    const warning = found.some(({ saturated }) => saturated) ? `\n\n${SATURATED_NOTE}` : "";
    return (
      `${heading(name)}; an open loop, timed from when each was due.\n\n` +
      `${table(header, rows)}${warning}`
    );
  });
}

/** The highest rate of each scenario that was kept up with, where the next one was not. */
function kneeLines(measurements: readonly OpenMeasurement[]): readonly string[] {
  return byScenario(measurements).flatMap(([name, found]) => {
    const [lowest] = found;
    if (lowest === undefined) return [];
    const beyond = found.findIndex((each) => !keepsUp(each, lowest));
    const last = found[beyond - 1];
    if (last === undefined) return [];
    return [`**${name}** is kept up with up to ${grouped(last.offeredPerSecond)} claims/s.`];
  });
}

function byScenario<M extends Measurement>(
  measurements: readonly M[],
): readonly (readonly [string, readonly M[]])[] {
  const names = [...new Set(measurements.map(({ scenario }) => scenario))];
  return names.map((name) => [name, measurements.filter(({ scenario }) => scenario === name)]);
}

/** A file may be older than the catalogue. */
function heading(name: string): string {
  const titles: Readonly<Record<string, { readonly title: string }>> = CLAIM_SCENARIOS;
  const title = titles[name]?.title;
  return title === undefined ? `**${name}**` : `**${name}**: ${title}`;
}
