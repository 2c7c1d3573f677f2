/**
 * `npm run bench -- latency`: latency at given rates, by open loops.
 *
 * Without rates a short closed loop finds the maximum, and rates rise from a tenth of it to where
 * the store no longer keeps up: the knee. The first rate beyond it is measured too, so that a
 * picture shows where it turns.
 */
import type { ClosedMeasurement, OpenMeasurement } from "../support/load.ts";
import type { Skipped } from "../support/report.ts";
import type { BenchRun } from "./bench-run.ts";
import { type ClaimScenarioName, scenarioNamed } from "./claim-scenarios.ts";
import { type Measuring, measureOrder, openOrder } from "./measure.ts";
import { onStores } from "./stores.ts";

/** Of the maximum. Closer together towards the knee, where everything happens. */
const SHARES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95];
const MAXIMUM_SECONDS = 3;
/** Keeping up: at least this share of what was offered was answered meanwhile. */
const ACHIEVED = 0.97;
/** And half of the asks are answered within so many times the half at the lowest rate. */
const SLOWER = 20;

export interface LatencyFindings {
  /** What the closed loops found, by which the rates were chosen. */
  readonly maxima: ClosedMeasurement[];
  readonly measurements: OpenMeasurement[];
}

/** Adds to what is found as it is found. */
export async function benchLatency(
  run: BenchRun,
  found: LatencyFindings,
  skipped: Skipped[],
): Promise<void> {
  const { scenario, rate: rates } = run.options;
  await onStores(run, scenario, skipped, async (measuring, names) => {
    for (const name of names) {
      if (rates.length > 0) await atRates(run, measuring, name, rates, found);
      else await upToTheKnee(run, measuring, name, found);
    }
  });
}

async function atRates(
  { options: { seconds } }: BenchRun,
  measuring: Measuring,
  scenario: ClaimScenarioName,
  rates: readonly number[],
  { measurements }: LatencyFindings,
): Promise<void> {
  for (const rate of rates) {
    measurements.push(await measuring.measure(openOrder(scenario, rate, seconds)));
  }
}

async function upToTheKnee(
  { options: { callers, seconds }, say }: BenchRun,
  measuring: Measuring,
  scenario: ClaimScenarioName,
  { maxima, measurements }: LatencyFindings,
): Promise<void> {
  const [most = 1] = callers;
  const maximum = await measuring.measure(measureOrder(scenario, most, MAXIMUM_SECONDS));
  maxima.push(maximum);
  const asksPerSecond = maximum.claimsPerSecond / scenarioNamed(scenario).claimsPerAsk;
  let lowest: OpenMeasurement | undefined;
  for (const share of SHARES) {
    const rate = Math.max(Math.round(asksPerSecond * share), 1);
    const measured = await measuring.measure(openOrder(scenario, rate, seconds));
    measurements.push(measured);
    lowest ??= measured;
    if (keepsUp(measured, lowest)) continue;
    say(`${scenario}: the knee is before ${measured.offeredPerSecond} claims/s`);
    return;
  }
}

export function keepsUp(measured: OpenMeasurement, lowest: OpenMeasurement): boolean {
  return (
    measured.achievedPerSecond >= measured.offeredPerSecond * ACHIEVED &&
    measured.unanswered === 0 &&
    measured.latency.p50Ms <= lowest.latency.p50Ms * SLOWER
  );
}
