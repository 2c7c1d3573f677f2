/**
 * A loaded cluster of three real nodes meets one fault after the other: no key has two winners,
 * nothing that was answered is lost, a claim id sent again gets its old answer, and when a fault is
 * over everything is served again.
 */
import { afterAll, expect, it } from "vitest";
import { CLUSTER_FAULTS, faultsBy } from "./support/cluster-faults.ts";
import type { Command, Transport } from "./support/command.ts";
import { ETCD_SERVER } from "./support/etcd-cluster.ts";
import { History, isOpen } from "./support/history.ts";
import { sleep } from "./support/key-asker.ts";
import { Load } from "./support/load.ts";
import { askedAgain, problemsOfCluster, putLoadNamespaces } from "./support/load-run.ts";
import { rounds, seededRandom, testSeed } from "./support/seed.ts";
import { describeWith } from "./support/services.ts";
import { endCluster, TestCluster } from "./support/test-cluster.ts";
import type { TestNode } from "./support/test-node.ts";

const ROUNDS = rounds("CLAIMD_CLUSTER_ROUNDS", 3);
const CALLERS = 24;
const ASKED_WITHIN_MS = 3000;
/** After a fault: the lease, promotions, and time for a busy machine. */
const SERVED_WITHIN_MS = 60_000;
/** A new store is brought up to date partition by partition, with care for those who claim. */
const WHOLE_WITHIN_MS = 240_000;
const seed = testSeed();
afterAll(endCluster);

/** What had no answer gets one, and what had one gets it once more. */
async function sendAgain(
  transport: Transport,
  history: History,
  commands: readonly Command[],
): Promise<void> {
  const untilMs = performance.now() + SERVED_WITHIN_MS;
  let waiting = commands;
  while (waiting.length > 0) {
    const answers = await Promise.all(waiting.map((each) => history.ask(transport, each)));
    waiting = waiting.filter((_, at) => isOpen(answers[at] as (typeof answers)[number]));
    if (performance.now() > untilMs) expect(answers.filter(isOpen)).toEqual([]);
  }
}

describeWith("faults of a cluster under load", [ETCD_SERVER], () => {
  it(
    `loses nothing and grants nothing twice in ${ROUNDS} rounds (seed ${seed})`,
    async () => {
      const random = seededRandom(seed);
      const history = new History();
      const load = new Load({ random, history });
      const cluster = await TestCluster.start({ proxied: random });
      await putLoadNamespaces(cluster.nodes[0] as TestNode);
      const ways = ["session", "session", "session", "session", "unary", "batch"] as const;
      const transports = ways.map((way) => cluster.transport(ASKED_WITHIN_MS, way));
      const faults = faultsBy(random);
      for (let round = 0; round < ROUNDS; round++) {
        await cluster.whole(WHOLE_WITHIN_MS);
        load.start(transports, CALLERS);
        await load.answers(200);
        const fault = faults.next().value;
        await CLUSTER_FAULTS[fault]({ cluster, random, history });
        await cluster.served(SERVED_WITHIN_MS);
        await load.answers(100);
        await sleep(random.below(500));
        await load.stop();
        await sendAgain(transports[0] as Transport, history, askedAgain(load, random));
        // The whole history each time would be quadratic in a long run.
        const checked = round < 10 || round % 10 === 0 || round === ROUNDS - 1;
        if (checked) expect(problemsOfCluster(history), `round ${round}: ${fault}`).toEqual([]);
      }
      for (const transport of transports) transport.close();
      await cluster.end();
      for (const log of [...cluster.logs, ...cluster.nodes.map(({ server }) => server.stderr)]) {
        expect(log).not.toMatch(/unhandled|uncaught|invariant/i);
      }
    },
    120_000 + ROUNDS * (WHOLE_WITHIN_MS + 120_000),
  );
});
