/** What claims promise beyond the table: tokens, leases, retries, one-shot, spent ids, windows. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Transport } from "./support/command.ts";
import { KeyAsker, newClaimId, sleep } from "./support/key-asker.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { TRANSPORTS } from "./support/transports.ts";

const LEASE_MS = 30_000;
let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start();
  await node.put({ name: "plain", leaseMs: LEASE_MS, maxLeaseMs: 60_000 });
  await node.put({ name: "brief", windowMs: 1000, maxWindowMs: 60_000, leaseMs: 100 });
});
afterAll(endNodes);

describe.each(Object.entries(TRANSPORTS))("a claim over %s", (_name, open) => {
  let transport: Transport;
  beforeAll(() => {
    transport = open(node.claims);
  });
  afterAll(() => {
    transport.close();
  });
  const key = (namespace = "plain"): KeyAsker => new KeyAsker(transport, namespace);

  it("is granted with token, attempt and the policy's lease", async () => {
    const granted = await key().claim();
    expect(granted).toMatchObject({ attempt: 1, hold: false, reclaimed: false, shadowed: false });
    expect(granted.fencingToken).toBeGreaterThan(0);
    expect(granted.leaseMs).toBeGreaterThan(LEASE_MS - 5000);
    expect(granted.leaseMs).toBeLessThanOrEqual(LEASE_MS);
  });

  it("takes the lease it asks for", async () => {
    const { leaseMs } = await key().claim(newClaimId(), { leaseMs: 50_000 });
    expect(leaseMs).toBeGreaterThan(45_000);
    expect(leaseMs).toBeLessThanOrEqual(50_000);
  });

  it("sent again gets the same grant, and its lease is never shortened", async () => {
    const one = key();
    const first = await one.claim();
    const second = await one.claim(one.own, { leaseMs: 1000 });
    expect(second).toMatchObject({ status: "GRANTED", attempt: 1 });
    expect(second.fencingToken).toBe(first.fencingToken);
    expect((await one.record()).leaseLeftMs).toBeGreaterThan(LEASE_MS - 5000);
  });

  it("sent again after its lease was over gets the same grant and a lease anew", async () => {
    const one = key();
    const first = await one.claim(one.own, { leaseMs: 100 });
    await sleep(140);
    expect(await one.record()).toMatchObject({ lapsed: true, leaseLeftMs: 0, next: "GRANTED" });
    const second = await one.claim(one.own, { leaseMs: 20_000 });
    expect(second).toMatchObject({ status: "GRANTED", attempt: 1, reclaimed: false });
    expect(second.fencingToken).toBe(first.fencingToken);
    expect(await one.claim(one.other)).toMatchObject({ status: "IN_PROGRESS" });
  });

  it("of a running key is told who works on it and when to ask again", async () => {
    const one = key();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await one.claim(one.own, { holder: "pod-7", traceparent });
    const told = await one.claim(one.other);
    expect(told).toMatchObject({
      status: "IN_PROGRESS",
      holder: "pod-7",
      traceparent,
      attempt: 1,
      fencingToken: 0,
    });
    expect(told.retryAfterMs).toBeGreaterThan(0);
    expect(told.expiresInMs).toBeGreaterThan(0);
    expect(await one.record()).toMatchObject({ holder: "pod-7", next: "IN_PROGRESS" });
  });

  it("hands the first claim's trace to duplicates of a settled key", async () => {
    const one = key();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await one.claim(one.own, { traceparent });
    await one.complete();
    expect(await one.claim(one.other)).toMatchObject({ status: "COMPLETED", traceparent });
  });

  it("gets a greater token with every grant, also after Forget", async () => {
    const one = key();
    const tokens: number[] = [];
    for (let round = 0; round < 4; round++) {
      const id = newClaimId();
      const { fencingToken } = await one.claim(id);
      tokens.push(fencingToken);
      if (round % 2 === 0) await one.fail("RETRYABLE", id);
      else await one.forget();
    }
    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
  });

  it("that was one-shot is COMPLETED for others and the same GRANTED for its owner", async () => {
    const one = key();
    const first = await one.claim(one.own, { complete: true });
    expect(first).toMatchObject({ status: "GRANTED", attempt: 1 });
    expect(await one.claim(one.other, { complete: true })).toMatchObject({ status: "COMPLETED" });
    const again = await one.claim(one.own, { complete: true });
    expect(again).toMatchObject({ status: "GRANTED", fencingToken: first.fencingToken });
    expect(await one.record()).toMatchObject({ state: "COMPLETED", attempt: 1 });
  });

  it.each([30_000, 100])(
    "sent again as one-shot completes its own (lease %i ms)",
    async (leaseMs) => {
      const one = key();
      const first = await one.claim(one.own, { leaseMs });
      if (leaseMs === 100) await sleep(140);
      const second = await one.claim(one.own, { leaseMs, complete: true });
      expect(second).toMatchObject({ status: "GRANTED", fencingToken: first.fencingToken });
      expect(await one.record()).toMatchObject({ state: "COMPLETED" });
    },
  );

  it("is spent when its attempt settles: no late copy owns a second attempt", async () => {
    const one = key();
    await one.claim();
    await one.fail("RETRYABLE");
    const on = { verb: "CLAIM", ...one.on, claimId: one.own } as const;
    expect(await one.refusal(on)).toMatchObject({ code: 9, reason: "CLAIM_ID_SPENT" });
    await one.claim(one.other);
    expect(await transport.ask(on)).not.toMatchObject({ status: "GRANTED" });
    await one.fail("RETRYABLE", one.other);
    expect(await one.refusal(on)).toMatchObject({ code: 9, reason: "CLAIM_ID_SPENT" });
    const third = newClaimId();
    expect(await one.claim(third)).toMatchObject({ status: "GRANTED", attempt: 3 });
  });

  it("that lapsed and was taken over owns no later attempt", async () => {
    const one = key();
    await one.claim(one.own, { leaseMs: 100 });
    await sleep(140);
    await one.claim(one.other);
    await one.fail("RETRYABLE", one.other);
    const copy = await transport.ask({ verb: "CLAIM", ...one.on, claimId: one.own });
    expect(copy).not.toMatchObject({ status: "GRANTED" });
  });

  it("keeps its lease by Extend, which never shortens it", async () => {
    const one = key();
    await one.claim(one.own, { leaseMs: 200 });
    expect(await one.extend(one.own, 20_000)).toMatchObject({ status: "APPLIED", late: false });
    expect((await one.record()).leaseLeftMs).toBeGreaterThan(15_000);
    await one.extend(one.own, 100);
    expect((await one.record()).leaseLeftMs).toBeGreaterThan(15_000);
  });

  it("lapsed and extended is owned again", async () => {
    const one = key();
    await one.claim(one.own, { leaseMs: 100 });
    await sleep(140);
    await one.extend(one.own, 20_000);
    expect(await one.claim(one.other)).toMatchObject({ status: "IN_PROGRESS" });
  });

  it("is forgotten after its window, not before", async () => {
    const one = key("brief");
    const long = key("brief");
    const before = performance.now();
    await one.claim();
    await long.claim(long.own, { windowMs: 30_000 });
    await one.complete();
    await long.complete();
    const completed = performance.now();
    let answer = await one.claim(one.other);
    while (answer.status === "COMPLETED" && performance.now() < completed + 3000) {
      await sleep(10);
      answer = await one.claim(one.other);
    }
    expect(answer).toMatchObject({ status: "GRANTED", attempt: 1, reclaimed: false });
    expect(performance.now() - before).toBeGreaterThan(995);
    expect(await long.claim(long.other)).toMatchObject({ status: "COMPLETED" });
    expect((await long.record()).expiresInMs).toBeGreaterThan(25_000);
  });

  it("unsettled is remembered for its lease and its window", async () => {
    const one = key("brief");
    const before = performance.now();
    await one.claim();
    const { expiresInMs } = await one.record();
    expect(expiresInMs).toBeGreaterThan(1095 - (performance.now() - before));
    expect(expiresInMs).toBeLessThanOrEqual(1100);
    await sleep(1150);
    expect(await one.get()).toMatchObject({ found: false });
    expect(await one.complete()).toMatchObject({ status: "NOT_FOUND" });
  });
});
