/** Fingerprints: the same key with another payload is a mistake, in each of the three modes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Transport } from "./support/command.ts";
import { KeyAsker, sleep } from "./support/key-asker.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { TRANSPORTS } from "./support/transports.ts";

const A = Buffer.alloc(32, "a");
const B = Buffer.alloc(32, "b");
let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start();
  await node.put({ name: "optional" });
  await node.put({ name: "off", fingerprint: "OFF" });
  await node.put({ name: "required", fingerprint: "REQUIRED" });
});
afterAll(endNodes);

describe.each(Object.entries(TRANSPORTS))("fingerprints over %s", (_name, open) => {
  let transport: Transport;
  beforeAll(() => {
    transport = open(node.claims);
  });
  afterAll(() => {
    transport.close();
  });

  const bring: Readonly<Record<string, (key: KeyAsker) => Promise<unknown>>> = {
    running: () => Promise.resolve(),
    lapsed: () => sleep(140),
    RELEASED: (key) => key.fail("RETRYABLE"),
    COMPLETED: (key) => key.complete(key.own, { data: Buffer.from("secret") }),
    FAILED: (key) => key.fail("TERMINAL", key.own, { data: Buffer.from("secret") }),
    HELD: (key) => key.fail("UNKNOWN"),
  };

  it.each(Object.keys(bring))("that differ are a MISMATCH of a key that is %s", async (state) => {
    const key = new KeyAsker(transport, "optional");
    const leaseMs = state === "lapsed" ? 100 : 30_000;
    await key.claim(key.own, { fingerprint: A, leaseMs });
    await bring[state]?.(key);
    const before = await key.record();
    const own = await key.claim(key.own, { fingerprint: B });
    const other = await key.claim(key.other, { fingerprint: B, complete: true });
    for (const answer of [own, other]) {
      expect(answer).toMatchObject({ status: "MISMATCH", fencingToken: 0 });
      expect(answer.result?.data.length ?? 0).toBe(0);
    }
    expect(await key.record()).toMatchObject({
      state: before.state,
      attempt: before.attempt,
      fencingToken: before.fencingToken,
      fingerprint: A,
    });
  });

  it("on one side only are not compared", async () => {
    const without = new KeyAsker(transport, "optional");
    await without.claim();
    expect(await without.claim(without.other, { fingerprint: A })).toMatchObject({
      status: "IN_PROGRESS",
    });
    const having = new KeyAsker(transport, "optional");
    await having.claim(having.own, { fingerprint: A });
    expect(await having.claim(having.other)).toMatchObject({ status: "IN_PROGRESS" });
  });

  it("that are the same let the answer through", async () => {
    const key = new KeyAsker(transport, "optional");
    await key.claim(key.own, { fingerprint: A });
    await key.complete(key.own, { data: Buffer.from("result") });
    expect(await key.claim(key.other, { fingerprint: A })).toMatchObject({
      status: "COMPLETED",
      result: { data: Buffer.from("result") },
    });
  });

  it("are neither stored nor compared with OFF", async () => {
    const key = new KeyAsker(transport, "off");
    await key.claim(key.own, { fingerprint: A });
    expect(await key.record()).toMatchObject({ fingerprint: Buffer.alloc(0) });
    expect(await key.claim(key.other, { fingerprint: B })).toMatchObject({ status: "IN_PROGRESS" });
  });

  it("must be there with REQUIRED", async () => {
    const key = new KeyAsker(transport, "required");
    const refused = await key.refusal({ verb: "CLAIM", ...key.on, claimId: key.own });
    expect(refused).toMatchObject({ code: 3, reason: "INVALID_ARGUMENT" });
    expect(refused.message).toMatch(/fingerprint/);
    expect(await key.claim(key.own, { fingerprint: A })).toMatchObject({ status: "GRANTED" });
    expect(await key.claim(key.other, { fingerprint: B })).toMatchObject({ status: "MISMATCH" });
    expect(await key.get()).toMatchObject({ found: true });
  });
});
