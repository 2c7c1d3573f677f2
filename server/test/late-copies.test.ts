/**
 * Within a key's window every command of a random history that did something is delivered again
 * later, and again after a crash, and changes nothing. Forget with token 0 aside, which nobody
 * sends twice.
 *
 * A command that was refused at its time (a claim told IN_PROGRESS, a Complete before its claim)
 * may do its work when it comes again: to the server such a copy is a first try.
 */
import { afterAll, describe, expect, it } from "vitest";
import type { Answer, Command } from "./support/command.ts";
import { KeyAsker, sleep } from "./support/key-asker.ts";
import { rounds, type Random, seededRandom, testSeed } from "./support/seed.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { askBatch, session } from "./support/transports.ts";

const HISTORIES = rounds("CLAIMD_LATE_COPIES", 300);
const NAMESPACES = ["plain", "lapsing", "held", "tries"];
const seed = testSeed();
afterAll(endNodes);

/** A key and the commands that did something to it since its window began, in order. */
interface Life {
  readonly key: KeyAsker;
  readonly done: Command[];
}

const DID = /^(GRANTED|COMPLETED|FAILED|APPLIED|ALREADY_APPLIED)$/;
const did = (answer: Answer): boolean =>
  "status" in answer ? DID.test(answer.status) : answer.kind === "forget" && answer.existed;

async function live(random: Random, key: KeyAsker): Promise<Life> {
  const done: Command[] = [];
  const ids = Array.from({ length: 3 }, () => random.bytes(16));
  let token = 0;
  const ask = async (command: Command): Promise<void> => {
    const answer = await key.transport.ask(command);
    if (did(answer)) done.push(command);
    if (answer.kind === "claim" && answer.status === "GRANTED") token = answer.fencingToken;
  };
  const length = 2 + random.below(7);
  for (let at = 0; at < length; at++) {
    const claimId = random.pick(ids);
    const result = { data: random.bytes(random.below(20)) };
    const fate = random.next();
    if (fate < 0.45) {
      await ask({
        verb: "CLAIM",
        ...key.on,
        claimId,
        ...(random.chance(0.1) && { complete: true }),
      });
    } else if (fate < 0.6) await ask({ verb: "COMPLETE", ...key.on, claimId, result });
    else if (fate < 0.8) {
      const outcome = random.pick(["RETRYABLE", "RETRYABLE", "TERMINAL", "UNKNOWN"] as const);
      await ask({ verb: "FAIL", ...key.on, claimId, outcome, result });
    } else if (fate < 0.9) await ask({ verb: "EXTEND", ...key.on, claimId });
    else if (fate < 0.95) await sleep(120);
    else if (token > 0) {
      // A Forget ends a key's window: only what is sent after it belongs to the next.
      await ask({ verb: "FORGET", ...key.on, fencingToken: token });
      done.splice(0, done.length - 1);
      ids.splice(0, ids.length, ...ids.map(() => random.bytes(16)));
    }
  }
  return { key, done };
}

/** What stands, without what time and a lease that is renewed may change. */
async function standing(lives: readonly Life[]): Promise<unknown[]> {
  return await Promise.all(
    lives.map(async ({ key }) => {
      const { found, record } = await key.get();
      if (!found || record === null) return "absent";
      const { state, fencingToken, attempt, result, traceparent, fingerprint, hold } = record;
      return { state, fencingToken, attempt, result, traceparent, fingerprint, hold };
    }),
  );
}

describe("late copies", () => {
  it(`of ${HISTORIES} histories change nothing (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const node = await TestNode.start();
    const leaseMs = 100;
    await node.put({ name: "plain" });
    await node.put({ name: "lapsing", leaseMs });
    await node.put({ name: "held", leaseMs, onLeaseExpiry: "HOLD" });
    await node.put({ name: "tries", leaseMs, maxAttempts: 2 });
    const transport = session(node.claims);
    const lives: Life[] = [];
    for (let done = 0; done < HISTORIES; done += 50) {
      const some = Array.from({ length: Math.min(50, HISTORIES - done) }, () =>
        live(random, new KeyAsker(transport, random.pick(NAMESPACES))),
      );
      lives.push(...(await Promise.all(some)));
    }
    // Until every short lease is over: a lapsed key is what a copy could most easily take.
    await sleep(150);
    const before = await standing(lives);
    await sendCopies(random, node, lives);
    expect(await standing(lives)).toEqual(before);
    transport.close();

    await node.restart();
    const after = session(node.claims);
    const same = lives.map(({ key, done }) => ({
      key: new KeyAsker(after, key.namespace, key.key),
      done,
    }));
    expect(await standing(same)).toEqual(before);
    await sendCopies(random, node, same);
    expect(await standing(same)).toEqual(before);
    after.close();
    expect(before.filter((each) => each !== "absent").length).toBeGreaterThan(HISTORIES / 3);
  });
});

/** Some of the commands of each key, out of order, some of them twice. */
async function sendCopies(random: Random, node: TestNode, lives: readonly Life[]): Promise<void> {
  for (const { done } of lives) {
    const copies = Array.from({ length: done.length }, () => random.pick(done));
    if (copies.length > 0) await askBatch(node.claims, copies);
  }
}
