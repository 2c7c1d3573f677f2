/**
 * A generator process seen from its parent: orders in, one at a time, and an answer to each.
 *
 * Must stay true: whatever happens to it, an order that is waited for ends; with an answer, or with
 * an error that says why there is none.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Belongings, endChild } from "./belongings.ts";
import type {
  Filled,
  FillOrder,
  LoadAnswer,
  LoadOrder,
  LoadPlan,
  MeasurementOf,
  MeasuringOrder,
  TimelinePoint,
  ToGenerator,
} from "./load.ts";

/**
 * For the load of every store alike: with node's default the generator spends up to two thirds of
 * its time collecting garbage at thousands of callers, and would be what is measured.
 */
export const GENERATOR_FLAGS = ["--max-semi-space-size=64"] as const;

const MAIN = fileURLToPath(new URL("generator-main.js", import.meta.url));

export type OnSecond = (point: TimelinePoint) => void;

export interface LoadGenerator {
  measure<O extends MeasuringOrder>(order: O, onSecond?: OnSecond): Promise<MeasurementOf<O>>;
  fill(order: FillOrder, onSecond?: OnSecond): Promise<Filled>;
  /** Lets it end by itself. */
  close(): Promise<void>;
  /** At once: an order that is waited for fails. */
  kill(): Promise<void>;
}

export type GeneratorPlan = Omit<LoadPlan, "orders">;

export function startGenerator(
  belongings: Belongings,
  plan: GeneratorPlan,
  environment: NodeJS.ProcessEnv,
  nodeArguments: readonly string[] = [],
): LoadGenerator {
  const execArgv = [...GENERATOR_FLAGS, ...nodeArguments];
  const child = belongings.keep(fork(MAIN, { env: environment, execArgv }));
  const ended = once(child, "exit");
  const tell = (message: ToGenerator): void => {
    // One that has ended is told by its exit, not by the channel.
    child.send(message, () => undefined);
  };
  const answer = (order: LoadOrder, onSecond: OnSecond | undefined) =>
    new Promise<Exclude<LoadAnswer, { type: "failed" | "second" }>>((resolve, reject) => {
      const onEnd = (): void => {
        child.off("message", onMessage);
        const how = child.signalCode ?? child.exitCode ?? "no reason";
        reject(new Error(`the generator ended with ${how}`));
      };
      const onMessage = (message: unknown): void => {
        const given = message as LoadAnswer;
        if (given.type === "second") {
          onSecond?.(given.point);
          return;
        }
        child.off("message", onMessage).off("exit", onEnd);
        if (given.type === "failed") reject(new Error(given.message));
        else resolve(given);
      };
      child.on("message", onMessage).on("exit", onEnd);
      if (child.exitCode !== null || child.signalCode !== null) onEnd();
      else tell({ type: "order", order });
    });
  tell({ type: "begin", ...plan });
  return {
    measure: async <O extends MeasuringOrder>(order: O, onSecond?: OnSecond) => {
      const given = await answer(order, onSecond);
      if (given.type !== "measured") throw new Error(`a measurement was answered ${given.type}`);
      return given.measurement as MeasurementOf<O>;
    },
    fill: async (order, onSecond) => {
      const given = await answer(order, onSecond);
      if (given.type !== "filled") throw new Error(`filling was answered ${given.type}`);
      return given.filled;
    },
    close: async () => {
      tell({ type: "end" });
      await ended;
      await endChild(child, "SIGKILL");
    },
    kill: () => endChild(child, "SIGKILL"),
  };
}

/** All orders of a plan in turn: the seconds of each as they come, then its answer. */
export async function* generate(
  belongings: Belongings,
  { orders, ...plan }: LoadPlan,
  environment: NodeJS.ProcessEnv,
  nodeArguments: readonly string[] = [],
): AsyncGenerator<Exclude<LoadAnswer, { type: "failed" }>> {
  const generator = startGenerator(belongings, plan, environment, nodeArguments);
  try {
    for (const order of orders) {
      const points: TimelinePoint[] = [];
      const state = { isOver: false, wake: (): void => undefined };
      const answer = answerOf(generator, order, (point) => {
        points.push(point);
        state.wake();
      });
      const over = (): void => {
        state.isOver = true;
        state.wake();
      };
      answer.then(over, over);
      while (!state.isOver || points.length > 0) {
        const point = points.shift();
        if (point !== undefined) yield { type: "second", point };
        else {
          await new Promise<void>((resolve) => {
            state.wake = resolve;
          });
        }
      }
      yield await answer;
    }
  } finally {
    await generator.close();
  }
}

async function answerOf(generator: LoadGenerator, order: LoadOrder, onSecond: OnSecond) {
  return order.type === "fill"
    ? ({ type: "filled", filled: await generator.fill(order, onSecond) } as const)
    : ({ type: "measured", measurement: await generator.measure(order, onSecond) } as const);
}
