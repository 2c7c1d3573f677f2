/** A generator process seen from its parent: a plan in, answers out, in order. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Belongings } from "./belongings.ts";
import type { LoadAnswer, LoadPlan } from "./load.ts";

const MAIN = fileURLToPath(new URL("generator-main.js", import.meta.url));

/**
 * Throws when an answer is an error, or when the process ended before it had answered
 * everything.
 */
export async function* generate(
  belongings: Belongings,
  plan: LoadPlan,
  environment: NodeJS.ProcessEnv,
  nodeArguments: readonly string[] = [],
): AsyncGenerator<Exclude<LoadAnswer, { type: "failed" }>> {
  const child = belongings.keep(
    fork(MAIN, [JSON.stringify(plan)], { env: environment, execArgv: [...nodeArguments] }),
  );
  const answers: LoadAnswer[] = [];
  let wake = (): void => undefined;
  child.on("message", (answer) => {
    answers.push(answer as LoadAnswer);
    wake();
  });
  const ended = once(child, "exit").then(() => {
    wake();
  });
  for (let given = 0; given < plan.orders.length; ) {
    const answer = answers.shift();
    if (answer === undefined) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`the generator ended with ${child.signalCode ?? child.exitCode ?? ""}`);
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    if (answer.type === "failed") throw new Error(answer.message);
    given++;
    yield answer;
  }
  await ended;
}
