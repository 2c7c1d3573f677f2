/**
 * SIGTERM under load: the process ends with 0 within ten seconds, what was answered is there after
 * the next start, and what was in flight was answered or may safely be sent again.
 */
import { status } from "@grpc/grpc-js";
import { afterAll, describe, expect, it } from "vitest";
import type { Answer } from "./support/command.ts";
import { History } from "./support/history.ts";
import { KeyAsker, newClaimId, sleep } from "./support/key-asker.ts";
import { Load } from "./support/load.ts";
import { problemsOf, putLoadNamespaces, sendAgain, transportsOf } from "./support/load-run.ts";
import { seededRandom, testSeed } from "./support/seed.ts";
import { openSession } from "./support/session.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { unary } from "./support/transports.ts";

const UNAVAILABLE: number = status.UNAVAILABLE;
const seed = testSeed();
afterAll(endNodes);

describe("SIGTERM", () => {
  it(`under load ends with 0 and loses nothing (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const history = new History();
    const load = new Load({ random, history });
    const node = await TestNode.start();
    await putLoadNamespaces(node);
    for (let round = 0; round < 3; round++) {
      const transports = transportsOf(node.claims);
      load.start(transports, 64);
      await load.answers(150);
      await sleep(random.below(500));
      expect(await node.server.kill("SIGTERM", 10_000)).toEqual({ code: 0, signal: null });
      await load.stop();
      for (const transport of transports) transport.close();
      await node.restart();
      await sendAgain(node, load, history, random);
    }
    expect(problemsOf(history)).toEqual([]);
    expect(await node.stop()).toEqual({ code: 0, signal: null });
  });

  it("answers what is in flight, or says UNAVAILABLE", async () => {
    const node = await TestNode.start();
    await node.put({ name: "n" });
    const stream = openSession(node.claims);
    const commands = Array.from(
      { length: 500 },
      (_, at) =>
        ({
          verb: "CLAIM",
          namespace: "n",
          key: Buffer.from(`${at}`),
          claimId: newClaimId(),
        }) as const,
    );
    const frames = Array.from({ length: 20 }, () => stream.send(commands));
    await sleep(2);
    const exit = node.server.kill("SIGTERM", 10_000);
    const answers = await Promise.all(frames.flatMap((frame) => frame.answers));
    for (const answer of answers) expect(answer).toSatisfy(isAnsweredOrUnavailable);
    expect(stream.complaints).toEqual([]);
    expect(await exit).toEqual({ code: 0, signal: null });
  });

  it("ends parked claims, and idle sessions that nobody closes", async () => {
    const node = await TestNode.start();
    await node.put({ name: "n" });
    const key = new KeyAsker(unary(node.claims), "n");
    await key.claim();
    const idle = openSession(node.claims);
    await Promise.all(idle.send([{ verb: "GET", ...key.on }]).answers);
    const claim = { verb: "CLAIM", ...key.on, claimId: key.other, waitMs: 30_000 } as const;
    const [parkedOnSession] = idle.send([claim]).answers;
    const parked = key.transport.ask({ ...claim, claimId: newClaimId() });
    await sleep(200);
    const exit = node.server.kill("SIGTERM", 10_000);
    expect(await parked).toSatisfy(isAnsweredOrUnavailable);
    expect(await parkedOnSession).toSatisfy(isAnsweredOrUnavailable);
    expect(await exit).toEqual({ code: 0, signal: null });
  });

  it("twice, and SIGINT, end it as well", async () => {
    const first = await TestNode.start();
    first.server.signal("SIGTERM");
    expect((await first.server.kill("SIGTERM", 10_000)).signal).not.toBe("SIGKILL");
    const second = await TestNode.start();
    expect(await second.server.kill("SIGINT", 10_000)).toEqual({ code: 0, signal: null });
  });
});

function isAnsweredOrUnavailable(answer: Answer): boolean {
  return answer.kind !== "error" || answer.code === UNAVAILABLE;
}
