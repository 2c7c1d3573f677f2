/**
 * The program that makes the load, in a process of its own: what it costs must not slow the server
 * down by more than sharing the machine does, and must not be counted as the server's.
 *
 * Started by generator.ts; orders come and answers go over the channel to its parent, and it ends
 * with it. A command line could be read by everybody, and what is loaded may have a token.
 */
import { on } from "node:events";
import type { LoadAnswer, LoadOrder, ToGenerator } from "./load.ts";
import { fill, type Generator, measureClosed, measureOpen } from "./measuring.ts";
import { openPacer, type ThreadPacer } from "./pacer.ts";
import { seededRandom } from "./seeded-random.ts";
import { openTarget } from "./target.ts";

/** The same popular keys in every run; what they are called is another matter. */
const SEED = 20261121;

function tell(answer: LoadAnswer): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(answer, undefined, undefined, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

async function answerTo(generator: Generator, order: LoadOrder): Promise<LoadAnswer> {
  switch (order.type) {
    case "measure":
      return { type: "measured", measurement: await measureClosed(generator, order) };
    case "open":
      return { type: "measured", measurement: await measureOpen(generator, order) };
    case "fill":
      return { type: "filled", filled: await fill(generator, order) };
  }
}

async function main(): Promise<void> {
  // Whoever ends the channel: nothing is left to do, whatever timers say.
  process.once("disconnect", () => process.exit());
  // Ctrl-C reaches the whole group: the parent decides what ends when.
  process.on("SIGINT", () => undefined);
  let generator: Generator | undefined;
  let pacer: Promise<ThreadPacer> | undefined;
  for await (const [message] of on(process, "message") as AsyncIterable<[ToGenerator]>) {
    if (message.type === "end") break;
    if (message.type === "begin") {
      generator = {
        target: openTarget(message.target),
        serverPids: message.serverPids,
        random: seededRandom(SEED),
        pacer: () => (pacer ??= openPacer()),
        onSecond: (point) => void tell({ type: "second", point }),
      };
    } else if (generator !== undefined) await tell(await answerTo(generator, message.order));
  }
  await generator?.target.close();
  await (await pacer)?.close();
}

try {
  await main();
} catch (error) {
  await tell({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
process.disconnect();
