/** Every field of a namespace's policy, seen from outside. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Transport } from "./support/command.ts";
import { KeyAsker, newClaimId, sleep } from "./support/key-asker.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { TRANSPORTS } from "./support/transports.ts";

const LEASE_MS = 100;
const LAPSED_MS = LEASE_MS + 40;
let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start({ env: { CLAIMD_AUTO_CREATE_NAMESPACES: "0" } });
  const brief = { leaseMs: LEASE_MS };
  await node.put({ name: "hold", ...brief, onLeaseExpiry: "HOLD" });
  await node.put({ name: "two", ...brief, maxAttempts: 2 });
  await node.put({ name: "hold-two", ...brief, onLeaseExpiry: "HOLD", maxAttempts: 2 });
  await node.put({ name: "forgetful", forgetOnComplete: true, leaseMs: 300 });
  await node.put({ name: "observed", observe: true });
});
afterAll(endNodes);

describe.each(Object.entries(TRANSPORTS))("a policy over %s", (name, open) => {
  let transport: Transport;
  beforeAll(() => {
    transport = open(node.claims);
  });
  afterAll(() => {
    transport.close();
  });

  describe("with HOLD", () => {
    it("tells the owner, holds the lapsed key, and takes his late completion", async () => {
      const key = new KeyAsker(transport, "hold");
      expect(await key.claim()).toMatchObject({ status: "GRANTED", hold: true });
      expect(await key.claim(key.other)).toMatchObject({ status: "IN_PROGRESS" });
      await sleep(LAPSED_MS);
      expect(await key.claim(key.other)).toMatchObject({ status: "HELD", attempt: 1 });
      expect(await key.record()).toMatchObject({ state: "IN_PROGRESS", lapsed: true, hold: true });
      expect(await key.record()).toMatchObject({ next: "HELD" });
      expect(await key.complete()).toMatchObject({ status: "APPLIED", late: true });
      expect(await key.claim(key.other)).toMatchObject({ status: "COMPLETED" });
    });

    it("grants a key that its owner released, also late", async () => {
      const key = new KeyAsker(transport, "hold");
      await key.claim();
      await sleep(LAPSED_MS);
      expect(await key.fail("RETRYABLE")).toMatchObject({ status: "APPLIED", late: true });
      expect(await key.claim(key.other)).toMatchObject({ status: "GRANTED", attempt: 2 });
    });

    it("gives the owner of a lapsed claim his grant again", async () => {
      const key = new KeyAsker(transport, "hold");
      const { fencingToken } = await key.claim();
      await sleep(LAPSED_MS);
      expect(await key.claim()).toMatchObject({ status: "GRANTED", attempt: 1, fencingToken });
    });
  });

  describe("with maxAttempts", () => {
    it("is EXHAUSTED after so many lapsed attempts", async () => {
      const key = new KeyAsker(transport, "two");
      await key.claim();
      await sleep(LAPSED_MS);
      expect(await key.claim(key.other)).toMatchObject({ attempt: 2, reclaimed: true });
      await sleep(LAPSED_MS);
      const third = newClaimId();
      expect(await key.claim(third)).toMatchObject({ status: "EXHAUSTED", attempt: 2 });
      expect(await key.record()).toMatchObject({ next: "EXHAUSTED", attempt: 2 });
      expect(await key.complete(key.other)).toMatchObject({ status: "APPLIED", late: true });
      expect(await key.claim(third)).toMatchObject({ status: "COMPLETED" });
    });

    it("is EXHAUSTED after so many releases", async () => {
      const key = new KeyAsker(transport, "two");
      await key.claim();
      await key.fail("RETRYABLE");
      await key.claim(key.other);
      await key.fail("RETRYABLE", key.other);
      expect(await key.claim(newClaimId())).toMatchObject({ status: "EXHAUSTED", attempt: 2 });
      expect(await key.claim(newClaimId(), { complete: true })).toMatchObject({
        status: "EXHAUSTED",
      });
    });

    it("is EXHAUSTED, not HELD, where both would hold after releases", async () => {
      const key = new KeyAsker(transport, "hold-two");
      await key.claim();
      await key.fail("RETRYABLE");
      await key.claim(key.other);
      await key.fail("RETRYABLE", key.other);
      expect(await key.claim(newClaimId())).toMatchObject({ status: "EXHAUSTED" });
    });
  });

  describe("with forgetOnComplete", () => {
    it("deduplicates while running and grants anew after the completion", async () => {
      const key = new KeyAsker(transport, "forgetful");
      expect(await key.claim()).toMatchObject({ status: "GRANTED", attempt: 1 });
      expect(await key.claim(key.other)).toMatchObject({ status: "IN_PROGRESS" });
      expect(await key.complete()).toMatchObject({ status: "APPLIED" });
      expect(await key.complete()).toMatchObject({ status: "ALREADY_APPLIED" });
      expect(await key.claim(key.other)).toMatchObject({ status: "GRANTED", attempt: 1 });
      expect(await key.complete()).toMatchObject({ status: "STALE_OWNER" });
    });

    it("keeps the release for one lease only", async () => {
      const key = new KeyAsker(transport, "forgetful");
      await key.claim();
      await key.complete();
      await sleep(400);
      expect(await key.get()).toMatchObject({ found: false });
    });

    it("refuses one-shot claims", async () => {
      const key = new KeyAsker(transport, "forgetful");
      const command = { verb: "CLAIM", ...key.on, claimId: key.own, complete: true } as const;
      expect(await key.refusal(command)).toMatchObject({ code: 3, reason: "INVALID_ARGUMENT" });
    });
  });

  describe("with observe", () => {
    it("grants everything, shadowed with token 0, and changes nothing by it", async () => {
      const key = new KeyAsker(transport, "observed");
      const real = await key.claim();
      expect(real).toMatchObject({ status: "GRANTED", shadowed: false });
      expect(real.fencingToken).toBeGreaterThan(0);
      const shadow = { status: "GRANTED", shadowed: true, fencingToken: 0 };
      expect(await key.claim(key.other)).toMatchObject(shadow);
      expect(await key.extend(key.other)).toMatchObject({ status: "APPLIED" });
      expect(await key.complete(key.other)).toMatchObject({ status: "APPLIED" });
      expect(await key.fail("TERMINAL", key.other)).toMatchObject({ status: "APPLIED" });
      expect(await key.record()).toMatchObject({ state: "IN_PROGRESS", attempt: 1 });
      await key.complete(key.own, { data: Buffer.from("real") });
      expect(await key.claim(key.other)).toMatchObject(shadow);
      expect(await key.record()).toMatchObject({ state: "COMPLETED" });
      const unknown = new KeyAsker(transport, "observed");
      expect(await unknown.complete()).toMatchObject({ status: "APPLIED" });
      expect(await unknown.get()).toMatchObject({ found: false });
    });
  });

  describe("paused", () => {
    it("grants nothing anew and answers, extends and settles what is there", async () => {
      const paused = `paused-${name}`;
      await node.put({ name: paused, leaseMs: 30_000 });
      const running = new KeyAsker(transport, paused);
      const done = new KeyAsker(transport, paused);
      const released = new KeyAsker(transport, paused);
      const lapsed = new KeyAsker(transport, paused);
      const absent = new KeyAsker(transport, paused);
      const { fencingToken } = await running.claim();
      await done.claim();
      await done.complete();
      await released.claim();
      await released.fail("RETRYABLE");
      await lapsed.claim(lapsed.own, { leaseMs: 100 });
      await sleep(140);
      await node.setPaused(paused, true);
      for (const key of [absent, released, lapsed]) {
        const command = { verb: "CLAIM", ...key.on, claimId: key.other } as const;
        expect(await key.refusal(command)).toMatchObject({ code: 14, reason: "PAUSED" });
      }
      expect(await done.claim(done.other)).toMatchObject({ status: "COMPLETED" });
      expect(await running.claim(running.other)).toMatchObject({ status: "IN_PROGRESS" });
      expect(await running.claim()).toMatchObject({ status: "GRANTED", fencingToken });
      expect(await lapsed.claim()).toMatchObject({ status: "GRANTED", attempt: 1 });
      expect(await running.extend()).toMatchObject({ status: "APPLIED" });
      expect(await running.complete()).toMatchObject({ status: "APPLIED" });
      await node.setPaused(paused, false);
      expect(await absent.claim()).toMatchObject({ status: "GRANTED", attempt: 1 });
      expect(await released.claim(released.other)).toMatchObject({ attempt: 2 });
    });
  });

  it("that does not exist is NOT_FOUND for every command", async () => {
    const key = new KeyAsker(transport, "nowhere");
    const on = { ...key.on, claimId: key.own };
    for (const command of [
      { verb: "CLAIM", ...on },
      { verb: "COMPLETE", ...on },
      { verb: "FAIL", ...on, outcome: "RETRYABLE" },
      { verb: "EXTEND", ...on },
      { verb: "GET", ...key.on },
      { verb: "FORGET", ...key.on },
    ] as const) {
      expect(await key.refusal(command)).toMatchObject({
        code: 5,
        reason: "NAMESPACE_NOT_FOUND",
      });
    }
  });
});
