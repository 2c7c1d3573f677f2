/**
 * The program that makes the load, in a process of its own: what it costs must not slow the server
 * down by more than sharing the machine does, and must not be counted as the server's.
 *
 * Started by generator.ts with a plan; answers over the channel to its parent and ends with it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CLAIM_SCENARIOS, type KeyChoice } from "../scenarios/claim-scenarios.ts";
import { closedLoop } from "./closed-loop.ts";
import { keyText, newKeyRun } from "./key-text.ts";
import type { FillOrder, Filled, LoadAnswer, LoadPlan, MeasureOrder, Measurement } from "./load.ts";
import { cpuSecondsOf } from "./process-usage.ts";
import { openTarget, type Target } from "./target.ts";
import { Winners } from "./winners.ts";

/** One claim of the next key, noted by the oracle. */
function asker(target: Target, choice: KeyChoice, winners: Winners): () => Promise<void> {
  const run = newKeyRun();
  return async () => {
    const key = choice.next();
    const answer = await target.claim(keyText(run, key));
    winners.note(key, target.isFirst?.(answer) ?? answer === true);
  };
}

function refuseProblems(winners: Winners, keys: number): void {
  const problems = winners.problems(keys);
  if (problems.length > 0) throw new Error(`the store is wrong: ${problems.join("; ")}`);
}

async function measure(
  target: Target,
  serverPid: number | undefined,
  { scenario, callers, restMs, warmUpMs, measureMs }: MeasureOrder,
): Promise<Measurement> {
  await sleep(restMs);
  const choice = CLAIM_SCENARIOS[scenario].choose();
  const winners = new Winners();
  const { answers, seconds, latency, percentiles, generatorUtilization, used } = await closedLoop({
    callers,
    warmUpMs,
    measureMs,
    ask: asker(target, choice, winners),
    usage: () => {
      const { user, system } = process.cpuUsage();
      return {
        serverCpuSeconds: serverPid === undefined ? undefined : cpuSecondsOf(serverPid),
        clientCpuSeconds: (user + system) / 1e6,
      };
    },
  });
  refuseProblems(winners, choice.keys);
  const microsPerClaim = (cpuSeconds: number): number =>
    Math.round((cpuSeconds / answers) * 1e8) / 100;
  return {
    loop: "closed",
    scenario,
    callers,
    seconds: Math.round(seconds * 1000) / 1000,
    claims: answers,
    claimsPerSecond: Math.round(answers / seconds),
    latency,
    percentiles,
    generatorUtilization,
    serverCpuMicrosPerClaim:
      used.serverCpuSeconds === undefined ? undefined : microsPerClaim(used.serverCpuSeconds),
    clientCpuMicrosPerClaim: microsPerClaim(used.clientCpuSeconds),
    keysChecked: choice.keys,
  };
}

async function fill(target: Target, { callers, keys }: FillOrder): Promise<Filled> {
  const winners = new Winners();
  const choice = CLAIM_SCENARIOS.unique.choose();
  const ask = asker(target, choice, winners);
  const startedAtMs = performance.now();
  const caller = async (): Promise<void> => {
    while (choice.keys < keys) await ask();
  };
  await Promise.all(Array.from({ length: callers }, caller));
  refuseProblems(winners, keys);
  return { keys, seconds: Math.round(performance.now() - startedAtMs) / 1000 };
}

function tell(answer: LoadAnswer): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(answer, undefined, undefined, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

async function main(): Promise<void> {
  process.once("disconnect", () => process.exit(1));
  const plan = JSON.parse(process.argv[2] ?? "{}") as LoadPlan;
  const target = openTarget(plan.target);
  try {
    for (const order of plan.orders) {
      if (order.type === "open") throw new Error("open loops come with the next commit");
      await tell(
        order.type === "fill"
          ? { type: "filled", filled: await fill(target, order) }
          : { type: "measured", measurement: await measure(target, plan.serverPid, order) },
      );
    }
    await target.close();
  } catch (error) {
    await tell({ type: "failed", message: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
  }
  process.disconnect();
}

await main();
