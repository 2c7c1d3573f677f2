/** What operators set and see: namespaces with their revisions, quotas, statistics, topology. */
import { performance } from "node:perf_hooks";
import type {
  ListNamespacesResponse__Output,
  Namespace__Output,
  Topology__Output,
} from "@claimd/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "./support/command.ts";
import { KeyAsker, newClaimId, sleep } from "./support/key-asker.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { unary } from "./support/transports.ts";
import { call, deadline, errorAnswer } from "./support/wire.ts";

let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start();
  await node.put({ name: "plain", leaseMs: 30_000 });
});
afterAll(endNodes);

const keyIn = (namespace: string): KeyAsker => new KeyAsker(unary(node.claims), namespace);
const refused = (promise: Promise<unknown>) =>
  promise.then(() => {
    throw new Error("not refused");
  }, errorAnswer);

describe("namespaces", () => {
  const get = (name: string): Promise<Namespace__Output> =>
    call<Namespace__Output>((done) => node.admin.getNamespace({ name }, deadline(), done));

  it("take their defaults and show them", async () => {
    const made = await node.put({ name: "defaults" });
    expect(made).toMatchObject({
      windowMs: 86_400_000,
      maxWindowMs: 86_400_000,
      leaseMs: 30_000,
      maxLeaseMs: 3_600_000,
      maxWaitMs: 30_000,
      onLeaseExpiry: "RECLAIM",
      maxAttempts: 0,
      fingerprint: "OPTIONAL",
      resultMaxBytes: 65_536,
      forgetOnComplete: false,
      observe: false,
      paused: false,
    });
    expect(made.revision).toBeGreaterThan(0);
    expect(await get("defaults")).toEqual(made);
    const { namespaces } = await call<ListNamespacesResponse__Output>((done) =>
      node.admin.listNamespaces({}, deadline(), done),
    );
    const names = namespaces.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    expect(namespaces).toContainEqual(made);
  });

  it("change by their revision only, for later writes", async () => {
    const made = await node.put({ name: "changing", leaseMs: 30_000 });
    const key = keyIn("changing");
    await key.claim();
    const next = await node.put({ ...made, leaseMs: 1000 });
    expect(next.revision).toBeGreaterThan(made.revision);
    expect((await key.record()).leaseLeftMs).toBeGreaterThan(20_000);
    expect((await keyIn("changing").claim()).leaseMs).toBeLessThanOrEqual(1000);
    const stale = { code: 9, reason: "STALE_REVISION" };
    expect(await refused(node.put({ ...made, leaseMs: 2000 }))).toMatchObject(stale);
    const exists = await refused(node.put({ name: "changing" }));
    expect([6, 9]).toContain(exists.code);
    expect(await get("changing")).toEqual(next);
  });

  it("are deleted by their revision, with all their keys, and tokens go on", async () => {
    const { revision } = await node.put({ name: "deleted" });
    const key = keyIn("deleted");
    const { fencingToken } = await key.claim();
    const remove = (at: number) =>
      call((done) =>
        node.admin.deleteNamespace({ name: "deleted", revision: at }, deadline(), done),
      );
    expect(await refused(remove(revision + 1))).toMatchObject({ reason: "STALE_REVISION" });
    await remove(revision);
    expect(await refused(get("deleted"))).toMatchObject({ code: 5 });
    await node.put({ name: "deleted" });
    expect(await key.get()).toMatchObject({ found: false });
    const again = await key.claim();
    expect(again).toMatchObject({ status: "GRANTED", attempt: 1 });
    expect(again.fencingToken).toBeGreaterThan(fencingToken);
  });

  it("are made by their first use on a single node on loopback", async () => {
    const key = keyIn("never-made");
    expect(await key.claim()).toMatchObject({ status: "GRANTED" });
    expect(await get("never-made")).toMatchObject({ windowMs: 86_400_000 });
  });

  it("and their records survive a restart", async () => {
    const made = await node.put({ name: "kept", leaseMs: 1234, observe: true });
    await node.stop();
    await node.restart();
    expect(await get("kept")).toEqual(made);
  });
});

describe("quotas", () => {
  const claims = (name: string, count: number): Promise<Answer[]> =>
    Promise.all(
      Array.from({ length: count }, () => {
        const { on, own, transport } = keyIn(name);
        return transport.ask({ verb: "CLAIM", ...on, claimId: own });
      }),
    );
  const exceeded = { kind: "error", code: 8, reason: "QUOTA_EXCEEDED" };

  it("of claims per second refuse with a hint, and not for long", async () => {
    await node.put({ name: "rated", quota: { claimsPerSecond: 10 } });
    const answers = await claims("rated", 30);
    const refusals = answers.filter(({ kind }) => kind === "error");
    // Ten at once and ten a second, on a machine that may need a second for all.
    expect(refusals.length).toBeGreaterThanOrEqual(10);
    expect(refusals.length).toBeLessThanOrEqual(20);
    for (const each of refusals) expect(each).toMatchObject(exceeded);
    const hint = refusals[0]?.kind === "error" ? refusals[0].retryAfterMs : 0;
    expect(hint).toBeGreaterThan(0);
    expect(hint).toBeLessThanOrEqual(1100);
    await sleep(hint + 150);
    expect(await keyIn("rated").claim()).toMatchObject({ status: "GRANTED" });
    expect((await claims("plain", 30)).every(({ kind }) => kind === "claim")).toBe(true);
  });

  /** Counts are of stored records: what is decided is stored a moment later. */
  const stored = async (name: string, records: number): Promise<void> => {
    const until = performance.now() + 10_000;
    for (;;) {
      const { namespaces } = await node.stats();
      const found = namespaces.find((each) => each.name === name)?.records ?? 0;
      if (found >= records) return;
      if (performance.now() > until) throw new Error(`${found} records stored, not ${records}`);
      await sleep(20);
    }
  };

  it("of records refuse new keys, and let known ones be answered and settled", async () => {
    await node.put({ name: "counted", quota: { records: 5 } });
    const first = keyIn("counted");
    await first.claim();
    await claims("counted", 4);
    await stored("counted", 5);
    for (const answer of await claims("counted", 5)) expect(answer).toMatchObject(exceeded);
    expect(await first.claim()).toMatchObject({ status: "GRANTED" });
    expect(await first.complete()).toMatchObject({ status: "APPLIED" });
    expect(await first.claim(first.other)).toMatchObject({ status: "COMPLETED" });
  });

  it("of bytes refuse new keys", async () => {
    await node.put({ name: "sized", quota: { bytes: 2000 } });
    const answers = await claims("sized", 40);
    const granted = answers.filter((answer) => "status" in answer);
    expect(granted.length).toBeGreaterThan(2);
    expect(granted.length).toBeLessThan(40);
    await stored("sized", granted.length);
    for (const answer of await claims("sized", 5)) expect(answer).toMatchObject(exceeded);
  });

  it("of waiting calls refuse to park one more", async () => {
    await node.put({ name: "queue", quota: { waiting: 2 } });
    const key = keyIn("queue");
    await key.claim();
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        key.transport.ask({ verb: "CLAIM", ...key.on, claimId: newClaimId(), waitMs: 300 }),
      ),
    );
    const refusals = answers.filter(({ kind }) => kind === "error");
    expect(refusals).toHaveLength(2);
    for (const each of refusals) expect(each).toMatchObject({ code: 8 });
    expect(answers.filter((each) => "status" in each)).toHaveLength(2);
  });
});

describe("WatchTopology and Stats", () => {
  it("say who leads what at once", async () => {
    const stream = node.claims.watchTopology({}, deadline());
    const topology = await new Promise<Topology__Output>((found, failed) => {
      stream.once("data", found);
      stream.on("error", failed);
    });
    stream.on("error", () => undefined);
    stream.cancel();
    expect(topology).toMatchObject({ partitions: 256 });
    expect(topology.nodes).toHaveLength(1);
    expect(topology.nodes[0]?.address).toBe(node.server.grpc);
    expect(new Set(topology.leaders)).toEqual(new Set([1]));
    expect(topology.leaders).toHaveLength(256);
  });

  it("count what is there", async () => {
    await node.put({ name: "counts", onLeaseExpiry: "HOLD" });
    const keys = Array.from({ length: 3 }, () => keyIn("counts"));
    for (const key of keys) await key.claim();
    await keys[0]?.complete();
    await keys[1]?.fail("UNKNOWN");
    const { namespaces, storage, clock, nodeId, version } = await node.stats();
    const found = namespaces.find(({ name }) => name === "counts");
    expect(found).toMatchObject({ records: 3, indexed: true, leases: 1, held: 1, exhausted: 0 });
    expect(found?.bytes).toBeGreaterThan(0);
    expect(storage?.journalSequence).toBeGreaterThan(0);
    expect(storage?.grantsRefused).toBe(false);
    expect(clock?.alarm).toBe(false);
    expect(nodeId).not.toBe("");
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
  });
});
