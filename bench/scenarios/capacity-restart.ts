/**
 * SIGKILL while claims are being made, and a start on the same folder: how long until the ready
 * line, until the first answer, and until filters and index are rebuilt, with the rate meanwhile.
 *
 * A crash of the process, not of the machine: the system still has the files in memory. What was
 * answered before must still be so: keys that were granted are duplicates, or the run fails.
 */
import { createClient } from "@claimd/client";
import type { RestartResult } from "../support/capacity-report.ts";
import { keyText, newKeyRun } from "../support/key-text.ts";
import { NAMESPACE } from "../support/claimd-target.ts";
import { fixed } from "../support/table.ts";
import { rateWhile, sampleServer } from "../support/timeline.ts";
import type { BenchRun } from "./bench-run.ts";
import type { GrowingStore } from "./growing-store.ts";

/** Asked at once, in the midst of the load. */
const KEPT_KEYS = 1000;
const LOOK_EVERY_MS = 250;

export async function restartUnderLoad(run: BenchRun, store: GrowingStore): Promise<RestartResult> {
  const [callers = 256] = run.options.callers;
  const keys = answeredKeys();
  const before = store.load(callers);
  await before.begun;
  const { records } = await sampleServer(store);
  const granted = await firstOf(store, keys);
  if (granted !== KEPT_KEYS) throw new Error(`${KEPT_KEYS - granted} new keys were duplicates`);
  await store.kill();
  await before.abandon();

  const startedAtMs = performance.now();
  await store.start();
  const readyAtMs = performance.now();
  const again = await firstOf(store, keys.slice(0, 1));
  const firstClaimAtMs = performance.now();
  const load = store.load(callers);
  const samples = await store.watch(LOOK_EVERY_MS, ({ rebuilding }) => !rebuilding);
  await load.stop();
  const lost = again + (await firstOf(store, keys.slice(1)));
  if (lost > 0) throw new Error(`the store is wrong: ${lost} keys were granted again after a kill`);

  const seconds = (fromMs: number, toMs: number): number => Math.round(toMs - fromMs) / 1000;
  const result = {
    keys: records,
    readySeconds: seconds(startedAtMs, readyAtMs),
    firstClaimSeconds: seconds(startedAtMs, firstClaimAtMs),
    keysKept: KEPT_KEYS,
    rebuiltSeconds: seconds(readyAtMs, samples.at(-1)?.atMs ?? readyAtMs),
    whileRebuilding: rateWhile(
      samples,
      ({ rebuilding, atMs }) => rebuilding && atMs >= load.begunAtMs,
    ),
  };
  run.say(
    `ready ${fixed(result.readySeconds, 2)} s after SIGKILL under load, first answer after ` +
      `${fixed(result.firstClaimSeconds, 2)} s, rebuilt after ${fixed(result.rebuiltSeconds, 1)} s`,
  );
  return result;
}

function answeredKeys(): readonly string[] {
  const run = newKeyRun();
  return Array.from({ length: KEPT_KEYS }, (_, at) => keyText(run, at));
}

/** How many of them are told to be the first of their key. */
async function firstOf(store: GrowingStore, keys: readonly string[]): Promise<number> {
  const client = createClient({ address: store.target().address, namespace: NAMESPACE });
  try {
    const answers = await Promise.all(keys.map((key) => client.checkAndSet(key)));
    return answers.filter(({ first }) => first).length;
  } finally {
    await client.close();
  }
}
