/**
 * An open loop: asks evenly spaced at a rate, whether or not those before are answered.
 *
 * Must stay true: a latency begins when its ask was due, not when it was sent. Whatever holds the
 * generator up, the store's pause or its own, is in the latencies of all who had to wait for it;
 * timing from the sending would leave out just those (coordinated omission). What is due at the
 * same time is sent at the same time.
 */
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { LoopResult, LoopTimes } from "./closed-loop.ts";
import type { TimelinePoint } from "./load.ts";
import { LoopRecord } from "./loop-record.ts";
import type { MeasureUsage } from "./loop-usage.ts";
import type { Pacer } from "./pacer.ts";
import type { Work } from "./work.ts";

export interface OpenLoop extends LoopTimes {
  /** Asks. */
  readonly ratePerSecond: number;
  readonly work: Work;
  readonly pacer: Pacer;
  readonly measureUsage: MeasureUsage;
  readonly onSecond: ((point: TimelinePoint) => void) | undefined;
}

export interface OpenLoopResult extends LoopResult {
  /** Asks that were due while it measured. */
  readonly asks: number;
  /** Of those: sent more than LATE_MS after they were due. */
  readonly lateStarts: number;
  readonly unanswered: number;
  readonly saturated: boolean;
}

/** A pause of the collector of garbage is shorter, a generator without time to spare is not. */
export const LATE_MS = 10;
/** Above these the generator measures itself. */
const MOST_LATE = 0.01;
const MOST_UTILIZED = 0.95;
/** What takes some milliseconds to send. */
const MOST_AT_ONCE = 4096;
/** For the last answers; the SDK's own calls end after 10 s. */
const ANSWERED_WITHIN_MS = 60_000;

export async function openLoop(loop: OpenLoop): Promise<OpenLoopResult> {
  const { ratePerSecond, warmUpMs, measureMs, work, pacer, measureUsage, onSecond } = loop;
  const record = new LoopRecord(work.claimsPerAsk, onSecond);
  const spacingMs = 1000 / ratePerSecond;
  const startMs = performance.now();
  const untilMs = startMs + warmUpMs + measureMs;
  /** Asks are numbered; those from here on are measured, up to the last. */
  const first = Math.round(warmUpMs / spacingMs);
  const last = Math.round((warmUpMs + measureMs) / spacingMs);
  const open = new OpenAsks();
  let isMeasuring = false;
  let sent = 0;
  let lateStarts = 0;
  let unanswered = 0;

  const ask = async (dueMs: number, counts: boolean): Promise<void> => {
    const key = work.next();
    try {
      work.note(key, await work.ask(key));
    } catch (error) {
      if (!work.noteUnanswered(key, error)) throw error;
      if (counts) unanswered++;
      return;
    }
    if (isMeasuring) record.answers++;
    if (counts) record.latency(performance.now() - dueMs);
  };
  /** True when more is due than is sent at once: answers must get their turn too. */
  const sendDue = (nowMs: number): boolean => {
    for (let left = MOST_AT_ONCE; sent < last && !open.failed; left--) {
      const dueMs = startMs + sent * spacingMs;
      if (dueMs > nowMs) return false;
      if (left === 0) return true;
      const counts = sent++ >= first;
      if (counts && nowMs - dueMs > LATE_MS) lateStarts++;
      open.add(ask(dueMs, counts));
    }
    return false;
  };
  let isSending = false;
  const onWake = async (): Promise<void> => {
    if (isSending) return;
    isSending = true;
    while (sendDue(performance.now())) await setImmediate();
    isSending = false;
  };

  pacer.start(startMs, spacingMs, () => void onWake());
  try {
    await Promise.race([open.failure, sleep(warmUpMs)]);
    const usageUntilNow = measureUsage();
    record.start(performance.now());
    isMeasuring = true;
    const startedAtMs = performance.now();
    await Promise.race([open.failure, sleep(untilMs - startedAtMs)]);
    isMeasuring = false;
    const endedAtMs = performance.now();
    record.stop(endedAtMs);
    const used = usageUntilNow();
    pacer.stop();
    // What a generator without time to spare had still to send: late, but asked.
    while (sendDue(Math.max(performance.now(), untilMs))) await setImmediate();
    await open.answered(ANSWERED_WITHIN_MS);
    const { answers, timeline } = record;
    const asks = last - first;
    const saturated = lateStarts > asks * MOST_LATE || used.utilization > MOST_UTILIZED;
    return {
      asks,
      lateStarts,
      unanswered,
      saturated,
      answers,
      seconds: (endedAtMs - startedAtMs) / 1000,
      ...record.result(),
      used,
      timeline,
    };
  } finally {
    pacer.stop();
    record.stop(performance.now());
  }
}

/** What was asked and not yet answered, as a number; the first failure ends the loop. */
class OpenAsks {
  #open = 0;
  #whenNone: (() => void) | undefined;
  #fail: (error: unknown) => void = () => undefined;
  failed = false;
  /** Never fulfilled. */
  readonly failure: Promise<never>;

  constructor() {
    this.failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever waits for it hears of it; nobody may be waiting at that moment.
    this.failure.catch(() => undefined);
  }

  add(asked: Promise<void>): void {
    this.#open++;
    asked.then(this.#answered, this.#failed);
  }

  /** Rejects when some are open even then. */
  async answered(withinMs: number): Promise<void> {
    if (this.#open === 0 && !this.failed) return;
    const patience = new AbortController();
    const late = sleep(withinMs, undefined, { signal: patience.signal }).then(() => {
      throw new Error(`${this.#open} asks were not answered within ${withinMs} ms of the load`);
    });
    const none = new Promise<void>((resolve) => {
      this.#whenNone = resolve;
    });
    try {
      await Promise.race([this.failure, none, late]);
    } finally {
      late.catch(() => undefined);
      patience.abort();
    }
  }

  readonly #answered = (): void => {
    if (--this.#open === 0) this.#whenNone?.();
  };

  readonly #failed = (error: unknown): void => {
    this.failed = true;
    this.#fail(error);
  };
}
