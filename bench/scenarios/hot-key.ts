/**
 * `npm run bench -- hot-key`: what a key that everybody claims does to a cluster.
 *
 * One key is completed; then it is claimed at given rates, in each way of hot-key-target.ts, and
 * not at all. Other keys are claimed slowly all the time, half of them in the hot key's partition.
 * An open loop caps the load, so that the work of the nodes is compared and not their speed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { partitionOf } from "@claimd/proto";
import { leaderOf, type RunningCluster, startCluster } from "../support/claimd-cluster.ts";
import { NAMESPACE } from "../support/claimd-target.ts";
import { type LoadGenerator, startGenerator } from "../support/generator.ts";
import type { AskedLoad, HotKeyPhase } from "../support/hot-key-report.ts";
import { phaseTitle } from "../support/hot-key-tables.ts";
import { HotKeyTarget, type HotKeyWay } from "../support/hot-key-target.ts";
import { keyText, type KeyRun, newKeyRun } from "../support/key-text.ts";
import type { KeyLimits, OpenMeasurement, OpenOrder } from "../support/load.ts";
import { workDuring } from "../support/node-work.ts";
import type { Skipped } from "../support/report.ts";
import { grouped } from "../support/table.ts";
import type { TargetAddress } from "../support/target.ts";
import type { BenchRun } from "./bench-run.ts";
import { FIRST_WARM_UP } from "./measure.ts";

export const HOT_KEY_SHAPE = { nodes: 3, replicas: 3 } as const;
/** Half of them in the hot key's partition. */
export const OTHERS_PER_SECOND = 200;
const WAYS: readonly HotKeyWay[] = ["leader", "nodes", "cache"];
const REST_MS = 1000;
/** Nodes count a second before they call a key hot, and clients have to hear of it. */
const WARM_UP_MS = 3000;

/** Undefined: nobody asks for the hot key. */
type Load = { readonly way: HotKeyWay; readonly ratePerSecond: number } | undefined;

/** Adds each load of a turn when it is finished. */
export async function benchHotKey(
  run: BenchRun,
  phases: HotKeyPhase[],
  skipped: Skipped[],
): Promise<void> {
  const { belongings, directory, environment, options, say } = run;
  const loads: readonly Load[] = [
    undefined,
    ...options.rate.flatMap((ratePerSecond) => WAYS.map((way) => ({ way, ratePerSecond }))),
  ];
  const cluster = await startCluster(belongings, directory, environment, HOT_KEY_SHAPE);
  try {
    const bench = await HotKeyBench.start(run, cluster);
    for (let turn = 1; turn <= options.turns; turn++) {
      for (const load of loads) {
        const title = phaseTitle(load?.way, load?.ratePerSecond);
        say(`turn ${turn} of ${options.turns}: ${title}`);
        const phase = await bench.phase(turn, load);
        if (phase === undefined) {
          skipped.push({ what: `${title} in turn ${turn}`, why: "the partition changed leaders" });
        } else {
          phases.push(phase);
          say(progress(phase));
        }
      }
    }
    await bench.close();
  } finally {
    await cluster.stop();
  }
}

class HotKeyBench {
  readonly #run: BenchRun;
  readonly #cluster: RunningCluster;
  readonly #keys: KeyRun;
  readonly #partition: number;
  readonly #neighbours: LoadGenerator;
  readonly #elsewhere: LoadGenerator;
  /** A process each, so that no way knows what another one was told. */
  readonly #hot: Readonly<Record<HotKeyWay, LoadGenerator>>;

  private constructor(run: BenchRun, cluster: RunningCluster) {
    this.#run = run;
    this.#cluster = cluster;
    this.#keys = newKeyRun();
    this.#partition = partitionOf(NAMESPACE, Buffer.from(keyText(this.#keys, 0), "latin1"));
    const start = (target: TargetAddress): LoadGenerator => {
      return startGenerator(run.belongings, { target, serverPids: [] }, run.environment);
    };
    const { address } = cluster;
    const hot = (way: HotKeyWay): LoadGenerator => start({ kind: "hot-key", address, way });
    this.#neighbours = start({ kind: "claimd", address });
    this.#elsewhere = start({ kind: "claimd", address });
    this.#hot = { leader: hot("leader"), nodes: hot("nodes"), cache: hot("cache") };
  }

  /** The key is completed, and everybody warm. */
  static async start(run: BenchRun, cluster: RunningCluster): Promise<HotKeyBench> {
    const bench = new HotKeyBench(run, cluster);
    const first = new HotKeyTarget({ kind: "hot-key", address: cluster.address, way: "leader" });
    const isFirst = first.isFirst(await first.claim(keyText(bench.#keys, 0)));
    await first.close();
    if (!isFirst) throw new Error("the store is wrong: a new key was not granted");
    await bench.#neighbours.measure(FIRST_WARM_UP);
    await bench.#elsewhere.measure(FIRST_WARM_UP);
    return bench;
  }

  /** Undefined when the partition had not one leader throughout. */
  async phase(turn: number, load: Load): Promise<HotKeyPhase | undefined> {
    const { nodes } = this.#cluster;
    const leader = await leaderOf(this.#cluster, this.#partition);
    const limits = { namespace: NAMESPACE, number: this.#partition };
    const slowly = OTHERS_PER_SECOND / 2;
    const [work, neighbours, elsewhere, hot] = await Promise.all([
      sleep(REST_MS + WARM_UP_MS).then(() => workDuring(this.#measureMs, nodes, leader)),
      this.#ask(this.#neighbours, slowly, { partition: { ...limits, isIn: true } }),
      this.#ask(this.#elsewhere, slowly, { partition: { ...limits, isIn: false } }),
      load && this.#ask(this.#hot[load.way], load.ratePerSecond, { known: this.#keys }),
    ]);
    if (leader === -1 || leader !== (await leaderOf(this.#cluster, this.#partition))) {
      return undefined;
    }
    return {
      turn,
      hot: load === undefined || hot === undefined ? undefined : { way: load.way, asked: hot },
      ...work,
      neighbours,
      elsewhere,
    };
  }

  async close(): Promise<void> {
    const all = [this.#neighbours, this.#elsewhere, ...Object.values(this.#hot)];
    await Promise.all(all.map((each) => each.close()));
  }

  async #ask(generator: LoadGenerator, ratePerSecond: number, keys: KeyLimits): Promise<AskedLoad> {
    const order: OpenOrder = {
      type: "open",
      scenario: keys.known === undefined ? "unique" : "hot-key",
      ratePerSecond,
      restMs: REST_MS,
      warmUpMs: WARM_UP_MS,
      measureMs: this.#measureMs,
      ...keys,
    };
    return askedLoad(await generator.measure(order));
  }

  get #measureMs(): number {
    return Math.round(this.#run.options.seconds * 1000);
  }
}

function askedLoad(measured: OpenMeasurement): AskedLoad {
  const { offeredPerSecond, achievedPerSecond, claims, latency } = measured;
  const { lateStarts, saturated, unanswered } = measured;
  return {
    offeredPerSecond,
    achievedPerSecond,
    claims,
    latency,
    lateStarts,
    saturated,
    unanswered,
  };
}

function progress({ hot, seconds, nodes, neighbours, elsewhere }: HotKeyPhase): string {
  const of = nodes.map(({ leads, cpuSeconds, hotAnswers }) => {
    const cpu = cpuSeconds === undefined ? "?" : grouped((cpuSeconds * 1000) / seconds);
    return `${leads ? "leader" : "other"} ${grouped(hotAnswers / seconds)}/s ${cpu} ms/s`;
  });
  return [
    `${grouped(hot?.asked.achievedPerSecond ?? 0).padStart(10)} answered/s`,
    ...of,
    `p99 ${neighbours.latency.p99Ms.toFixed(1)} and ${elsewhere.latency.p99Ms.toFixed(1)} ms`,
  ].join("  ");
}
