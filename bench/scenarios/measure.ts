/**
 * Measurements one after the other by one generator: the orders, what is thrown away before, and
 * what is said meanwhile.
 */
import { type LoadGenerator, startGenerator } from "../support/generator.ts";
import type {
  MeasureOrder,
  Measurement,
  MeasurementOf,
  MeasuringOrder,
  OpenOrder,
  TimelinePoint,
} from "../support/load.ts";
import { fixed, grouped } from "../support/table.ts";
import type { TargetAddress } from "../support/target.ts";
import { type BenchRun, profileFlags } from "./bench-run.ts";

/**
 * Before the first measurement of a process: code is compiled only after it has run for a
 * while.
 */
export const FIRST_WARM_UP: MeasureOrder = {
  type: "measure",
  scenario: "unique",
  callers: 256,
  restMs: 0,
  warmUpMs: 0,
  measureMs: 2000,
};
const REST_MS = 1000;
const WARM_UP_MS = 500;
/** Whatever takes as long tells its seconds, and says something every few of them. */
const LONG_MS = 10_000;
const SAY_EVERY = 5;

type Scenario = MeasureOrder["scenario"];

export function measureOrder(scenario: Scenario, callers: number, seconds: number): MeasureOrder {
  return { type: "measure", scenario, callers, ...times(seconds) };
}

export function openOrder(scenario: Scenario, ratePerSecond: number, seconds: number): OpenOrder {
  return { type: "open", scenario, ratePerSecond, ...times(seconds) };
}

function times(seconds: number) {
  const measureMs = Math.round(seconds * 1000);
  return {
    restMs: REST_MS,
    warmUpMs: WARM_UP_MS,
    measureMs,
    ...(measureMs >= LONG_MS ? { timeline: true } : {}),
  };
}

/** A generator on one target, past its first warm-up. */
export class Measuring {
  readonly #run: BenchRun;
  readonly #generator: LoadGenerator;

  private constructor(run: BenchRun, generator: LoadGenerator) {
    this.#run = run;
    this.#generator = generator;
  }

  static async start(
    run: BenchRun,
    target: TargetAddress,
    serverPids: readonly number[],
  ): Promise<Measuring> {
    const { belongings, environment, options } = run;
    const plan = { target, serverPids };
    const generator = startGenerator(belongings, plan, environment, profileFlags(options));
    try {
      await generator.measure(FIRST_WARM_UP);
    } catch (error) {
      await generator.kill();
      throw error;
    }
    return new Measuring(run, generator);
  }

  async measure<O extends MeasuringOrder>(order: O): Promise<MeasurementOf<O>> {
    let seconds = 0;
    const measured = await this.#generator.measure(order, (point) => {
      if (++seconds % SAY_EVERY === 0) this.#run.say(second(point));
    });
    this.#run.say(progress(measured));
    return measured;
  }

  close(): Promise<void> {
    return this.#generator.close();
  }

  /** After a measurement that failed. */
  kill(): Promise<void> {
    return this.#generator.kill();
  }
}

function second({ atSeconds, claimsPerSecond, p50Ms, p99Ms }: TimelinePoint): string {
  return [
    `${fixed(atSeconds, 0).padStart(22)} s`,
    `${grouped(claimsPerSecond).padStart(8)} claims/s`,
    `p50 ${fixed(p50Ms, 3)} ms`,
    `p99 ${fixed(p99Ms, 3)} ms`,
  ].join("  ");
}

function progress(measured: Measurement): string {
  const { scenario, claimsPerSecond, latency } = measured;
  const load =
    measured.loop === "closed"
      ? `${grouped(measured.callers).padStart(7)} callers`
      : `${grouped(measured.offeredPerSecond).padStart(7)} asked/s`;
  return [
    scenario.padEnd(13),
    load,
    `${grouped(claimsPerSecond).padStart(8)} claims/s`,
    `p50 ${fixed(latency.p50Ms, 3)} ms`,
    `p99 ${fixed(latency.p99Ms, 3)} ms`,
    ...(measured.loop === "open" && measured.saturated ? ["the generator was saturated"] : []),
  ].join("  ");
}
