/** The table of what callers notice while a cluster changes: each event at each rate. */
import { SATURATED_NOTE } from "./claims-tables.ts";
import {
  type AvailabilityReport,
  AWAY_SECONDS,
  type ClusterEventName,
  type Episode,
  FROZEN_SECONDS,
  HAPPENS_AFTER_SECONDS,
  MOVED_AT_ONCE,
} from "./availability-report.ts";
import { titleOf } from "./cluster-tables.ts";
import { median } from "./median.ts";
import { fixed, grouped, table } from "./table.ts";

export const EVENT_TITLES: Readonly<Record<ClusterEventName, string>> = {
  "hand-over": "one partition gets another leader",
  moves: `${MOVED_AT_ONCE} partitions get another leader at once`,
  restart: "one node after the other is restarted",
  kill: `a node is killed, and started ${AWAY_SECONDS} s later`,
  freeze: `a node is frozen for ${FROZEN_SECONDS} s`,
};

export function availabilityTables({ shape, episodes }: AvailabilityReport): readonly string[] {
  const claims = episodes.reduce((sum, { asked }) => sum + asked.claims, 0);
  const failed = episodes.reduce((sum, { asked }) => sum + asked.unanswered, 0);
  return [
    `A cluster (${titleOf(shape)}) under an open loop; *slowest* is the longest wait of a claim` +
      " in one event: of half of the events, of nine of ten, of all. Of one partition that gets" +
      " another leader only its own new keys are claimed; else one claim in fifty is of a new" +
      ` key. Of ${grouped(claims)} claims ${grouped(failed)} failed, and no key had two winners.`,
    table(
      [
        "what happens",
        "claims/s",
        "times",
        "took s",
        "claims",
        "failed",
        "p50 ms",
        "p99 ms",
        "slowest ms: half",
        "nine of ten",
        "all",
      ],
      [...grouping(episodes).values()].map(row),
    ),
    ...(episodes.some(isSaturated) ? [SATURATED_NOTE] : []),
    ...(episodes.some(outlasts)
      ? ["**(>) It lasted longer than the load: who came later is not in the table.**"]
      : []),
  ];
}

/** Of one event at one rate. */
function grouping(episodes: readonly Episode[]): ReadonlyMap<string, readonly Episode[]> {
  const groups = new Map<string, Episode[]>();
  for (const episode of episodes) {
    const name = `${episode.event} ${episode.asked.offeredPerSecond}`;
    groups.set(name, [...(groups.get(name) ?? []), episode]);
  }
  return groups;
}

function row(own: readonly Episode[]): readonly string[] {
  const [first] = own as [Episode];
  const middle = (value: (episode: Episode) => number): number => median(own.map(value));
  const sum = (value: (episode: Episode) => number): number =>
    own.reduce((all, each) => all + value(each), 0);
  const slowest = own.map(({ asked }) => asked.latency.maxMs).sort((a, b) => a - b);
  const nineOfTen = slowest[Math.ceil(slowest.length * 0.9) - 1];
  const marks = [own.some(isSaturated) ? " (!)" : "", own.some(outlasts) ? " (>)" : ""].join("");
  return [
    `${EVENT_TITLES[first.event]}${marks}`,
    grouped(first.asked.offeredPerSecond),
    grouped(own.length),
    fixed(
      middle(({ tookSeconds }) => tookSeconds),
      1,
    ),
    grouped(sum(({ asked }) => asked.claims)),
    grouped(sum(({ asked }) => asked.unanswered)),
    fixed(
      middle(({ asked }) => asked.latency.p50Ms),
      1,
    ),
    fixed(
      middle(({ asked }) => asked.latency.p99Ms),
      1,
    ),
    grouped(median(slowest)),
    grouped(nineOfTen ?? Number.NaN),
    grouped(slowest.at(-1) ?? Number.NaN),
  ];
}

function isSaturated({ asked }: Episode): boolean {
  return asked.saturated;
}

function outlasts({ tookSeconds, asked }: Episode): boolean {
  return HAPPENS_AFTER_SECONDS + tookSeconds > asked.seconds;
}
