/** Results: kept byte for byte, replayed to duplicates, dropped but not refused when too large. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Transport } from "./support/command.ts";
import { KeyAsker } from "./support/key-asker.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { TRANSPORTS } from "./support/transports.ts";

const KIB = 1024;
let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start();
  await node.put({ name: "plain" });
  await node.put({ name: "small", resultMaxBytes: 100 });
  await node.put({ name: "large", resultMaxBytes: 512 * KIB });
});
afterAll(endNodes);

describe.each(Object.entries(TRANSPORTS))("results over %s", (_name, open) => {
  let transport: Transport;
  beforeAll(() => {
    transport = open(node.claims);
  });
  afterAll(() => {
    transport.close();
  });

  const full = {
    data: randomBytes(1000),
    contentType: "application/json; charset=utf-8",
    metadata: { one: "1", "zwei ü": "☃" },
    ref: "https://example.com/results/1",
  };

  it("are replayed as they were, to every kind of look", async () => {
    const key = new KeyAsker(transport, "plain");
    await key.claim();
    await key.complete(key.own, full);
    const expected = { ...full, omitted: false, sizeBytes: 1000 };
    expect((await key.claim(key.other)).result).toEqual(expected);
    expect((await key.claim(key.own)).result).toEqual(expected);
    expect((await key.record()).result).toEqual(expected);
    expect((await key.complete()).current?.result).toEqual(expected);
    expect((await key.complete(key.other)).current?.result).toEqual(expected);
  });

  it("never change: the first settlement stands", async () => {
    const key = new KeyAsker(transport, "plain");
    await key.claim();
    await key.complete(key.own, { data: Buffer.from("first") });
    expect(await key.complete(key.own, { data: Buffer.from("second") })).toMatchObject({
      status: "ALREADY_APPLIED",
      current: { result: { data: Buffer.from("first") } },
    });
    expect(await key.fail("TERMINAL", key.own, { data: Buffer.from("third") })).toMatchObject({
      status: "STALE_OWNER",
    });
    expect((await key.record()).result?.data).toEqual(Buffer.from("first"));
  });

  it("of a terminal failure are kept", async () => {
    const key = new KeyAsker(transport, "plain");
    await key.claim();
    await key.fail("TERMINAL", key.own, full);
    expect(await key.claim(key.other)).toMatchObject({ status: "FAILED", result: full });
  });

  it.each(["RETRYABLE", "UNKNOWN"] as const)("of a failure that is %s are not", async (outcome) => {
    const key = new KeyAsker(transport, "plain");
    await key.claim();
    await key.fail(outcome, key.own, full);
    expect((await key.record()).result?.data.length ?? 0).toBe(0);
  });

  it.each([
    ["small", 100, false],
    ["small", 101, true],
    ["plain", 64 * KIB, false],
    ["plain", 64 * KIB + 1, true],
    ["large", 512 * KIB, false],
    ["large", 512 * KIB + 1, true],
  ] as const)("in namespace %s with %i bytes: omitted = %s", async (namespace, size, omitted) => {
    const key = new KeyAsker(transport, namespace);
    await key.claim();
    const data = randomBytes(size);
    const asked = await key.complete(key.own, { ...full, data });
    expect(asked).toMatchObject({ status: "APPLIED" });
    const { result } = await key.record();
    expect(result).toMatchObject({
      omitted,
      sizeBytes: size,
      ref: full.ref,
      contentType: full.contentType,
    });
    expect(result?.data.equals(omitted ? Buffer.alloc(0) : data)).toBe(true);
  });

  it("whose data the caller dropped are kept as omitted, with the size it says", async () => {
    const key = new KeyAsker(transport, "plain");
    await key.claim();
    const { contentType, metadata, ref } = full;
    const result = { contentType, metadata, ref, omitted: true, sizeBytes: 5_000_000_000 };
    expect(await key.complete(key.own, result)).toMatchObject({ status: "APPLIED" });
    expect((await key.record()).result).toMatchObject(result);
    expect(await key.claim(key.other)).toMatchObject({ status: "COMPLETED", result });
  });

  it("that are missing, or said to be dropped and are not, are taken as they are", async () => {
    const key = new KeyAsker(transport, "plain");
    await key.claim();
    await key.complete(key.own, { data: Buffer.from("x"), omitted: true, sizeBytes: 77 });
    expect((await key.record()).result).toMatchObject({ omitted: false, sizeBytes: 1 });
    const bare = new KeyAsker(transport, "plain");
    await bare.claim();
    await bare.complete();
    expect((await bare.claim(bare.other)).status).toBe("COMPLETED");
  });
});
