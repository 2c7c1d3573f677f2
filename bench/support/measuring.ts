/** One order of a generator: the load, the oracle's verdict, the numbers. */
import { setTimeout as sleep } from "node:timers/promises";
import { partitionOf } from "@claimd/proto";
import { scenarioNamed } from "../scenarios/claim-scenarios.ts";
import { everyKeyOnce, type KeyChoice, suchKeys } from "../scenarios/key-choice.ts";
import { closedLoop, type LoopResult } from "./closed-loop.ts";
import { keyText, newKeyRun } from "./key-text.ts";
import type {
  ClosedMeasurement,
  Filled,
  FillOrder,
  MeasureOrder,
  OpenMeasurement,
  OpenOrder,
  PartitionLimit,
  TimelinePoint,
} from "./load.ts";
import { LoopRecord } from "./loop-record.ts";
import { usageOf } from "./loop-usage.ts";
import { openLoop } from "./open-loop.ts";
import type { Pacer } from "./pacer.ts";
import type { Target } from "./target.ts";
import { prepare, type Work, workOf } from "./work.ts";
import { Winners } from "./winners.ts";

/** More than a client queues and sends: no answer is missing for a key so far behind. */
const KEYS_IN_FLIGHT = 2 ** 20;

interface Ready {
  readonly work: Work;
  readonly winners: Winners;
  readonly choice: KeyChoice;
}

export interface Generator {
  readonly target: Target;
  readonly serverPids: readonly number[];
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Made when it is first needed. */
  readonly pacer: () => Promise<Pacer>;
  readonly onSecond: (point: TimelinePoint) => void;
}

export async function measureClosed(
  generator: Generator,
  order: MeasureOrder,
): Promise<ClosedMeasurement> {
  const { callers, scenario } = order;
  const load = await ready(generator, order);
  const { work, winners } = load;
  const result = await closedLoop({ callers, ...loopParts(generator, order, load) });
  refuseProblems(winners);
  return { loop: "closed", scenario, callers, ...numbers(result, work, winners) };
}

export async function measureOpen(
  generator: Generator,
  order: OpenOrder,
): Promise<OpenMeasurement> {
  const { ratePerSecond, scenario } = order;
  const pacer = await generator.pacer();
  const load = await ready(generator, order);
  const { work, winners } = load;
  const result = await openLoop({ ratePerSecond, pacer, ...loopParts(generator, order, load) });
  refuseProblems(winners);
  const { lateStarts, saturated, unanswered } = result;
  const measured = numbers(result, work, winners);
  return {
    loop: "open",
    scenario,
    ...measured,
    offeredPerSecond: Math.round(ratePerSecond * work.claimsPerAsk),
    achievedPerSecond: measured.claimsPerSecond,
    lateStarts,
    saturated,
    unanswered,
  };
}

export async function fill(
  { target, onSecond }: Generator,
  { callers, keys, timeline = false }: FillOrder,
): Promise<Filled> {
  const winners = new Winners();
  const choice = everyKeyOnce();
  const scenario = { ask: "claim", claimsPerAsk: 1 } as const;
  const work = workOf({ scenario, choice, target, run: newKeyRun(), winners });
  const record = new LoopRecord(1, timeline ? onSecond : undefined);
  let left = keys;
  const startedAtMs = performance.now();
  const caller = async (): Promise<void> => {
    let askedAtMs = performance.now();
    while (left-- > 0) {
      const key = work.next();
      work.note(key, await work.ask(key));
      const answeredAtMs = performance.now();
      record.latency(answeredAtMs - askedAtMs);
      record.answers++;
      askedAtMs = answeredAtMs;
    }
  };
  record.start(startedAtMs);
  try {
    await Promise.all(Array.from({ length: callers }, caller));
  } finally {
    record.stop(performance.now());
  }
  const seconds = Math.round(performance.now() - startedAtMs) / 1000;
  refuseProblems(winners);
  return { keys, seconds, ...timelineOf(record) };
}

/** After the rest: keys of its own, and an oracle that knows nothing of them yet. */
async function ready(
  { target, random }: Generator,
  { scenario: name, restMs, known, partition }: MeasureOrder | OpenOrder,
): Promise<Ready> {
  const scenario = scenarioNamed(name);
  await prepare(target, scenario);
  await sleep(restMs);
  const winners = new Winners();
  const run = known ?? newKeyRun();
  if (known !== undefined) winners.note(0, true);
  const all = scenario.choose(random);
  const choice =
    partition === undefined ? all : suchKeys(all, (key) => isWithin(partition, keyText(run, key)));
  const work = workOf({ scenario, choice, target, run, winners });
  return { work, winners, choice };
}

function isWithin({ namespace, number, isIn }: PartitionLimit, key: string): boolean {
  return (partitionOf(namespace, Buffer.from(key, "latin1")) === number) === isIn;
}

function loopParts(
  { serverPids, onSecond }: Generator,
  { warmUpMs, measureMs, timeline = false }: MeasureOrder | OpenOrder,
  { work, winners, choice }: Ready,
) {
  return {
    warmUpMs,
    measureMs,
    work,
    measureUsage: usageOf(serverPids),
    onSecond: timeline
      ? (point: TimelinePoint) => {
          // What takes long must not need more and more memory.
          winners.forgetBelow(choice.oldest - KEYS_IN_FLIGHT);
          onSecond(point);
        }
      : undefined,
  };
}

function numbers(result: LoopResult, { claimsPerAsk }: Work, winners: Winners) {
  const { answers, seconds, latency, percentiles, used } = result;
  const claims = answers * claimsPerAsk;
  const microsPerClaim = (cpuSeconds: number): number =>
    claims === 0 ? 0 : Math.round((cpuSeconds / claims) * 1e8) / 100;
  return {
    seconds: Math.round(seconds * 1000) / 1000,
    claims,
    claimsPerSecond: Math.round(claims / seconds),
    latency,
    percentiles,
    serverCpuMicrosPerClaim:
      used.serverCpuSeconds === undefined ? undefined : microsPerClaim(used.serverCpuSeconds),
    clientCpuMicrosPerClaim: microsPerClaim(used.clientCpuSeconds),
    generatorUtilization: Math.round(used.utilization * 1000) / 1000,
    keysChecked: winners.keys,
    ...timelineOf(result),
  };
}

function timelineOf({ timeline }: { readonly timeline: readonly TimelinePoint[] | undefined }) {
  return timeline === undefined ? {} : { timeline };
}

function refuseProblems(winners: Winners): void {
  const problems = winners.problems();
  if (problems.length > 0) throw new Error(`the store is wrong: ${problems.join("; ")}`);
}
