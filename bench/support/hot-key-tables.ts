/** The table of what a hot key does to a cluster: medians of the turns. */
import { SATURATED_NOTE } from "./claims-tables.ts";
import { titleOf } from "./cluster-tables.ts";
import type { AskedLoad, HotKeyPhase, HotKeyReport, NodeWork } from "./hot-key-report.ts";
import type { HotKeyWay } from "./hot-key-target.ts";
import { median } from "./median.ts";
import { fixed, grouped, table } from "./table.ts";

const TITLES: Readonly<Record<HotKeyWay, string>> = {
  leader: "asked of the leader alone",
  nodes: "asked of all replicas",
  cache: "kept by the clients",
};

export function phaseTitle(way: HotKeyWay | undefined, ratePerSecond: number | undefined): string {
  if (way === undefined || ratePerSecond === undefined) return "not asked for";
  return `${TITLES[way]}, ${grouped(ratePerSecond)}/s`;
}

export function hotKeyTables({
  shape,
  clients,
  othersPerSecond,
  phases,
}: HotKeyReport): readonly string[] {
  const turns = new Set(phases.map(({ turn }) => turn)).size;
  const titles = [...new Set(phases.map(ownTitle))];
  const hotClaims = phases.reduce((sum, { hot }) => sum + (hot?.asked.claims ?? 0), 0);
  return [
    `A completed key of a cluster (${titleOf(shape)}), claimed by ${clients} clients, and` +
      ` ${grouped(othersPerSecond)} claims/s of other keys all the time, half of them` +
      ` *neighbours* in its partition; medians of ${turns} turns. CPU is of one core.` +
      ` Of ${grouped(hotClaims)} claims of the key none was granted.`,
    table(
      [
        "the key",
        "claims/s",
        "p99 ms",
        "calls/s: leader",
        "each other",
        "CPU: leader",
        "each other",
        "neighbours' p50 ms",
        "p99 ms",
        "elsewhere p50 ms",
        "p99 ms",
        "failed",
      ],
      titles.map((title) => row(phases.filter((each) => ownTitle(each) === title))),
    ),
    ...(phases.some(isSaturated) ? [SATURATED_NOTE] : []),
  ];
}

function ownTitle({ hot }: HotKeyPhase): string {
  return phaseTitle(hot?.way, hot?.asked.offeredPerSecond);
}

function isSaturated(phase: HotKeyPhase): boolean {
  return loadsOf(phase).some(({ saturated }) => saturated);
}

function loadsOf({ hot, neighbours, elsewhere }: HotKeyPhase): readonly AskedLoad[] {
  return hot === undefined ? [neighbours, elsewhere] : [neighbours, elsewhere, hot.asked];
}

function row(own: readonly HotKeyPhase[]): readonly string[] {
  const [first] = own as [HotKeyPhase];
  const { hot } = first;
  const middle = (value: (phase: HotKeyPhase) => number): number => median(own.map(value));
  const perSecond = (value: (node: NodeWork) => number, leads: boolean): number =>
    middle(({ seconds, nodes }) => {
      const of = nodes.filter((each) => each.leads === leads);
      return of.reduce((sum, each) => sum + value(each), 0) / of.length / seconds;
    });
  const calls = (leads: boolean): string =>
    hot === undefined ? "–" : grouped(perSecond(({ hotAnswers }) => hotAnswers, leads));
  const cpu = (leads: boolean): string => {
    const share = perSecond(({ cpuSeconds = Number.NaN }) => cpuSeconds, leads);
    return Number.isNaN(share) ? "–" : `${fixed(share * 100, 0)} %`;
  };
  const latency = (of: "neighbours" | "elsewhere"): readonly string[] => [
    fixed(
      middle((phase) => phase[of].latency.p50Ms),
      2,
    ),
    fixed(
      middle((phase) => phase[of].latency.p99Ms),
      2,
    ),
  ];
  const failed = own.flatMap(loadsOf).reduce((sum, { unanswered }) => sum + unanswered, 0);
  return [
    `${ownTitle(first)}${own.some(isSaturated) ? " (!)" : ""}`,
    hot === undefined ? "–" : grouped(middle((each) => each.hot?.asked.achievedPerSecond ?? 0)),
    hot === undefined
      ? "–"
      : fixed(
          middle((each) => each.hot?.asked.latency.p99Ms ?? 0),
          2,
        ),
    calls(true),
    calls(false),
    cpu(true),
    cpu(false),
    ...latency("neighbours"),
    ...latency("elsewhere"),
    grouped(failed),
  ];
}
