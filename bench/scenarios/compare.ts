/**
 * `npm run bench -- compare`: the same work on claimd and on its peers, in turns within one run.
 *
 * All stores are started and filled once and stay up, idle, while another has its turn. A turn ends
 * when what it left behind is done and on disk, so that nobody pays for a rival's work; what the
 * machine does meanwhile falls on all of them alike, and who comes after whom changes every turn.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type PeerName, STORE_TEXTS } from "../peers/peer-names.ts";
import type { ComparedService, Turn } from "../support/compare-report.ts";
import type { ClosedMeasurement } from "../support/load.ts";
import { untilQuiet } from "../support/quiet.ts";
import type { Skipped } from "../support/report.ts";
import type { BenchRun } from "./bench-run.ts";
import { type ComparedStore, openStores } from "./compared-stores.ts";
import { Measuring, measureOrder } from "./measure.ts";

const QUIET_AFTER_FILLING_WITHIN_MS = 180_000;
const QUIET_AFTER_TURN_WITHIN_MS = 30_000;
const SAY_EVERY_MS = 5000;

/** With the numbers of callers that have a goal; others cost time, `--callers` asks for them. */
const USUAL_CALLERS: Readonly<Record<PeerName, readonly number[]>> = {
  redis: [1, 64, 256, 1024, 4096],
  "redis-unsynced": [64, 256],
  postgres: [64, 256, 1024],
  "postgres-batched": [64, 256],
  jetstream: [64, 256, 1024],
  etcd: [64, 256, 1024],
};

export interface CompareFindings {
  readonly services: ComparedService[];
  readonly turns: Turn[];
}

/** Adds each service when it is filled, and each turn of a store as it is finished. */
export async function benchCompare(
  run: BenchRun,
  findings: CompareFindings,
  skipped: Skipped[],
): Promise<void> {
  const stores: ComparedStore[] = [];
  try {
    await openStores(run, { ...findings, stores, skipped });
    if (stores.length < 2) throw new Error("nothing is installed that could be compared with");
    for (const { pid, name } of stores) {
      await settled(run, name, pid, QUIET_AFTER_FILLING_WITHIN_MS);
    }
    for (let turn = 1; turn <= run.options.turns; turn++) {
      for (const store of rotated(stores, turn - 1)) {
        run.say(`turn ${turn} of ${run.options.turns}: ${store.name}: ${STORE_TEXTS[store.name]}`);
        const outcome = await turnOf(run, store, callersOf(store, stores, run));
        const isMeasured = typeof outcome !== "string";
        if (isMeasured) findings.turns.push({ turn, store: store.name, measurements: outcome });
        await settled(run, store.name, store.pid, QUIET_AFTER_TURN_WITHIN_MS);
        // Only now: Ctrl-C makes generators fail too, and is no failure of the peer's.
        if (!isMeasured) skipped.push({ what: `turn ${turn} of ${store.name}`, why: outcome });
      }
    }
  } finally {
    await Promise.all(stores.map(({ stop }) => stop()));
  }
}

/**
 * A peer that fails (a stop longer than its client waits, say) does not take an hour's other turns
 * with it: then this says why. claimd's own failure ends the run.
 */
async function turnOf(
  run: BenchRun,
  { target, pid, peer }: ComparedStore,
  callers: readonly number[],
): Promise<readonly ClosedMeasurement[] | string> {
  let measuring: Measuring | undefined;
  try {
    measuring = await Measuring.start(run, target, [pid]);
    const measurements: ClosedMeasurement[] = [];
    for (const each of callers) {
      measurements.push(await measuring.measure(measureOrder("unique", each, run.options.seconds)));
    }
    await measuring.close();
    return measurements;
  } catch (error) {
    await measuring?.kill();
    if (peer === undefined || !(error instanceof Error)) throw error;
    run.say(`  failed: ${error.message}`);
    return `it failed: ${error.message}`;
  }
}

/** claimd is measured wherever one of the others is. */
function callersOf(
  { name, peer }: ComparedStore,
  stores: readonly ComparedStore[],
  { options }: BenchRun,
): readonly number[] {
  if (options.callers.length > 0) return options.callers;
  const peers = name === "claimd" ? stores.flatMap((each) => each.peer ?? []) : [peer ?? "redis"];
  const all = new Set(peers.flatMap((each) => USUAL_CALLERS[each]));
  return [...all].sort((a, b) => a - b);
}

/** Quiet, and what it has not synced is synced: else the next one's syncs would wait for it. */
async function settled(run: BenchRun, name: string, pid: number, withinMs: number): Promise<void> {
  const saying = setInterval(() => run.say(`  ${name} is still at work`), SAY_EVERY_MS);
  try {
    if (!(await untilQuiet(pid, withinMs))) run.say(`  ${name} goes on working: not waited for`);
    await promisify(execFile)("sync");
  } finally {
    clearInterval(saying);
  }
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const from = by % list.length;
  return [...list.slice(from), ...list.slice(0, from)];
}
