import type { ListedRecord__Output, Namespace, StatsResponse__Output } from "@claimd/proto";
import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import type { RecordView } from "../claim/reply.ts";
import type { ListedRecord } from "../shard/operator.ts";
import { call, eventually, failed, type RpcFixture, startRpc } from "./test/rpc-fixture.ts";

const view: RecordView = {
  state: "HELD",
  token: 4,
  attempt: 2,
  lapsed: false,
  leaseLeftMs: 0,
  holder: "pod-1",
  traceparent: "",
  result: undefined,
  ageMs: 5,
  expiresInMs: 6,
  hold: true,
  fingerprint: Buffer.from("f"),
  next: "HELD",
};

async function* many(count: number, taken: { count: number }): AsyncGenerator<ListedRecord> {
  for (let at = 0; at < count; at++) {
    taken.count += 1;
    yield await Promise.resolve({ key: Buffer.alloc(512, at), view });
  }
}

describe("Admin", () => {
  let rpc: RpcFixture;
  afterEach(() => rpc[Symbol.asyncDispose]());
  const audit = () => rpc.lines.filter((line) => line["audit"] === true);

  it("creates, changes, shows, lists and deletes namespaces", async () => {
    rpc = await startRpc();
    const namespace = { name: "mails", leaseMs: 5000, quota: { records: 7 } };
    const created = await call(rpc.admin, "putNamespace", { namespace });
    expect(created).toMatchObject({ revision: 1, windowMs: 86_400_000, quota: { records: 7 } });
    const changed = { ...(created as Namespace), paused: true };
    await call(rpc.admin, "putNamespace", { namespace: changed });
    expect(await call(rpc.admin, "getNamespace", { name: "mails" })).toEqual({
      ...changed,
      revision: 2,
    });
    expect(await call(rpc.admin, "setPaused", { name: "mails", paused: false })).toMatchObject({
      paused: false,
    });
    expect(await call(rpc.admin, "listNamespaces", {})).toMatchObject({
      namespaces: [{ name: "mails", revision: 3 }],
    });
    await call(rpc.admin, "deleteNamespace", { name: "mails", revision: 3 });
    expect(await call(rpc.admin, "listNamespaces", {})).toEqual({ namespaces: [] });
    expect(audit()).toMatchObject([
      { act: "PutNamespace", namespace: "mails", after: { revision: 1 } },
      { act: "PutNamespace", before: { paused: false }, after: { paused: true } },
      { act: "SetPaused", before: true, after: false },
      { act: "DeleteNamespace", before: { revision: 3 } },
    ]);
    for (const { peer } of audit()) expect(peer).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it.each<[string, object, object]>([
    ["putNamespace", {}, { details: "namespace: missing" }],
    ["putNamespace", { namespace: { name: "A" } }, { code: status.INVALID_ARGUMENT }],
    [
      "putNamespace",
      { namespace: { name: "a", leaseMs: 99, onLeaseExpiry: 7 } },
      { details: "lease_ms: 99, at least 100; on_lease_expiry: 7, one of RECLAIM, HOLD" },
    ],
    [
      "putNamespace",
      { namespace: { name: "payments" } },
      { code: status.FAILED_PRECONDITION, reason: "STALE_REVISION" },
    ],
    ["getNamespace", { name: "nobody" }, { code: status.NOT_FOUND }],
    ["getNamespace", { name: "" }, { details: "name: 0 bytes, at least 1" }],
    ["setPaused", { name: "nobody" }, { code: status.NOT_FOUND }],
    ["deleteNamespace", { name: "nobody" }, { code: status.NOT_FOUND }],
  ])("refuses %s %j", async (method, request, problem) => {
    rpc = await startRpc({});
    await expect(call(rpc.admin, method, request)).rejects.toMatchObject(problem);
    if (method !== "getNamespace") {
      expect(audit()).toHaveLength(1);
      expect(audit()[0]).toHaveProperty("refused");
    }
  });

  it("resolves a key by the grant that is meant, and tells the audit log no key", async () => {
    rpc = await startRpc({});
    const request = {
      namespace: "payments",
      key: Buffer.from("secret-order"),
      fencingToken: 4,
      resolution: "COMPLETED",
      result: { data: Buffer.from("secret-result") },
    };
    expect(await call(rpc.admin, "resolve", request)).toMatchObject({ status: "APPLIED" });
    expect(rpc.node.submitted[0]?.command).toMatchObject({
      type: "resolve",
      token: 4,
      resolution: "COMPLETED",
      result: { sizeBytes: 13 },
    });
    expect(audit()).toMatchObject([{ act: "Resolve", token: 4, after: "APPLIED" }]);
    expect(JSON.stringify(rpc.lines)).not.toMatch(/secret/);
    for (const [field, value, problem] of [
      ["fencingToken", 0, /^fencing_token: 0/],
      ["fencingToken", 2 ** 53, /^fencing_token: above/],
      ["resolution", "RESOLUTION_UNSPECIFIED", /^resolution: RESOLUTION_UNSPECIFIED, not one of/],
      ["key", Buffer.alloc(0), /^key: 0 bytes/],
      ["namespace", "nobody", /^no namespace nobody/],
      ["result", { ref: "x".repeat(2049) }, /^result.ref: 2049 bytes/],
    ] as const) {
      const bad = call(rpc.admin, "resolve", { ...request, [field]: value });
      await expect(bad).rejects.toMatchObject({
        details: expect.stringMatching(problem) as string,
      });
    }
  });

  it("streams records no faster than they are read, and stops when nobody reads", async () => {
    rpc = await startRpc({});
    const taken = { count: 0 };
    rpc.node.records = many(5000, taken);
    const request = { namespace: "payments", state: "HELD", prefix: Buffer.from("k") } as const;
    const all: ListedRecord__Output[] = [];
    const stream = rpc.admin.listRecords(request);
    stream.on("data", (record: ListedRecord__Output) => all.push(record));
    await new Promise((resolve) => stream.on("end", resolve));
    expect(all).toHaveLength(5000);
    expect(all[3]?.record).toMatchObject({ state: "HELD", fencingToken: 4, next: "HELD" });
    expect(rpc.node.queries[0]).toMatchObject({ filter: "HELD", prefix: Buffer.from("k") });

    const slow = { count: 0 };
    rpc.node.records = many(100_000, slow);
    const unread = rpc.admin.listRecords(request);
    unread.on("error", () => undefined);
    await eventually(() => slow.count > 0, "begun");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(slow.count).toBeLessThan(20_000);
    unread.cancel();
    await eventually(() => rpc.handled.includes("ListRecords Canceled"), "stopped");
    const { count } = slow;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(slow.count).toBe(count);
  });

  it("refuses to list by an unknown state", async () => {
    rpc = await startRpc({});
    const stream = rpc.admin.listRecords({ namespace: "payments", state: 42 as 0 });
    stream.on("data", () => undefined);
    const error = await new Promise<Error>((resolve) => stream.on("error", resolve));
    expect(failed(error as never).details).toMatch(/^state: 42, not one of ALL, /);
  });

  it("tells doubles, numbers, and moves the clock", async () => {
    rpc = await startRpc({});
    const key = Buffer.from("k");
    const double = { namespace: "payments", key, command: "fail", attempt: 2, token: 9 } as const;
    rpc.node.knownDoubles = [{ ...double, agoMs: 1.6 }];
    expect(await call(rpc.admin, "listDoubles", {})).toEqual({
      doubles: [
        { namespace: "payments", key, verb: "FAIL", attempt: 2, fencingToken: 9, agoMs: 2 },
      ],
    });
    const stats = (await call(rpc.admin, "stats", {})) as StatsResponse__Output;
    expect(stats).toMatchObject({ nodeId: "a", uptimeMs: 4000, parkedClaims: 8, sessions: 0 });
    expect(stats.namespaces).toMatchObject([
      { name: "payments", indexed: true, leases: 2, oldestLeaseMs: 1500 },
      { name: "mails", indexed: false, leases: 0 },
    ]);
    expect(stats.clock).toEqual({ offsetMs: -250, alarm: true });
    expect(await call(rpc.admin, "acceptClock", {})).toEqual({ movedMs: -1500 });
    expect(audit()).toMatchObject([{ act: "AcceptClock", after: { movedMs: -1500 } }]);
  });
});
