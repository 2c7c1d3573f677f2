/**
 * The rate while slices are dropped against the rate before: one load that is put on without a
 * pause, and the server's own word for when it was dropping.
 *
 * The slices of the namespace with the short window last two minutes and are kept for two more
 * slices, whatever the window: nothing can make that time pass, so it is waited for.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { DroppingPoint, DroppingResult } from "../support/capacity-report.ts";
import { grouped } from "../support/table.ts";
import { type Rate, rateWhile, sampleServer, type ServerSample } from "../support/timeline.ts";
import type { BenchRun } from "./bench-run.ts";
import { type GrowingStore, SHORT_NAMESPACE, SHORT_WINDOW_MS } from "./growing-store.ts";

/** Of the smallest class (ARCHITECTURE.md); slices begin at even minutes. */
const SLICE_MS = 120_000;
const SLICES_KEPT = 2;
/** With less than this left of a slice the keys would be torn into two. */
const ROOM_TO_FILL_MS = 45_000;
/** From the start of a generator on, until it does its best. */
const WARM_UP_MS = 5000;
const LOOK_EVERY_MS = 500;
const DROPPED_WITHIN_MS = 180_000;
const SAY_EVERY_MS = 10_000;

const wallClockMs = (): number => performance.timeOrigin + performance.now();

export async function rateWhileDropping(
  run: BenchRun,
  store: GrowingStore,
  keys: number,
): Promise<DroppingResult> {
  const { say, options } = run;
  const { records: keysBeside } = await sampleServer(store);
  const leftMs = SLICE_MS - (wallClockMs() % SLICE_MS);
  if (leftMs < ROOM_TO_FILL_MS) {
    await wait(run, leftMs, "a slice of time begins, so that the keys stand in one");
  }
  say(`filling ${grouped(keys)} keys with a window of ${SHORT_WINDOW_MS / 1000} s`);
  const sliceEndMs = (Math.floor(wallClockMs() / SLICE_MS) + 1) * SLICE_MS;
  await store.fill(keys, SHORT_NAMESPACE);
  const dueAtMs = sliceEndMs + SLICES_KEPT * SLICE_MS;
  const measureMs = WARM_UP_MS + options.seconds * 1000;
  const why = "their slice is over: it lasts 2 min and is kept for 4 more, whatever the window";
  await wait(run, dueAtMs - measureMs - wallClockMs(), why);

  const [callers = 256] = options.callers;
  say(`${grouped(callers)} callers, before and while the slice is dropped`);
  const load = store.load(callers);
  await load.begun;
  const samples = await watchDropping(store, options.seconds * 1000);
  await load.stop();

  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) throw new Error("nothing was looked at");
  const rateAtRest = (hasDropped: boolean): Rate | undefined =>
    rateWhile(
      samples,
      ({ dropping, dropped }) => dropping === 0 && dropped > first.dropped === hasDropped,
    );
  const before = rateAtRest(false);
  const after = rateAtRest(true);
  const whileDropping = rateWhile(samples, ({ dropping }) => dropping > 0);
  if (before === undefined || whileDropping === undefined) {
    throw new Error("no drop was under way at two looks in a row: more keys by --drop");
  }
  return {
    keys,
    keysBeside,
    windowMs: SHORT_WINDOW_MS,
    callers,
    before,
    whileDropping,
    ...(after === undefined ? {} : { after }),
    ratio: Math.round((whileDropping.claimsPerSecond / before.claimsPerSecond) * 1000) / 1000,
    dropped: last.dropped - first.dropped,
    timeline: pointsOf(samples),
  };
}

/** Until all that was over has been dropped, and for a while after. */
async function watchDropping(
  store: GrowingStore,
  afterMs: number,
): Promise<readonly ServerSample[]> {
  const untilMs = performance.now() + DROPPED_WITHIN_MS;
  let begun = 0;
  let overAtMs = Number.POSITIVE_INFINITY;
  const samples = await store.watch(LOOK_EVERY_MS, ({ atMs, dropping }) => {
    begun += dropping;
    if (begun > 0 && dropping === 0) overAtMs = Math.min(overAtMs, atMs);
    return atMs >= overAtMs + afterMs || atMs > untilMs;
  });
  if (begun === 0) throw new Error(`nothing was dropped within ${DROPPED_WITHIN_MS / 1000} s`);
  return samples;
}

function pointsOf(samples: readonly ServerSample[]): readonly DroppingPoint[] {
  return samples.slice(1).flatMap((sample, at) => {
    const before = samples[at];
    if (before === undefined) return [];
    const seconds = (sample.atMs - before.atMs) / 1000;
    return {
      atSeconds: Math.round((sample.atMs - (samples[0]?.atMs ?? 0)) / 10) / 100,
      claimsPerSecond: Math.round((sample.claims - before.claims) / seconds),
      dropping: sample.dropping,
    };
  });
}

/** Says how long and why, and every few seconds that it still waits. */
async function wait({ say }: BenchRun, ms: number, why: string): Promise<void> {
  const untilMs = performance.now() + ms;
  let line = `waiting ${grouped(Math.ceil(ms / 1000))} s until ${why}`;
  for (;;) {
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) return;
    say(line);
    await sleep(Math.min(leftMs, SAY_EVERY_MS));
    line = `  ${grouped(Math.ceil((untilMs - performance.now()) / 1000))} s left`;
  }
}
