/** Leases in real time: taken over when they are over and not before, kept through an outage. */
import { performance } from "node:perf_hooks";
import type { ListDoublesResponse__Output } from "@claimd/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KeyAsker, newClaimId, sleep } from "./support/key-asker.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { unary } from "./support/transports.ts";
import { call, deadline } from "./support/wire.ts";

const GRACE_MS = 10_000;
let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start();
  await node.put({ name: "n", leaseMs: 300 });
  await node.put({ name: "hold", leaseMs: 100, onLeaseExpiry: "HOLD" });
  await node.put({ name: "three", leaseMs: 100, maxAttempts: 3 });
});
afterAll(endNodes);

const keyIn = (namespace: string): KeyAsker => new KeyAsker(unary(node.claims), namespace);

describe("a lease", () => {
  it("is taken over when it is over, not before; the stale owner is listed", async () => {
    const key = keyIn("n");
    const before = performance.now();
    await key.claim(key.own, { holder: "first" });
    const granted = performance.now();
    let answer = await key.claim(key.other);
    let asked = granted;
    while (answer.status === "IN_PROGRESS") {
      await sleep(5);
      asked = performance.now();
      answer = await key.claim(key.other, { holder: "second" });
    }
    expect(answer).toMatchObject({ status: "GRANTED", attempt: 2, reclaimed: true });
    expect(performance.now() - before).toBeGreaterThanOrEqual(298);
    expect(asked - granted).toBeLessThan(2000);
    const stale = await key.complete(key.own, { data: Buffer.from("from the first") });
    expect(stale).toMatchObject({
      status: "STALE_OWNER",
      current: { state: "IN_PROGRESS", attempt: 2, holder: "second" },
    });
    await key.complete(key.other, { data: Buffer.from("from the second") });
    expect(await key.claim(newClaimId())).toMatchObject({
      status: "COMPLETED",
      result: { data: Buffer.from("from the second") },
    });
    const { doubles } = await call<ListDoublesResponse__Output>((done) =>
      node.admin.listDoubles({}, deadline(), done),
    );
    expect(doubles[0]).toMatchObject({ key: key.key, verb: "COMPLETE", attempt: 2 });
  });

  it("that is over takes a late completion until somebody took over", async () => {
    const key = keyIn("n");
    await key.claim();
    await sleep(450);
    expect(await key.complete()).toMatchObject({ status: "APPLIED", late: true });
    expect(await key.claim(key.other)).toMatchObject({ status: "COMPLETED" });
  });

  it("is kept by Extend", async () => {
    const key = keyIn("n");
    await key.claim();
    for (let beat = 0; beat < 6; beat++) {
      await sleep(100);
      expect(await key.extend()).toMatchObject({ status: "APPLIED" });
      expect(await key.claim(key.other)).toMatchObject({ status: "IN_PROGRESS" });
    }
  });

  it("with HOLD is held until Resolve", async () => {
    const key = keyIn("hold");
    const { fencingToken } = await key.claim();
    await sleep(600);
    expect(await key.claim(key.other)).toMatchObject({ status: "HELD" });
    const resolve = { ...key.on, fencingToken, resolution: "RELEASED" as const };
    await call((done) => node.admin.resolve(resolve, deadline(), done));
    expect(await key.claim(key.other)).toMatchObject({ status: "GRANTED", attempt: 2 });
  });

  it("is EXHAUSTED after the last attempt's lapse", async () => {
    const key = keyIn("three");
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(await key.claim(newClaimId())).toMatchObject({ status: "GRANTED", attempt });
      await sleep(140);
    }
    expect(await key.claim(newClaimId())).toMatchObject({ status: "EXHAUSTED", attempt: 3 });
  });
});

describe("restart grace", () => {
  it("keeps what was running for 10 s, and not what had lapsed before", async () => {
    const running = keyIn("n");
    const lapsed = keyIn("n");
    const { fencingToken } = await running.claim(running.own, { leaseMs: 2000 });
    await lapsed.claim(lapsed.own, { leaseMs: 100 });
    await sleep(300);
    // Something is written after the lapse: the journal knows that it was over.
    await keyIn("n").claim();
    await node.server.kill("SIGKILL");
    await sleep(2500);
    await node.restart();
    const serving = performance.now();
    const after = new KeyAsker(unary(node.claims), "n", running.key);
    const over = new KeyAsker(unary(node.claims), "n", lapsed.key);
    expect(await over.claim()).toMatchObject({ status: "GRANTED", attempt: 2, reclaimed: true });
    expect(await after.claim()).toMatchObject({ status: "IN_PROGRESS" });
    const own = await after.claim(running.own, { leaseMs: 100 });
    expect(own).toMatchObject({ status: "GRANTED", attempt: 1, fencingToken });
    let answer = await after.claim();
    while (answer.status === "IN_PROGRESS" && performance.now() < serving + 20_000) {
      await sleep(50);
      answer = await after.claim();
    }
    expect(answer).toMatchObject({ status: "GRANTED", attempt: 2, reclaimed: true });
    const took = performance.now() - serving;
    expect(took).toBeGreaterThan(GRACE_MS - 1500);
    expect(took).toBeLessThan(GRACE_MS + 3000);
    expect(await after.complete(running.own)).toMatchObject({ status: "STALE_OWNER" });
  });
});
