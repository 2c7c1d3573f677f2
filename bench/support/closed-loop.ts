/**
 * A closed loop: so many callers, each asking again as soon as it was answered.
 *
 * Gives the highest throughput at a number of callers. Its latencies are those of a system that is
 * never asked faster than it answers, and say nothing about a given rate. The first error ends it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { LatencySummary, Percentiles } from "./latencies.ts";
import type { TimelinePoint } from "./load.ts";
import { LoopRecord } from "./loop-record.ts";
import type { MeasureUsage, Usage } from "./loop-usage.ts";
import type { Work } from "./work.ts";

export interface LoopTimes {
  /** The same load before, not counted: connections, compiled code, full batches. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface ClosedLoop extends LoopTimes {
  readonly callers: number;
  readonly work: Pick<Work, "claimsPerAsk" | "next" | "ask" | "note">;
  readonly measureUsage: MeasureUsage;
  /** Called with each second, and makes the result have them. */
  readonly onSecond: ((point: TimelinePoint) => void) | undefined;
}

export interface LoopResult {
  /** Of asks. */
  readonly answers: number;
  readonly seconds: number;
  readonly latency: LatencySummary;
  readonly percentiles: Percentiles;
  readonly used: Usage;
  readonly timeline: readonly TimelinePoint[] | undefined;
}

export async function closedLoop(loop: ClosedLoop): Promise<LoopResult> {
  const { callers, warmUpMs, measureMs, work, measureUsage, onSecond } = loop;
  const record = new LoopRecord(work.claimsPerAsk, onSecond);
  let isMeasuring = false;
  let isOver = false;
  // This is what each claim costs beside the client's own work: the clock is read once, because an
  // answer and the next question are the same moment.
  const caller = async (): Promise<void> => {
    let askedAtMs = performance.now();
    while (!isOver) {
      const key = work.next();
      work.note(key, await work.ask(key));
      const answeredAtMs = performance.now();
      if (isMeasuring) {
        record.latency(answeredAtMs - askedAtMs);
        record.answers++;
      }
      askedAtMs = answeredAtMs;
    }
  };
  const all = Promise.all(Array.from({ length: callers }, caller));
  // Ends early only by an error.
  await Promise.race([all, sleep(warmUpMs)]);
  const usageUntilNow = measureUsage();
  const startedAtMs = performance.now();
  record.start(startedAtMs);
  isMeasuring = true;
  try {
    await Promise.race([all, sleep(measureMs)]);
  } finally {
    isMeasuring = false;
    isOver = true;
    record.stop(performance.now());
  }
  const seconds = (performance.now() - startedAtMs) / 1000;
  const used = usageUntilNow();
  await all;
  const { answers, timeline } = record;
  return { answers, seconds, ...record.result(), used, timeline };
}
