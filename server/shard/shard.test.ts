import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Reply } from "../claim/reply.ts";
import { LIMITS } from "../limits.ts";
import type { Namespace } from "./namespace.ts";
import { type TestNode, type TestWorld, testWorld } from "./test/node.ts";
import { claimBy, POLICY, RecordingAsker, submissionFor } from "./test/samples.ts";

let world: TestWorld;
let node: TestNode;
let payments: Namespace;

beforeEach(async () => {
  world = await testWorld();
  node = await world.open();
  payments = await node.namespaces.getOrCreate("payments");
});

afterEach(async () => {
  await node.close();
  await world.remove();
});

const completeBy = (owner: number) =>
  ({ type: "complete", claimId: Buffer.alloc(16, owner), result: undefined }) as const;

async function restart(outage?: { stoppedAtMs: number; resumedAtMs: number }): Promise<void> {
  await node.close();
  node = await world.open(outage);
  const found = node.namespaces.get("payments");
  if (found === undefined) throw new Error("the namespace is lost");
  payments = found;
}

function statusOf(reply: Reply): string {
  return reply.type === "refused" ? reply.code : "status" in reply ? reply.status : reply.type;
}

async function tick(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("Shard: a turn", () => {
  it("answers each command once, in the order of deciding", async () => {
    const asker = new RecordingAsker();
    const keys = ["a", "b", "a", "c"];
    keys.forEach((key, index) => {
      const command = claimBy(index + 1);
      node.shard.submit(submissionFor({ namespace: payments, key, command, asker, index }));
    });
    await asker.have(4);
    expect(asker.order).toEqual([0, 1, 2, 3]);
    const statuses = [...asker.replies.values()].map(statusOf);
    expect(statuses).toEqual(["GRANTED", "GRANTED", "IN_PROGRESS", "GRANTED"]);
    expect(asker.flushes).toBe(1);
  });

  it("finds in LevelDB what the overlay no longer has", async () => {
    await node.ask(payments, "key", claimBy(1, { complete: true }));
    await node.store.flush();
    expect(node.store.stats.overlayRecords).toBe(0);
    expect(statusOf(await node.ask(payments, "key", claimBy(2)))).toBe("COMPLETED");
  });

  it("answers nobody before the journal has the turn, not even a duplicate", async () => {
    const release = world.directory.holdWrites();
    const asker = new RecordingAsker();
    const submit = (index: number) => {
      const command = claimBy(index + 1);
      node.shard.submit(submissionFor({ namespace: payments, command, asker, index }));
    };
    submit(0);
    await tick();
    await tick();
    submit(1);
    for (let ticks = 0; ticks < 20; ticks += 1) await tick();
    expect(asker.replies.size).toBe(0);
    release();
    await asker.have(2);
    expect([...asker.replies.values()].map(statusOf)).toEqual(["GRANTED", "IN_PROGRESS"]);
  });

  it("tells everybody that the outcome is unknown when the journal fails, and ends", async () => {
    world.directory.failNextWrite();
    expect(statusOf(await node.ask(payments, "key", claimBy(1)))).toBe("STORAGE_UNAVAILABLE");
    expect(statusOf(await node.ask(payments, "key", claimBy(2)))).toBe("STORAGE_UNAVAILABLE");
    expect(node.fatal).toHaveLength(1);
  });

  it("keeps what it answered over a restart", async () => {
    const first = await node.ask(payments, "key", claimBy(1));
    await restart();
    expect(await node.ask(payments, "key", claimBy(1))).toEqual(first);
    expect(statusOf(await node.ask(payments, "key", claimBy(2)))).toBe("IN_PROGRESS");
  });

  it("refuses a command when too many wait, and answers all the others", async () => {
    const asker = new RecordingAsker();
    const count = LIMITS.waitingCommands.max + 1;
    for (let index = 0; index < count; index += 1) {
      node.shard.submit(submissionFor({ namespace: payments, key: `${index}`, asker, index }));
    }
    await asker.have(count);
    expect(statusOf(asker.replies.get(count - 1) as Reply)).toBe("QUEUE_FULL");
    const granted = [...asker.replies.values()].filter((reply) => statusOf(reply) === "GRANTED");
    expect(granted).toHaveLength(count - 1);
  });

  it("lists a stale owner that settles as a possible double execution", async () => {
    await node.ask(payments, "key", claimBy(1, { leaseMs: 100 }));
    world.nowMs += 100;
    await node.ask(payments, "key", claimBy(2));
    expect(statusOf(await node.ask(payments, "key", completeBy(1)))).toBe("STALE_OWNER");
    expect(node.doubles).toMatchObject([
      { namespace: "payments", command: "complete", attempt: 2 },
    ]);
    expect(payments.counts.possibleDoubles).toBe(1);
  });

  it("grants with tokens that a restart lifts over whatever was handed out", async () => {
    const first = await node.ask(payments, "a", claimBy(1));
    await restart();
    await node.ask(payments, "a", { type: "forget", token: 0 });
    const second = await node.ask(payments, "a", claimBy(2));
    if (first.type !== "claim" || first.status !== "GRANTED") throw new Error("not granted");
    if (second.type !== "claim" || second.status !== "GRANTED") throw new Error("not granted");
    expect(second.token).toBeGreaterThanOrEqual(LIMITS.tokenSkip.start * 2);
  });

  it("keeps a lease that ran when serving stopped running for the grace", async () => {
    await node.ask(payments, "key", claimBy(1, { leaseMs: 30_000 }));
    const stoppedAtMs = world.nowMs;
    world.nowMs += 60_000;
    await restart({ stoppedAtMs, resumedAtMs: world.nowMs });
    world.nowMs += 9_999;
    expect(statusOf(await node.ask(payments, "key", claimBy(2)))).toBe("IN_PROGRESS");
    world.nowMs += 1;
    expect(await node.ask(payments, "key", claimBy(2))).toMatchObject({
      status: "GRANTED",
      attempt: 2,
      reclaimed: true,
    });
  });
});

describe("Shard: an outage longer than every window", () => {
  const DAY_MS = 86_400_000;

  it("remembers what ran when it began, for the grace and the window behind it", async () => {
    await node.ask(payments, "ran", claimBy(1));
    await node.ask(payments, "done", claimBy(1, { complete: true }));
    const stoppedAtMs = world.nowMs;
    world.nowMs += 30 * DAY_MS;
    await restart({ stoppedAtMs, resumedAtMs: world.nowMs });
    expect(statusOf(await node.ask(payments, "done", claimBy(2)))).toBe("GRANTED");
    await node.shard.stamp();
    node.store.dropOver();
    await node.store.dropped();
    world.nowMs += 10_000 + DAY_MS - 1;
    await node.shard.stamp();
    node.store.dropOver();
    await node.store.dropped();
    const late = await node.ask(payments, "ran", completeBy(1));
    expect(late).toMatchObject({ status: "APPLIED", late: true });
    expect(statusOf(await node.ask(payments, "ran", claimBy(2)))).toBe("COMPLETED");
  });

  it("drops it afterwards", async () => {
    await node.ask(payments, "ran", claimBy(1));
    const stoppedAtMs = world.nowMs;
    world.nowMs += 30 * DAY_MS;
    await restart({ stoppedAtMs, resumedAtMs: world.nowMs });
    world.nowMs += 3 * DAY_MS;
    await node.shard.stamp();
    node.store.dropOver();
    await node.store.dropped();
    expect(node.store.counts(payments.id)).toEqual({ records: 0, bytes: 0 });
    expect(statusOf(await node.ask(payments, "ran", claimBy(2)))).toBe("GRANTED");
  });
});

describe("Shard: what refuses grants", () => {
  it("grants nothing anew on a full disk, but settles, renews and answers duplicates", async () => {
    await node.ask(payments, "running", claimBy(1));
    await node.ask(payments, "done", claimBy(1, { complete: true }));
    node.diskLow = true;
    expect(statusOf(await node.ask(payments, "new", claimBy(1)))).toBe("DISK_FULL");
    expect(statusOf(await node.ask(payments, "running", claimBy(1)))).toBe("GRANTED");
    expect(statusOf(await node.ask(payments, "done", claimBy(2)))).toBe("COMPLETED");
    expect(statusOf(await node.ask(payments, "running", completeBy(1)))).toBe("APPLIED");
    node.diskLow = false;
    expect(statusOf(await node.ask(payments, "new", claimBy(1)))).toBe("GRANTED");
  });

  it("bounds what a namespace stores, and only that namespace", async () => {
    const quota = { claimsPerSecond: 0, records: 2, bytes: 0, waiting: 0 };
    await node.namespaces.put({ ...payments.policy, quota });
    const other = await node.namespaces.getOrCreate("other");
    for (const key of ["a", "b"]) await node.ask(payments, key, claimBy(1));
    expect(await node.ask(payments, "c", claimBy(1))).toMatchObject({
      code: "QUOTA_EXCEEDED",
      message: "quota.records: 2 stored, at most 2",
    });
    expect(statusOf(await node.ask(payments, "a", claimBy(2)))).toBe("IN_PROGRESS");
    expect(statusOf(await node.ask(other, "c", claimBy(1)))).toBe("GRANTED");
  });

  it("bounds claims a second with a hint when to come back", async () => {
    const quota = { claimsPerSecond: 1, records: 0, bytes: 0, waiting: 0 };
    await node.namespaces.put({ ...payments.policy, quota });
    expect(statusOf(await node.ask(payments, "a", claimBy(1)))).toBe("GRANTED");
    expect(await node.ask(payments, "b", claimBy(1))).toMatchObject({
      code: "QUOTA_EXCEEDED",
      retryAfterMs: 1000,
    });
    expect(statusOf(await node.ask(payments, "a", completeBy(1)))).toBe("APPLIED");
    expect(payments.counts.overQuota).toBe(1);
  });

  it("refuses everything while there is no room for a turn, then goes on", async () => {
    const free = world.directory.freeSpaceBytes;
    const filler = { data: Buffer.alloc(60_000), contentType: "", metadata: {}, ref: "" };
    const result = { ...filler, omitted: false, sizeBytes: filler.data.length };
    world.directory.freeSpaceBytes = 0;
    const statuses = new Set<string>();
    for (let at = 0; at < 60; at += 1) {
      await node.ask(payments, `${at}`, claimBy(1));
      const command = { ...completeBy(1), result };
      const [asker, key] = [new RecordingAsker(), `${at}`];
      const bytes = filler.data.length;
      node.shard.submit(submissionFor({ namespace: payments, key, command, bytes, asker }));
      await asker.have(1);
      statuses.add(statusOf(asker.replies.get(0) as Reply));
    }
    expect(statuses).toContain("DISK_FULL");
    world.directory.freeSpaceBytes = free;
    await expect
      .poll(async () => statusOf(await node.ask(payments, "after", claimBy(1))), { timeout: 5000 })
      .toBe("GRANTED");
  });
});

describe("Namespaces", () => {
  it("guards a change by its revision and keeps it over a restart", async () => {
    const changed = await node.namespaces.put({ ...payments.policy, maxAttempts: 3 });
    expect(changed).toMatchObject({ revision: 2, maxAttempts: 3 });
    const stale = node.namespaces.put({ ...changed, revision: 1 });
    await expect(stale).rejects.toMatchObject({ code: "STALE_REVISION" });
    const again = node.namespaces.put({ ...POLICY, revision: 0 });
    await expect(again).rejects.toMatchObject({ code: "NAMESPACE_EXISTS" });
    await restart();
    expect(payments.policy).toEqual(changed);
  });

  it("creates by revision 0 only", async () => {
    const put = node.namespaces.put({ ...POLICY, name: "new", revision: 4 });
    await expect(put).rejects.toMatchObject({ code: "NAMESPACE_NOT_FOUND" });
  });

  it("forgets a deleted namespace's keys, also when its name is used again", async () => {
    await node.ask(payments, "key", claimBy(1, { complete: true }));
    await node.namespaces.remove("payments", 1);
    expect(statusOf(await node.ask(payments, "key", claimBy(2)))).toBe("NAMESPACE_NOT_FOUND");
    payments = await node.namespaces.getOrCreate("payments");
    expect(statusOf(await node.ask(payments, "key", claimBy(2)))).toBe("GRANTED");
    await restart();
    expect(statusOf(await node.ask(payments, "key", claimBy(3)))).toBe("IN_PROGRESS");
  });

  it("finds keys of an older window after it was made longer, and of a longer one", async () => {
    await node.ask(payments, "old", claimBy(1, { complete: true }));
    const windowMs = 30 * 86_400_000;
    const longer = await node.namespaces.put({ ...payments.policy, maxWindowMs: windowMs });
    await node.ask(payments, "long", claimBy(1, { complete: true, windowMs }));
    world.nowMs += 86_400_000 - 1;
    expect(statusOf(await node.ask(payments, "old", claimBy(2)))).toBe("COMPLETED");
    world.nowMs += 1;
    expect(statusOf(await node.ask(payments, "old", claimBy(2)))).toBe("GRANTED");
    world.nowMs += windowMs - 86_400_000 - 1;
    expect(statusOf(await node.ask(payments, "long", claimBy(2)))).toBe("COMPLETED");
    world.nowMs += 1;
    expect(statusOf(await node.ask(payments, "long", claimBy(2)))).toBe("GRANTED");
    expect(longer.revision).toBe(2);
  });

  it("refuses another change of the longest window while one takes effect", async () => {
    const put = (maxWindowMs: number) => node.namespaces.put({ ...payments.policy, maxWindowMs });
    await put(30 * 86_400_000);
    await expect(put(300 * 86_400_000)).rejects.toMatchObject({ code: "UNSAFE_REQUEST" });
  });

  it("makes a namespace once when many use it first at the same time", async () => {
    const made = await Promise.all(
      ["n", "n", "n"].map((name) => node.namespaces.getOrCreate(name)),
    );
    expect(new Set(made).size).toBe(1);
  });
});
