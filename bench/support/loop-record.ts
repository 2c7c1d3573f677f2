/**
 * What a loop writes down while it measures: latencies in all, and where asked for one point a
 * second.
 *
 * An answer costs one entry into one histogram; each second's is added to the whole at its end.
 */
import { Latencies, type LatencySummary, type Percentiles } from "./latencies.ts";
import type { TimelinePoint } from "./load.ts";

const SECOND_MS = 1000;
/** A rest shorter than this says little as a second of its own. */
const SHORTEST_MS = 500;

export class LoopRecord {
  readonly #all = new Latencies();
  readonly #now = new Latencies();
  readonly #claimsPerAsk: number;
  readonly #tell: ((point: TimelinePoint) => void) | undefined;
  readonly #points: TimelinePoint[] = [];
  #startedAtMs = 0;
  #pointAtMs = 0;
  #answersBefore = 0;
  #timer: NodeJS.Timeout | undefined;
  /** While measuring; in an open loop also those whose asks were due before. */
  answers = 0;

  /** With `tell` each second is kept, and told as it ends. */
  constructor(claimsPerAsk: number, tell: ((point: TimelinePoint) => void) | undefined) {
    this.#claimsPerAsk = claimsPerAsk;
    this.#tell = tell;
  }

  start(nowMs: number): void {
    this.#startedAtMs = nowMs;
    this.#pointAtMs = nowMs;
    if (this.#tell === undefined) return;
    this.#timer = setInterval(() => {
      this.#endSecond(performance.now());
    }, SECOND_MS);
  }

  latency(ms: number): void {
    this.#now.record(ms);
  }

  stop(nowMs: number): void {
    clearInterval(this.#timer);
    if (this.#tell !== undefined && nowMs - this.#pointAtMs >= SHORTEST_MS) this.#endSecond(nowMs);
  }

  /** Everything, also what was recorded after `stop`. */
  result(): { readonly latency: LatencySummary; readonly percentiles: Percentiles } {
    this.#all.add(this.#now);
    this.#now.reset();
    return { latency: this.#all.summary(), percentiles: this.#all.percentiles() };
  }

  get timeline(): readonly TimelinePoint[] | undefined {
    return this.#tell === undefined ? undefined : this.#points;
  }

  #endSecond(nowMs: number): void {
    const { p50Ms, p99Ms, maxMs } = this.#now.summary();
    const claims = (this.answers - this.#answersBefore) * this.#claimsPerAsk;
    const point = {
      atSeconds: Math.round(nowMs - this.#startedAtMs) / SECOND_MS,
      claimsPerSecond: Math.round(claims / ((nowMs - this.#pointAtMs) / SECOND_MS)),
      p50Ms,
      p99Ms,
      maxMs,
    };
    this.#points.push(point);
    this.#tell?.(point);
    this.#all.add(this.#now);
    this.#now.reset();
    this.#answersBefore = this.answers;
    this.#pointAtMs = nowMs;
  }
}
