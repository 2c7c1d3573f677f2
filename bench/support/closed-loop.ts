/**
 * A closed loop: so many callers, each asking again as soon as it was answered.
 *
 * Gives the highest throughput at a number of callers. Its latencies are those of a system that is
 * never asked faster than it answers, and say nothing about a given rate. The first error ends it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Latencies, type LatencySummary, type Percentiles } from "./latencies.ts";

export interface ClosedLoop {
  readonly callers: number;
  /** The same load before, not counted: connections, compiled code, full batches. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly ask: () => Promise<void>;
  /** Looked at when measuring begins and ends, for example processor time. */
  readonly usage: () => Usage;
}

export interface Usage {
  readonly serverCpuSeconds: number | undefined;
  readonly clientCpuSeconds: number;
}

export interface LoopResult {
  readonly answers: number;
  readonly seconds: number;
  readonly latency: LatencySummary;
  readonly percentiles: Percentiles;
  readonly generatorUtilization: number;
  readonly used: Usage;
}

export async function closedLoop(loop: ClosedLoop): Promise<LoopResult> {
  const { callers, warmUpMs, measureMs, ask, usage } = loop;
  const latencies = new Latencies();
  let phase: "warm-up" | "measured" | "over" = "warm-up";
  let answers = 0;
  const now = (): typeof phase => phase;
  const caller = async (): Promise<void> => {
    while (now() !== "over") {
      const askedAtMs = performance.now();
      await ask();
      if (now() !== "measured") continue;
      latencies.record(performance.now() - askedAtMs);
      answers++;
    }
  };
  const all = Promise.all(Array.from({ length: callers }, caller));
  // Ends early only by an error.
  await Promise.race([all, sleep(warmUpMs)]);
  const before = usage();
  const loopBefore = performance.eventLoopUtilization();
  const startedAtMs = performance.now();
  phase = "measured";
  await Promise.race([all, sleep(measureMs)]);
  phase = "over";
  const seconds = (performance.now() - startedAtMs) / 1000;
  const after = usage();
  const utilization = performance.eventLoopUtilization(loopBefore).utilization;
  await all;
  return {
    answers,
    seconds,
    latency: latencies.summary(),
    percentiles: latencies.percentiles(),
    generatorUtilization: utilization,
    used: difference(before, after),
  };
}

function difference(before: Usage, after: Usage): Usage {
  const { serverCpuSeconds: from } = before;
  const { serverCpuSeconds: to } = after;
  return {
    serverCpuSeconds: from === undefined || to === undefined ? undefined : to - from,
    clientCpuSeconds: after.clientCpuSeconds - before.clientCpuSeconds,
  };
}
