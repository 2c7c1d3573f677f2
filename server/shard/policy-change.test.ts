import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Reply } from "../claim/reply.ts";
import type { ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { policyOf } from "./policy-rules.ts";
import { type TestNode, type TestWorld, testWorld } from "./test/node.ts";
import { claimBy, RecordingAsker, submissionFor } from "./test/samples.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let world: TestWorld;
let node: TestNode;

beforeEach(async () => {
  world = await testWorld();
  node = await world.open();
});

afterEach(async () => {
  await node.close();
  await world.remove();
});

function statusOf(reply: Reply): string {
  return reply.type === "refused" ? reply.code : "status" in reply ? reply.status : reply.type;
}

describe("A change of a policy to a much shorter window", () => {
  const extend = { type: "extend", claimId: Buffer.alloc(16, 1), leaseMs: 0 } as const;

  it("never ends a lease that is extended", async () => {
    const long = { windowMs: 2 * HOUR_MS, leaseMs: 10 * MINUTE_MS };
    await node.namespaces.put(policyOf({ name: "payments", ...long }));
    const payments = node.namespaces.get("payments");
    if (payments === undefined) throw new Error("no namespace");
    expect(statusOf(await node.ask(payments, "key", claimBy(1)))).toBe("GRANTED");
    const short = { windowMs: 1000, leaseMs: 1000, maxLeaseMs: 1000 };
    await node.namespaces.put(policyOf({ name: "payments", revision: 1, ...short }));
    for (let at = 0; at < 200; at += 1) {
      world.nowMs += 5 * MINUTE_MS;
      node.store.dropOver();
      expect(statusOf(await node.ask(payments, "key", extend)), `${at}`).toBe("APPLIED");
      world.nowMs += 5 * MINUTE_MS - 1;
      expect(statusOf(await node.ask(payments, "key", claimBy(2))), `${at}`).toBe("IN_PROGRESS");
    }
  });
});

describe("A change", () => {
  it("is told to nobody before it is durable, not even to those who came too late", async () => {
    const release = world.directory.holdWrites();
    const told: string[] = [];
    const put = async (name: string) => {
      const made = node.namespaces.put(policyOf({ name }));
      await made.then(
        () => told.push("made"),
        (error: unknown) => told.push((error as ClaimdError).code),
      );
    };
    const all = Promise.all([put("n"), put("n")]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toEqual([]);
    release();
    await all;
    expect(told).toEqual(["made", "NAMESPACE_EXISTS"]);
  });

  it("is refused where too many wait", async () => {
    const puts = Array.from({ length: LIMITS.waitingChanges.max + 1 }, () => node.shard.stamp());
    const last = puts.at(-1);
    await expect(last).rejects.toMatchObject({ code: "QUEUE_FULL" });
    await Promise.all(puts.slice(0, -1));
  });
});

describe("A quota of records", () => {
  it("holds within a turn", async () => {
    const quota = { records: 3 };
    await node.namespaces.put(policyOf({ name: "small", quota }));
    const namespace = node.namespaces.get("small");
    if (namespace === undefined) throw new Error("no namespace");
    const asker = new RecordingAsker();
    for (let index = 0; index < 10; index += 1) {
      node.shard.submit(submissionFor({ namespace, key: `${index}`, asker, index }));
    }
    await asker.have(10);
    const told = [...asker.replies.values()].map(statusOf);
    expect(told.filter((status) => status === "GRANTED")).toHaveLength(3);
    expect(told.filter((status) => status === "QUOTA_EXCEEDED")).toHaveLength(7);
  });
});
