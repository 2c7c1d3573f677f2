/**
 * `npm run bench -- availability`: what callers notice while a cluster's partitions change hands
 * and its nodes restart, die or stand still.
 *
 * Claims go on in an open loop, from before each event until after it, so that whoever had to wait
 * is in the latencies. Nothing is kept by the client: every claim reaches a node.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { openOperator } from "@claimd/server";
import {
  type ClusterEventName,
  type Episode,
  HAPPENS_AFTER_SECONDS,
} from "../support/availability-report.ts";
import { EVENT_TITLES } from "../support/availability-tables.ts";
import { CLUSTER, PARTITIONS, startCluster } from "../support/claimd-cluster.ts";
import { type ClaimdAddress, NAMESPACE } from "../support/claimd-target.ts";
import type { OpenOrder } from "../support/load.ts";
import { fixed } from "../support/table.ts";
import type { BenchRun } from "./bench-run.ts";
import { changeLeaders, CLUSTER_EVENTS, type ClusterScene } from "./cluster-events.ts";
import { Measuring } from "./measure.ts";

export const AVAILABILITY_SHAPE = { nodes: 3, replicas: 3 } as const;
/** Claims of the partition that changes hands. */
const HAND_OVER_RATE = 100;
const HAND_OVER_MS = 1500;
/** Of an even share, before each event: whoever fails is missed. */
const LEADS_AT_LEAST = 0.5;
const REST_MS = 500;
const WARM_UP_MS = 500;

/** Adds each episode when it is over. */
export async function benchAvailability(run: BenchRun, episodes: Episode[]): Promise<void> {
  const { belongings, directory, environment, say } = run;
  const cluster = await startCluster(belongings, directory, environment, AVAILABILITY_SHAPE);
  const ending = new AbortController();
  try {
    await using operator = openOperator({
      etcd: { endpoints: [cluster.etcd] },
      cluster: CLUSTER,
      signal: ending.signal,
    });
    const target: ClaimdAddress = {
      ...{ kind: "claimd", address: cluster.address },
      ...{ cache: false, mayBeAway: true },
    };
    const measuring = await Measuring.start(run, target, []);
    const bench = new AvailabilityBench(measuring, { cluster, operator });
    const { events, rate: rates, "hand-overs": handOvers, turns } = run.options;
    for (let turn = 1; turn <= turns; turn++) {
      for (const event of events) {
        if (event === "hand-over") {
          say(`turn ${turn} of ${turns}: ${handOvers} hand-overs, one after the other`);
          await bench.handOvers(handOvers, episodes);
        } else {
          for (const rate of rates) {
            say(`turn ${turn} of ${turns}: ${EVENT_TITLES[event]}`);
            const episode = await bench.episode(event, rate);
            episodes.push(episode);
            say(`${" ".repeat(23)}slowest ${fixed(episode.asked.latency.maxMs, 0)} ms`);
          }
        }
      }
    }
    await measuring.close();
  } finally {
    ending.abort();
    await cluster.stop();
  }
}

class AvailabilityBench {
  readonly #measuring: Measuring;
  readonly #scene: ClusterScene;

  constructor(measuring: Measuring, scene: ClusterScene) {
    this.#measuring = measuring;
    this.#scene = scene;
  }

  async episode(name: Exclude<ClusterEventName, "hand-over">, rate: number): Promise<Episode> {
    const { seconds, happen } = CLUSTER_EVENTS[name];
    await this.#scene.cluster.whole(LEADS_AT_LEAST);
    const order: OpenOrder = {
      ...{ type: "open", scenario: "known", ratePerSecond: rate, timeline: true },
      ...times(seconds * 1000),
    };
    return await this.#during(name, order, () => happen(this.#scene));
  }

  async handOvers(times: number, episodes: Episode[]): Promise<void> {
    for (let n = 0; n < times; n++) episodes.push(await this.#handOver(n % PARTITIONS));
  }

  async #handOver(number: number): Promise<Episode> {
    const order: OpenOrder = {
      ...{ type: "open", scenario: "unique", ratePerSecond: HAND_OVER_RATE },
      ...times(HAND_OVER_MS),
      partition: { namespace: NAMESPACE, number, isIn: true },
    };
    const { operator } = this.#scene;
    return await this.#during("hand-over", order, () => changeLeaders(operator, [number]));
  }

  async #during(
    event: ClusterEventName,
    order: OpenOrder,
    happen: () => Promise<void>,
  ): Promise<Episode> {
    const happening = async (): Promise<number> => {
      await sleep(order.restMs + order.warmUpMs + HAPPENS_AFTER_SECONDS * 1000);
      const begunAtMs = performance.now();
      await happen();
      return Math.round(performance.now() - begunAtMs) / 1000;
    };
    const [asked, tookSeconds] = await Promise.all([this.#measuring.measure(order), happening()]);
    return { event, tookSeconds, asked };
  }
}

function times(measureMs: number): Pick<OpenOrder, "restMs" | "warmUpMs" | "measureMs"> {
  return { restMs: REST_MS, warmUpMs: WARM_UP_MS, measureMs };
}
