/**
 * The consumer processes: started, fed from the queue, killed, started again.
 *
 * Must stay true: what a process had in hand when it died goes back to the queue.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Belongings } from "../support/belongings.ts";
import type { ConsumerSettings, FromConsumer, ToConsumer } from "./messages.ts";
import type { Queue } from "./queue.ts";

const MAIN = fileURLToPath(new URL("consumer-main.js", import.meta.url));
/** How many deliveries a consumer has in hand. */
const PREFETCH = 6;

export interface ConsumersOptions {
  readonly count: number;
  readonly settings: Omit<ConsumerSettings, "consumer">;
  readonly environment: NodeJS.ProcessEnv;
  readonly onMessage: (message: FromConsumer) => void;
}

export class Consumers {
  readonly #belongings: Belongings;
  readonly #queue: Queue;
  readonly #options: ConsumersOptions;
  readonly #processes = new Map<number, ChildProcess>();
  #started = 0;
  #closing = false;

  constructor(belongings: Belongings, queue: Queue, options: ConsumersOptions) {
    this.#belongings = belongings;
    this.#queue = queue;
    this.#options = options;
  }

  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.count }, () => this.#startOne()));
  }

  /** Hands out up to so many deliveries to whoever has a hand free. */
  deliver(atMost: number): void {
    let left = atMost;
    for (const [consumer, child] of this.#processes) {
      for (let free = PREFETCH - this.#queue.inHandOf(consumer); free > 0 && left > 0; free--) {
        const delivery = this.#queue.deliverTo(consumer);
        if (delivery === undefined) return;
        left--;
        send(child, { type: "deliver", delivery });
      }
    }
  }

  /** At once and without a last word; another one takes its place. */
  kill(consumer: number): void {
    this.#processes.get(consumer)?.kill("SIGKILL");
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(
      [...this.#processes.values()].map(async (child) => {
        const gone = once(child, "exit");
        send(child, { type: "close" });
        await gone;
      }),
    );
  }

  async #startOne(): Promise<void> {
    const consumer = ++this.#started;
    const settings: ConsumerSettings = { ...this.#options.settings, consumer };
    const child = this.#belongings.keep(
      fork(MAIN, [JSON.stringify(settings)], { env: this.#options.environment, execArgv: [] }),
    );
    child.once("exit", () => {
      this.#processes.delete(consumer);
      this.#queue.consumerDied(consumer);
      if (!this.#closing && !this.#belongings.isReleased) void this.#startOne();
    });
    await new Promise<void>((resolve) => {
      child.on("message", (message) => {
        this.#take(message as FromConsumer);
        if ((message as FromConsumer).type !== "ready") return;
        this.#processes.set(consumer, child);
        resolve();
      });
      child.once("exit", () => {
        resolve();
      });
    });
  }

  #take(message: FromConsumer): void {
    if (message.type === "done") this.#queue.acknowledge(message.delivery);
    if (message.type === "later") {
      setTimeout(() => {
        this.#queue.giveBack(message.delivery);
      }, message.afterMs);
    }
    this.#options.onMessage(message);
  }
}

/** Whoever has just been killed hears nothing: the queue takes the delivery back. */
function send(child: ChildProcess, message: ToConsumer): void {
  child.send(message, () => undefined);
}
