/** `npm run bench -- claims`: the most claims per second of each scenario, by closed loops. */
import type { ClosedMeasurement, MeasureOrder, Measurement } from "../support/load.ts";
import type { Skipped } from "../support/report.ts";
import type { TargetAddress } from "../support/target.ts";
import type { BenchRun } from "./bench-run.ts";
import { fitsClient, scenarioNamed } from "./claim-scenarios.ts";
import { Measuring, measureOrder } from "./measure.ts";
import { onStores } from "./stores.ts";

export { measureOrder } from "./measure.ts";

/** Adds to what is found as it is found. */
export async function benchClaims(
  run: BenchRun,
  found: Measurement[],
  skipped: Skipped[],
): Promise<void> {
  const { scenario, callers, seconds } = run.options;
  await onStores(run, scenario, skipped, async (measuring, names) => {
    for (const name of names) {
      const numbers = callers.length > 0 ? callers : scenarioNamed(name).callers;
      for (const each of numbers.filter((number) => fitsClient(name, number))) {
        found.push(await measuring.measure(measureOrder(name, each, seconds)));
      }
    }
  });
}

/** Closed loops on a store that somebody else has started. */
export async function measureAll(
  run: BenchRun,
  target: TargetAddress,
  serverPids: readonly number[],
  orders: readonly MeasureOrder[],
): Promise<readonly ClosedMeasurement[]> {
  const measuring = await Measuring.start(run, target, serverPids);
  const measured: ClosedMeasurement[] = [];
  for (const order of orders) measured.push(await measuring.measure(order));
  await measuring.close();
  return measured;
}
