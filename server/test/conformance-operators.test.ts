/** What operators do to keys: Forget and Resolve by token, lists of records and of doubles. */
import type {
  ListDoublesResponse__Output,
  ListedRecord__Output,
  ListRecordsRequest,
  ResolveRequest,
  SettleResponse__Output,
} from "@claimd/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KeyAsker, newClaimId, sleep } from "./support/key-asker.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { unary } from "./support/transports.ts";
import { call, deadline, errorAnswer } from "./support/wire.ts";

let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start();
  await node.put({ name: "plain", leaseMs: 30_000 });
  await node.put({ name: "hold", leaseMs: 100, onLeaseExpiry: "HOLD" });
  await node.put({ name: "one", leaseMs: 100, maxAttempts: 1 });
});
afterAll(endNodes);

const keyIn = (namespace: string): KeyAsker => new KeyAsker(unary(node.claims), namespace);
const refused = (promise: Promise<unknown>) =>
  promise.then(() => {
    throw new Error("not refused");
  }, errorAnswer);
const resolve = (key: KeyAsker, request: ResolveRequest): Promise<SettleResponse__Output> =>
  call<SettleResponse__Output>((done) =>
    node.admin.resolve({ ...key.on, ...request }, deadline(), done),
  );
async function records(request: ListRecordsRequest): Promise<ListedRecord__Output[]> {
  const found: ListedRecord__Output[] = [];
  const stream = node.admin.listRecords(request, deadline());
  for await (const record of stream) found.push(record as ListedRecord__Output);
  return found;
}

describe("Forget", () => {
  it("acts on the grant it names only", async () => {
    const key = keyIn("plain");
    const { fencingToken } = await key.claim();
    expect(await key.forget(fencingToken + 1)).toMatchObject({ existed: false });
    expect(await key.forget(fencingToken)).toMatchObject({ existed: true });
    const next = await key.claim(key.other);
    expect(next.fencingToken).toBeGreaterThan(fencingToken);
    expect(await key.forget(fencingToken)).toMatchObject({ existed: false });
    expect(await key.record()).toMatchObject({ fencingToken: next.fencingToken });
  });
});

describe("Resolve", () => {
  const held = async (): Promise<[KeyAsker, number]> => {
    const key = keyIn("hold");
    const { fencingToken } = await key.claim();
    await key.fail("UNKNOWN");
    return [key, fencingToken];
  };
  const result = { data: Buffer.from("by hand") };

  it.each(["COMPLETED", "FAILED"] as const)("settles a HELD key as %s", async (resolution) => {
    const [key, fencingToken] = await held();
    expect(await resolve(key, { fencingToken, resolution, result })).toMatchObject({
      status: "APPLIED",
    });
    expect(await key.claim(key.other)).toMatchObject({ status: resolution, result });
    expect(await key.complete()).toMatchObject({ status: "STALE_OWNER" });
  });

  it("as RELEASED allows one further attempt", async () => {
    const [key, fencingToken] = await held();
    await resolve(key, { fencingToken, resolution: "RELEASED" });
    expect(await key.claim(key.other)).toMatchObject({ status: "GRANTED", attempt: 2 });
  });

  it("as RELEASED allows one further attempt of an EXHAUSTED key, not two", async () => {
    const key = keyIn("one");
    const { fencingToken } = await key.claim();
    await sleep(140);
    expect(await key.claim(key.other)).toMatchObject({ status: "EXHAUSTED" });
    expect(await resolve(key, { fencingToken, resolution: "RELEASED" })).toMatchObject({
      status: "APPLIED",
    });
    expect(await key.claim(key.other)).toMatchObject({ status: "GRANTED", attempt: 2 });
    await key.fail("RETRYABLE", key.other);
    expect(await key.claim(newClaimId())).toMatchObject({ status: "EXHAUSTED" });
  });

  it("settles lapsed keys that answer HELD, released ones that answer EXHAUSTED", async () => {
    const lapsed = keyIn("hold");
    const { fencingToken } = await lapsed.claim();
    await sleep(140);
    const resolution = "COMPLETED";
    expect(await resolve(lapsed, { fencingToken, resolution })).toMatchObject({
      status: "APPLIED",
    });
    const released = keyIn("one");
    const grant = await released.claim();
    await released.fail("RETRYABLE");
    const named = { fencingToken: grant.fencingToken, resolution } as const;
    expect(await resolve(released, named)).toMatchObject({ status: "APPLIED" });
    expect(await released.claim(released.other)).toMatchObject({ status: "COMPLETED" });
  });

  it("refuses what is running, settled, released, absent or another grant", async () => {
    const key = keyIn("plain");
    const resolution = "FAILED";
    expect(await resolve(key, { fencingToken: 1, resolution })).toMatchObject({
      status: "NOT_FOUND",
    });
    const { fencingToken } = await key.claim();
    const named = { fencingToken, resolution } as const;
    expect(await resolve(key, named)).toMatchObject({ status: "STALE_OWNER" });
    await key.fail("UNKNOWN");
    const wrong = { fencingToken: fencingToken + 1, resolution } as const;
    expect(await resolve(key, wrong)).toMatchObject({ status: "STALE_OWNER" });
    await key.fail("RETRYABLE");
    expect(await resolve(key, named)).toMatchObject({ status: "STALE_OWNER" });
    await key.claim(key.other);
    await key.complete(key.other);
    expect(await resolve(key, named)).toMatchObject({ status: "STALE_OWNER" });
    expect(await key.record()).toMatchObject({ state: "COMPLETED" });
  });

  it("needs a token and a resolution", async () => {
    const [key, fencingToken] = await held();
    expect(await refused(resolve(key, { resolution: "FAILED" }))).toMatchObject({ code: 3 });
    expect(await refused(resolve(key, { fencingToken }))).toMatchObject({ code: 3 });
  });
});

describe("ListRecords", () => {
  it("lists by state and prefix, up to a limit", async () => {
    const name = "listed";
    await node.put({ name, leaseMs: 100, maxAttempts: 1 });
    const states = ["running", "lapsed", "completed", "failed", "held"] as const;
    for (const state of states) {
      const key = new KeyAsker(unary(node.claims), name, Buffer.from(`${state}/key`));
      const leaseMs = state === "running" ? 60_000 : 100;
      await key.claim(key.own, { leaseMs });
      if (state === "completed") await key.complete();
      if (state === "failed") await key.fail("TERMINAL");
      if (state === "held") await key.fail("UNKNOWN");
    }
    const released = new KeyAsker(unary(node.claims), name, Buffer.from("released/key"));
    await released.claim();
    await released.fail("RETRYABLE");
    await sleep(140);
    const names = async (request: ListRecordsRequest): Promise<string[]> =>
      (await records({ namespace: name, ...request })).map(({ key }) => key.toString()).sort();
    const all = [...states, "released"].map((state) => `${state}/key`).sort();
    expect(await names({})).toEqual(all);
    expect(await names({ state: "IN_PROGRESS" })).toEqual(["lapsed/key", "running/key"]);
    expect(await names({ state: "LAPSED" })).toEqual(["lapsed/key"]);
    expect(await names({ state: "COMPLETED" })).toEqual(["completed/key"]);
    expect(await names({ state: "FAILED" })).toEqual(["failed/key"]);
    expect(await names({ state: "HELD" })).toEqual(["held/key"]);
    expect(await names({ state: "RELEASED" })).toEqual(["released/key"]);
    expect(await names({ state: "EXHAUSTED" })).toEqual(["lapsed/key", "released/key"]);
    expect(await names({ prefix: Buffer.from("re") })).toEqual(["released/key"]);
    expect(await names({ limit: 2 })).toHaveLength(2);
    const [listed] = await records({ namespace: name, prefix: Buffer.from("completed") });
    expect(listed?.record).toMatchObject({ state: "COMPLETED", attempt: 1 });
  });

  it("of an unknown namespace is NOT_FOUND", async () => {
    expect(await refused(records({ namespace: "unknown" }))).toMatchObject({ code: 5 });
  });
});

describe("ListDoubles", () => {
  it("lists a stale owner of a key that was granted again", async () => {
    const key = keyIn("plain");
    await key.claim(key.own, { leaseMs: 100 });
    await sleep(140);
    const { fencingToken } = await key.claim(key.other);
    expect(await key.complete()).toMatchObject({ status: "STALE_OWNER" });
    const { doubles } = await call<ListDoublesResponse__Output>((done) =>
      node.admin.listDoubles({}, deadline(), done),
    );
    const found = doubles.filter((each) => each.key.equals(key.key));
    expect(found).toMatchObject([
      { namespace: "plain", verb: "COMPLETE", attempt: 2, fencingToken },
    ]);
    expect(node.server.stderr).toMatch(/double/i);
  });
});
