import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../claim/command.ts";
import type { Reply } from "../claim/reply.ts";
import type { Namespace } from "./namespace.ts";
import { type TestNode, type TestWorld, testWorld } from "./test/node.ts";
import { claimBy, RecordingAsker, submissionFor } from "./test/samples.ts";

const WAIT_MS = 30_000;

let world: TestWorld;
let node: TestNode;
let payments: Namespace;
let asker: RecordingAsker;

beforeEach(async () => {
  world = await testWorld();
  node = await world.open();
  payments = await node.namespaces.getOrCreate("payments");
  asker = new RecordingAsker();
  await node.ask(payments, "key", claimBy(99));
});

afterEach(async () => {
  await node.close();
  await world.remove();
});

const settle = (type: "complete" | "fail", owner = 99): Command =>
  type === "complete"
    ? { type, claimId: Buffer.alloc(16, owner), result: undefined }
    : { type, claimId: Buffer.alloc(16, owner), outcome: "RETRYABLE", result: undefined };

async function park(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const command = claimBy(index + 1);
    const submission = { namespace: payments, command, waitMs: WAIT_MS, asker, index };
    node.shard.submit(submissionFor(submission));
  }
  await expect.poll(() => node.shard.parked.count).toBe(count);
}

const statuses = (): string[] =>
  [...asker.replies.values()].map((reply: Reply) =>
    reply.type === "refused" ? reply.code : "status" in reply ? reply.status : reply.type,
  );

describe("parked claims", () => {
  it("all get the completion when the claim completes", async () => {
    await park(10);
    await node.ask(payments, "key", settle("complete"));
    await asker.have(10);
    expect(new Set(statuses())).toEqual(new Set(["COMPLETED"]));
    expect(node.shard.parked.count).toBe(0);
  });

  it("are granted one by one as their owners release", async () => {
    await park(3);
    await node.ask(payments, "key", settle("fail"));
    await asker.have(1);
    expect(asker.order).toEqual([0]);
    expect(node.shard.parked.count).toBe(2);
    await node.ask(payments, "key", settle("fail", 1));
    await asker.have(2);
    expect(asker.order).toEqual([0, 1]);
    expect(asker.replies.get(1)).toMatchObject({ status: "GRANTED", attempt: 3 });
  });

  it("are granted one when the key is forgotten", async () => {
    await park(2);
    await node.ask(payments, "key", { type: "forget", token: 0 });
    await asker.have(1);
    expect(asker.replies.get(0)).toMatchObject({ status: "GRANTED", attempt: 1 });
    expect(node.shard.parked.count).toBe(1);
  });

  it("are answered IN_PROGRESS when the namespace is paused", async () => {
    await park(3);
    await node.namespaces.setPaused("payments", true);
    await asker.have(3);
    expect(new Set(statuses())).toEqual(new Set(["IN_PROGRESS"]));
  });

  it("are told when the namespace is deleted", async () => {
    await park(2);
    await node.namespaces.remove("payments", 1);
    await asker.have(2);
    expect(new Set(statuses())).toEqual(new Set(["NAMESPACE_NOT_FOUND"]));
    expect(node.shard.parked.count).toBe(0);
  });

  it("are answered IN_PROGRESS when the node drains", async () => {
    await park(3);
    await node.shard.drain();
    expect(statuses()).toEqual(["IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS"]);
  });

  it("are told that the outcome is unknown when the journal fails", async () => {
    await park(3);
    world.directory.failNextWrite();
    await node.ask(payments, "other", claimBy(1));
    await asker.have(3);
    expect(new Set(statuses())).toEqual(new Set(["STORAGE_UNAVAILABLE"]));
  });

  it("free their place when they are cancelled, and are answered so", async () => {
    await park(2);
    node.shard.cancel(asker, 0);
    expect(statuses()).toEqual(["CANCELLED"]);
    expect(node.shard.parked.count).toBe(1);
    await node.ask(payments, "key", settle("fail"));
    await asker.have(2);
    expect(asker.replies.get(1)).toMatchObject({ status: "GRANTED" });
  });

  it("are not parked at all when they are cancelled on their way", async () => {
    const submission = { namespace: payments, command: claimBy(5), waitMs: WAIT_MS, asker };
    node.shard.submit(submissionFor(submission));
    node.shard.cancel(asker, 0);
    await asker.have(1);
    expect(statuses()).toEqual(["CANCELLED"]);
    expect(node.shard.parked.count).toBe(0);
  });

  it("get the completion under forgetOnComplete, and the next claim runs anew", async () => {
    await node.namespaces.put({ ...payments.policy, forgetOnComplete: true });
    await park(2);
    const result = {
      data: Buffer.from("done"),
      contentType: "",
      metadata: {},
      ref: "",
      omitted: false,
      sizeBytes: 4,
    };
    const claimId = Buffer.alloc(16, 99);
    await node.ask(payments, "key", { type: "complete", claimId, result });
    await asker.have(2);
    expect(asker.replies.get(1)).toMatchObject({ status: "COMPLETED", attempt: 1, result });
    const next = await node.ask(payments, "key", claimBy(7));
    expect(next).toMatchObject({ status: "GRANTED", attempt: 1 });
  });

  it("pass the key on when the oldest is refused", async () => {
    const spent = claimBy(99); // Once the owner has released, its claim id is spent.
    const submission = { namespace: payments, command: spent, waitMs: WAIT_MS };
    await node.ask(payments, "key", settle("fail"));
    await node.ask(payments, "key", claimBy(98));
    node.shard.submit(submissionFor({ ...submission, asker, index: 50 }));
    await expect.poll(() => node.shard.parked.count).toBe(1);
    const next = node.ask(payments, "key", claimBy(97), WAIT_MS);
    await expect.poll(() => node.shard.parked.count).toBe(2);
    await node.ask(payments, "key", settle("fail", 98));
    expect(await next).toMatchObject({ status: "GRANTED", attempt: 3 });
    expect(statuses()).toEqual(["CLAIM_ID_SPENT"]);
    expect(node.shard.parked.count).toBe(0);
  });

  it("stay within the namespace's quota", async () => {
    const quota = { claimsPerSecond: 0, records: 0, bytes: 0, waiting: 2 };
    await node.namespaces.put({ ...payments.policy, quota });
    await park(2);
    const refused = await node.ask(payments, "key", claimBy(50), WAIT_MS);
    expect(refused).toMatchObject({ code: "QUOTA_EXCEEDED" });
  });

  it("are not parked at all without a wait", async () => {
    expect(await node.ask(payments, "key", claimBy(1))).toMatchObject({ status: "IN_PROGRESS" });
    expect(node.shard.parked.count).toBe(0);
  });

  it("take the key over when the lease is over", async () => {
    await node.ask(payments, "short", claimBy(1, { leaseMs: 100 }));
    const waiting = node.ask(payments, "short", claimBy(2), WAIT_MS);
    await expect.poll(() => node.shard.parked.count).toBe(1);
    world.nowMs += 100;
    expect(await waiting).toMatchObject({ status: "GRANTED", attempt: 2, reclaimed: true });
  });
});
