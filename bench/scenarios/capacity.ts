/**
 * `npm run bench -- capacity`: what a store costs and how fast it is, against the number of its
 * keys: rate, memory, disk, start after a kill, and the rate while slices are dropped.
 *
 * One store grows through all steps. Memory is anonymous memory only: mapped table files count as
 * resident too, but the system can drop them.
 */
import type { CapacityStep, DroppingResult } from "../support/capacity-report.ts";
import { KEY_BYTES } from "../support/key-text.ts";
import { fixed, grouped } from "../support/table.ts";
import { sampleServer } from "../support/timeline.ts";
import type { BenchRun } from "./bench-run.ts";
import { restartUnderLoad } from "./capacity-restart.ts";
import { rateWhileDropping } from "./capacity-dropping.ts";
import { measureAll, measureOrder } from "./claims.ts";
import { GrowingStore } from "./growing-store.ts";

const MIB = 2 ** 20;

export interface CapacityFound {
  readonly keyBytes: number;
  readonly steps: CapacityStep[];
  dropping: DroppingResult | undefined;
}

export function nothingFound(): CapacityFound {
  return { keyBytes: KEY_BYTES, steps: [], dropping: undefined };
}

/** Adds to what is found as it is found. */
export async function benchCapacity(run: BenchRun, found: CapacityFound): Promise<void> {
  const { keys, drop } = run.options;
  const store = await GrowingStore.open(run);
  const rising = [...keys].sort((a, b) => a - b);
  for (const each of [0, ...rising]) found.steps.push(await step(run, store, each));
  if (drop > 0) found.dropping = await rateWhileDropping(run, store, drop);
  await store.dispose();
}

async function step(run: BenchRun, store: GrowingStore, keys: number): Promise<CapacityStep> {
  const { say, options } = run;
  const missing = keys - (await sampleServer(store)).records;
  if (missing > 0) say(`filling up to ${grouped(keys)} keys`);
  const filling = missing > 0 ? await store.fill(missing) : undefined;
  const rest = await store.atRest();
  const anonymousBytes = { peak: filling?.peakBytes, atRest: rest.anonymousBytes };
  const diskBytes = { records: rest.recordsDiskBytes, journal: rest.journalDiskBytes };
  say(
    `${grouped(rest.records)} keys at rest: ` +
      `${fixed((rest.anonymousBytes ?? Number.NaN) / MIB, 0)} MiB of anonymous memory, ` +
      `${fixed(rest.recordsDiskBytes / MIB, 0)} MiB of records`,
  );
  const orders = options.callers.map((each) => measureOrder("unique", each, options.seconds));
  const measurements = await measureAll(run, store.target(), [store.pid], orders);
  return {
    keys: rest.records,
    filled: filling?.filled,
    anonymousBytes,
    diskBytes,
    measurements,
    restart: keys === 0 ? undefined : await restartUnderLoad(run, store),
  };
}
