/** `npm run bench`: claims of unique keys and of duplicates at rising numbers of callers. */
import { generate } from "../support/generator.ts";
import type { ClosedMeasurement, LoadPlan, MeasureOrder } from "../support/load.ts";
import { fixed, grouped } from "../support/table.ts";
import type { TargetAddress } from "../support/target.ts";
import { type BenchRun, freshClaimd } from "./bench-run.ts";

/**
 * Before the first measurement of a process: code is compiled only after it has run for a
 * while.
 */
const FIRST_WARM_UP: MeasureOrder = {
  type: "measure",
  scenario: "unique",
  callers: 256,
  restMs: 0,
  warmUpMs: 0,
  measureMs: 2000,
};
const REST_MS = 1000;
const WARM_UP_MS = 500;

export async function benchClaims(run: BenchRun): Promise<readonly ClosedMeasurement[]> {
  const { scenarios, callers, profile } = run.options;
  const profiling =
    profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`, "--no-warnings"];
  const server = await freshClaimd(run, profiling);
  const orders = scenarios.flatMap((scenario) =>
    callers.map((each) => measureOrder(scenario, each, run.options.seconds)),
  );
  const target = { kind: "claimd", address: server.grpcAddress } as const;
  const measured = await measureAll(run, target, server.pid, orders, profiling);
  await server.dispose();
  return measured;
}

export function measureOrder(
  scenario: MeasureOrder["scenario"],
  callers: number,
  seconds: number,
): MeasureOrder {
  return {
    type: "measure",
    scenario,
    callers,
    restMs: REST_MS,
    warmUpMs: WARM_UP_MS,
    measureMs: Math.round(seconds * 1000),
  };
}

/** One generator takes all measurements of one store, after a warm-up that is thrown away. */
export async function measureAll(
  { belongings, environment, say }: BenchRun,
  target: TargetAddress,
  serverPid: number | undefined,
  orders: readonly MeasureOrder[],
  nodeArguments: readonly string[] = [],
): Promise<readonly ClosedMeasurement[]> {
  const plan: LoadPlan = { target, serverPid, orders: [FIRST_WARM_UP, ...orders] };
  const measurements: ClosedMeasurement[] = [];
  let warmedUp = false;
  for await (const answer of generate(belongings, plan, environment, nodeArguments)) {
    if (answer.type !== "measured" || answer.measurement.loop !== "closed") continue;
    if (warmedUp) {
      measurements.push(answer.measurement);
      say(progress(answer.measurement));
    }
    warmedUp = true;
  }
  return measurements;
}

function progress({ scenario, callers, claimsPerSecond, latency }: ClosedMeasurement): string {
  return [
    scenario.padEnd(10),
    `${grouped(callers).padStart(6)} callers`,
    `${grouped(claimsPerSecond).padStart(8)} claims/s`,
    `p50 ${fixed(latency.p50Ms, 3)} ms`,
    `p99 ${fixed(latency.p99Ms, 3)} ms`,
  ].join("  ");
}
