/**
 * Connections are cut at random between request and reply. Callers that send the same command
 * again, with the same claim id, end with the right answer, and no key has two winners.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { History } from "./support/history.ts";
import { sleep } from "./support/key-asker.ts";
import { Load } from "./support/load.ts";
import { problemsOf, putLoadNamespaces, transportsOf } from "./support/load-run.ts";
import { rounds, seededRandom, testSeed } from "./support/seed.ts";
import { TcpProxy } from "./support/tcp-proxy.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { connect } from "./support/wire.ts";

const SECONDS = rounds("CLAIMD_LOST_REPLIES_SECONDS", 6);
const CALLERS = 48;
const WIRES = 6;
const seed = testSeed();
let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start();
  await putLoadNamespaces(node);
});
afterAll(endNodes);

describe("lost replies", () => {
  it(
    `leave every caller with the right answer in ${SECONDS} s (seed ${seed})`,
    async () => {
      const random = seededRandom(seed);
      const proxy = await TcpProxy.to(node.server.grpc, random, {
        cutAfterBytes: (each) => 500 + each.below(6000),
        delayMs: (each) => (each.chance(0.05) ? each.below(20) : 0),
      });
      const history = new History();
      const load = new Load({ random, history, persistent: true });
      const wires = Array.from({ length: WIRES }, () => connect(proxy.address));
      const transports = wires.flatMap(({ claims }) => transportsOf(claims, 2000));
      try {
        load.start(transports, CALLERS);
        for (let second = 0; second < SECONDS; second++) {
          await sleep(1000);
          if (second % 3 === 1) {
            proxy.halfOpen = true;
            await sleep(100);
            proxy.halfOpen = false;
          }
          proxy.cutAll();
        }
        // Whoever still asks gets through now: what is shown is that the answers are right.
        proxy.faults = {};
        await load.stop();
      } finally {
        for (const wire of wires) wire.close();
        await proxy.close();
      }
      const open = history.calls.filter(({ answer }) => answer === undefined);
      expect(proxy.cuts).toBeGreaterThan(SECONDS);
      expect(open.length).toBeGreaterThan(0);
      expect(load.answered).toBeGreaterThan(SECONDS);
      expect(problemsOf(history)).toEqual([]);
    },
    60_000 + SECONDS * 3000,
  );

  it("a claim that arrived and was never answered is answered when it is sent again", async () => {
    const random = seededRandom(seed);
    // Requests pass, the first reply's bytes cut the connection.
    const proxy = await TcpProxy.to(node.server.grpc, random);
    const wire = connect(proxy.address);
    try {
      const [transport] = transportsOf(wire.claims, 2000);
      const history = new History();
      const load = new Load({ random, history, persistent: true, label: "second-" });
      proxy.faults = { cutAfterBytes: () => 600 };
      load.start(transport === undefined ? [] : [transport], 1);
      await sleep(1500);
      proxy.faults = {};
      await load.stop();
      expect(problemsOf(history)).toEqual([]);
    } finally {
      wire.close();
      await proxy.close();
    }
  });
});
