/**
 * A loaded server is killed at random moments and started again on the same folder: no key has two
 * winners, nothing that was answered is lost, a claim id sent again gets its old answer.
 */
import { afterAll, describe, expect, it } from "vitest";
import { History } from "./support/history.ts";
import { sleep } from "./support/key-asker.ts";
import { Load } from "./support/load.ts";
import { problemsOf, putLoadNamespaces, sendAgain, transportsOf } from "./support/load-run.ts";
import { rounds, seededRandom, testSeed } from "./support/seed.ts";
import { endNodes, TestNode } from "./support/test-node.ts";

const ROUNDS = rounds("CLAIMD_CRASH_ROUNDS", 8);
const CALLERS = 64;
const seed = testSeed();
afterAll(endNodes);

describe("SIGKILL under load", () => {
  it(
    `loses nothing and grants nothing twice in ${ROUNDS} rounds (seed ${seed})`,
    async () => {
      const random = seededRandom(seed);
      const history = new History();
      const load = new Load({ random, history });
      const node = await TestNode.start();
      await putLoadNamespaces(node);
      let unanswered = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const transports = transportsOf(node.claims);
        load.start(transports, CALLERS);
        await load.answers(100);
        await sleep(random.below(700));
        await node.server.kill("SIGKILL");
        await load.stop();
        for (const transport of transports) transport.close();
        unanswered += load.unanswered.length;
        await node.restart();
        await sendAgain(node, load, history, random);
        // The whole history each time would be quadratic in a long run.
        const checked = round < 10 || round % 10 === 0 || round === ROUNDS - 1;
        if (checked) expect(problemsOf(history), `round ${round}`).toEqual([]);
      }
      expect(unanswered).toBeGreaterThan(ROUNDS);
      expect(await node.stop()).toEqual({ code: 0, signal: null });
      expect(node.server.stderr).not.toMatch(/unhandled|uncaught|invariant/i);
    },
    60_000 + ROUNDS * 15_000,
  );
});
