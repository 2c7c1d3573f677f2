/**
 * `npm run bench -- soak`: a fixed rate for minutes to hours, on namespaces with short windows, so
 * that slices are dropped all the time; looked at every second from both sides.
 *
 * The rate is given, or a share of the most that a closed loop of the same claims reaches first.
 */
import { startGenerator } from "../support/generator.ts";
import type { ClosedMeasurement, OpenMeasurement, TimelinePoint } from "../support/load.ts";
import { driftOf, lengthMs, merged, STALL_MS, worstFirst } from "../support/soak-drift.ts";
import type { ReportHead } from "../support/report.ts";
import type { SoakPoint, SoakReport } from "../support/soak-report.ts";
import { fixed, grouped } from "../support/table.ts";
import { sampleServer, type ServerSample } from "../support/timeline.ts";
import { type BenchRun, freshClaimd } from "./bench-run.ts";
import { measureOrder, openOrder } from "./measure.ts";

/** With the leases of these namespaces their slices last two minutes. */
const WINDOW_MS = 180_000;
/** Half of the repetitions come 10,000 claims later: within 100 s. */
const FEWEST_PER_SECOND = 100;
const NAMESPACE = "bench-soak";
const SCENARIO = "mixed";
const MAXIMUM_SECONDS = 10;
const SAY_EVERY_SECONDS = 10;
const MOST_POINTS = 600;
const MOST_STALLS = 20;
const MIB = 2 ** 20;

export interface SoakFound {
  maximum: ClosedMeasurement | undefined;
  share: number | undefined;
  ratePerSecond: number;
  measurement: OpenMeasurement | undefined;
  /** One a second. */
  readonly seconds: SoakPoint[];
}

export function nothingFound(): SoakFound {
  return {
    maximum: undefined,
    share: undefined,
    ratePerSecond: 0,
    measurement: undefined,
    seconds: [],
  };
}

/** Adds to what is found as it is found. */
export async function benchSoak(run: BenchRun, found: SoakFound): Promise<void> {
  const { say, options, belongings, environment } = run;
  if (options.rate.length > 1) throw new Error("soak goes on at one rate: give one --rate");
  const server = await freshClaimd(run);
  const { grpcAddress: address, pid } = server;
  const target = { kind: "claimd", address, namespace: NAMESPACE, windowMs: WINDOW_MS } as const;
  const generator = startGenerator(belongings, { target, serverPids: [pid] }, environment);
  const [rate] = options.rate;
  if (rate === undefined) {
    const [callers = 1024] = options.callers;
    say(`what ${grouped(callers)} callers reach, for ${MAXIMUM_SECONDS} s`);
    const order = measureOrder(SCENARIO, callers, MAXIMUM_SECONDS);
    const maximum = await generator.measure({ ...order, timeline: false });
    found.maximum = maximum;
    found.share = options.share;
    found.ratePerSecond = Math.round(maximum.claimsPerSecond * options.share);
  } else found.ratePerSecond = rate;
  if (found.ratePerSecond < FEWEST_PER_SECOND) {
    throw new Error(
      `${found.ratePerSecond} claims/s: below ${FEWEST_PER_SECOND} a repetition would come after ` +
        "its key's window, and be no duplicate",
    );
  }
  const minutes = fixed(options.minutes, 1);
  say(`${grouped(found.ratePerSecond)} claims/s for ${minutes} minutes`);

  let sampled: Promise<void> = Promise.resolve();
  const order = openOrder(SCENARIO, found.ratePerSecond, options.minutes * 60);
  const measured = generator.measure({ ...order, timeline: true }, (second) => {
    sampled = sampled.then(async () => {
      found.seconds.push(pointOf(second, await sampleServer(server)));
      if (found.seconds.length % SAY_EVERY_SECONDS === 0) say(progress(found.seconds));
    });
    // Heard of below, when the load is over.
    sampled.catch(() => undefined);
  });
  const { timeline, ...measurement } = await measured;
  await sampled;
  found.measurement = measurement;
  say(`${grouped(timeline?.length ?? 0)} seconds measured`);
  await generator.close();
  await server.dispose();
}

export type SoakResult = Omit<SoakReport, "kind" | keyof ReportHead>;

/** What the report says of the seconds: from all of them, before they are merged. */
export function soakResult({ seconds, ...found }: SoakFound): SoakResult {
  const worst = worstFirst(seconds);
  const stalled = worst.filter((stall) => lengthMs(stall) > STALL_MS);
  return {
    ...found,
    windowsMs: [WINDOW_MS],
    points: merged(seconds, MOST_POINTS),
    drift: driftOf(seconds),
    longestStall: worst[0],
    stalls: stalled.slice(0, MOST_STALLS).sort((a, b) => a.atSeconds - b.atSeconds),
    stalledSeconds: stalled.length,
  };
}

function pointOf(second: TimelinePoint, sample: ServerSample): SoakPoint {
  const { atSeconds, claimsPerSecond, p50Ms, p99Ms, maxMs } = second;
  return {
    atSeconds,
    claimsPerSecond,
    p50Ms,
    p99Ms,
    maxMs,
    anonymousBytes: sample.anonymousBytes,
    heapBytes: sample.heapBytes,
    externalBytes: sample.externalBytes,
    recordsDiskBytes: sample.recordsDiskBytes,
    journalDiskBytes: sample.journalDiskBytes,
    records: sample.records,
    generations: sample.generations,
    dropping: sample.dropping,
    dropped: sample.dropped,
    overlayRecords: sample.overlayRecords,
    levelZeroFiles: sample.levelZeroFiles,
    stallMs: sample.stallMs,
    utilization: Math.round(sample.utilization * 1000) / 1000,
  };
}

function progress(seconds: readonly SoakPoint[]): string {
  const last = seconds.at(-1);
  if (last === undefined) return "";
  const recent = seconds.slice(-SAY_EVERY_SECONDS);
  const longestMs = Math.max(...recent.map(({ maxMs, stallMs }) => Math.max(maxMs, stallMs)));
  return [
    `${fixed(last.atSeconds, 0).padStart(8)} s`,
    `${grouped(last.claimsPerSecond)} claims/s`,
    `p99 ${fixed(last.p99Ms, 2)} ms`,
    `longest ${fixed(longestMs, 0)} ms`,
    `${fixed((last.anonymousBytes ?? Number.NaN) / MIB, 0)} MiB`,
    `${grouped(last.records)} records`,
    ...(last.dropping > 0 ? ["dropping"] : []),
  ].join("  ");
}
