/**
 * What each verb measures, and what it has found so far.
 *
 * Must stay true: findings are a whole part of a report at every moment, because Ctrl-C may take
 * them at any. A bench adds to them what is finished and nothing else.
 */
import { AVAILABILITY_SHAPE, benchAvailability } from "./scenarios/availability.ts";
import type { BenchRun } from "./scenarios/bench-run.ts";
import * as capacity from "./scenarios/capacity.ts";
import { benchClaims } from "./scenarios/claims.ts";
import { benchCluster } from "./scenarios/cluster.ts";
import { benchCompare } from "./scenarios/compare.ts";
import { benchHotKey, HOT_KEY_SHAPE, OTHERS_PER_SECOND } from "./scenarios/hot-key.ts";
import { benchLatency } from "./scenarios/latency.ts";
import { benchQuick } from "./scenarios/quick.ts";
import * as soak from "./scenarios/soak.ts";
import type { Episode } from "./support/availability-report.ts";
import type { ClusterTurn } from "./support/cluster-report.ts";
import type { HotKeyPhase } from "./support/hot-key-report.ts";
import type { ClosedMeasurement, Measurement, OpenMeasurement } from "./support/load.ts";
import { HOT_KEY_CLIENTS } from "./support/hot-key-target.ts";
import type { Report, ReportHead, Skipped } from "./support/report.ts";
import type { MeasuringVerbName } from "./verbs.ts";

/** A report without its head. */
export type Findings = Body<Report>;
type Body<R> = R extends unknown ? Omit<R, keyof ReportHead> : never;

export interface StartedBench {
  readonly findings: Findings;
  readonly finished: Promise<void>;
}

export function startBench(
  verb: MeasuringVerbName,
  run: BenchRun,
  skipped: Skipped[],
): StartedBench {
  switch (verb) {
    case "quick": {
      const measurements: Measurement[] = [];
      const finished = benchQuick(run, measurements);
      return { findings: { kind: "claims", measurements }, finished };
    }
    case "claims": {
      const measurements: Measurement[] = [];
      const finished = benchClaims(run, measurements, skipped);
      return { findings: { kind: "claims", measurements }, finished };
    }
    case "latency": {
      const maxima: ClosedMeasurement[] = [];
      const measurements: OpenMeasurement[] = [];
      const finished = benchLatency(run, { maxima, measurements }, skipped);
      return { findings: { kind: "latency", maxima, measurements }, finished };
    }
    case "compare": {
      const found = { services: [], turns: [] };
      const finished = benchCompare(run, found, skipped);
      return { findings: { kind: "compare", ...found }, finished };
    }
    case "capacity": {
      const found = capacity.nothingFound();
      const finished = capacity.benchCapacity(run, found);
      return live(finished, () => ({ kind: "capacity", ...found }));
    }
    case "cluster": {
      const turns: ClusterTurn[] = [];
      const finished = benchCluster(run, turns);
      return { findings: { kind: "cluster", turns }, finished };
    }
    case "hot-key": {
      const phases: HotKeyPhase[] = [];
      const finished = benchHotKey(run, phases, skipped);
      const of = { shape: HOT_KEY_SHAPE, clients: HOT_KEY_CLIENTS };
      const what = { ...of, othersPerSecond: OTHERS_PER_SECOND };
      return { findings: { kind: "hot-key", ...what, phases }, finished };
    }
    case "availability": {
      const episodes: Episode[] = [];
      const finished = benchAvailability(run, episodes);
      return { findings: { kind: "availability", shape: AVAILABILITY_SHAPE, episodes }, finished };
    }
    case "soak": {
      const found = soak.nothingFound();
      const finished = soak.benchSoak(run, found);
      return live(finished, () => ({ kind: "soak", ...soak.soakResult(found) }));
    }
  }
}

/** What is found is made into findings when somebody asks. */
function live(finished: Promise<void>, findings: () => Findings): StartedBench {
  return {
    finished,
    get findings() {
      return findings();
    },
  };
}
