/** Everything a claim can be answered by a real node, seen through the client. */
import { loadClaimd } from "@claimd/proto";
import { startTestServer, type TestServer } from "@claimd/server";
import { credentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClaimdClient, createClient } from "@claimd/client";
import { until } from "../testing/until.ts";

let server: TestServer;
let client: ClaimdClient;
let keys = 0;
const newKey = (): string => `key-${keys++}`;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  server = await startTestServer({
    namespaces: [
      { name: "payments", maxLeaseMs: 3_600_000, leaseMs: 30_000 },
      { name: "payouts", onLeaseExpiry: "HOLD", leaseMs: 200 },
      { name: "twice", maxAttempts: 2 },
      { name: "small", resultMaxBytes: 100 },
      { name: "shadow", observe: true },
      { name: "strict", fingerprint: "REQUIRED" },
      { name: "running-only", forgetOnComplete: true },
      { name: "stopped" },
    ],
  });
  client = createClient({ address: server.address, namespace: "payments" });
});

afterAll(async () => {
  await client.close();
  await server.close();
});

describe("run", () => {
  it("applies an effect once for many who ask at the same time", async () => {
    const key = newKey();
    let effects = 0;
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, () =>
        client.run(key, () => pause(50).then(() => ++effects), { onDuplicate: "wait" }),
      ),
    );
    expect(effects).toBe(1);
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(outcomes.every((each) => !each.omitted && each.value === 1)).toBe(true);
  });

  it("replays what the handler gave, and omits what the namespace does not keep", async () => {
    const key = newKey();
    const value = { text: "é".repeat(60) };
    for (const namespace of ["payments", "small"]) {
      await client.run(key, () => value, { namespace });
    }
    expect(await client.run(key, () => value)).toMatchObject({ replayed: true, value });
    const omitted = await client.run(key, () => value, { namespace: "small" });
    const sizeBytes = Buffer.byteLength(JSON.stringify(value));
    expect(omitted).toMatchObject({ replayed: true, omitted: true, sizeBytes });
  });

  it("records an effect whose value is larger than any message", async () => {
    const key = newKey();
    const outcome = await client.run(key, () => "x".repeat(5 << 20));
    expect(outcome).toMatchObject({ replayed: false });
    const replay = await client.run(key, () => "");
    expect(replay).toMatchObject({ replayed: true, omitted: true, sizeBytes: (5 << 20) + 2 });
    const claim = await client.claim(newKey());
    if (claim.status !== "GRANTED") throw new Error(claim.status);
    const ref = "https://example.com/reports/1";
    await claim.complete({ data: Buffer.alloc(5 << 20), contentType: "image/png", ref });
    const record = await client.get(claim.key);
    const result = { omitted: true, sizeBytes: 5 << 20, contentType: "image/png", ref };
    expect(record).toMatchObject({ state: "COMPLETED", result });
  });

  it("replays many large results at once", async () => {
    const value = "v".repeat(60_000);
    const all = Array.from({ length: 100 }, newKey);
    await Promise.all(all.map((key) => client.run(key, () => value)));
    const replays = await Promise.all(all.map((key) => client.run(key, () => "")));
    for (const replay of replays) expect(replay).toMatchObject({ replayed: true, value });
  });

  it("never runs again what may have happened, until it is settled late", async () => {
    const options = { namespace: "payouts" };
    const key = newKey();
    const first = await client.claim(key, options);
    expect(first).toMatchObject({ status: "GRANTED", hold: true, leaseMs: 200 });
    await pause(300);
    await expect(client.run(key, () => 1, options)).rejects.toMatchObject({ code: "HELD" });
    if (first.status !== "GRANTED") return;
    expect(await first.complete({ value: "late" })).toMatchObject({
      status: "APPLIED",
      late: true,
    });
    expect(await client.run(key, () => 1, options)).toMatchObject({ value: "late" });
  });

  it("gives up after the last attempt", async () => {
    const options = { namespace: "twice" };
    const key = newKey();
    for (const attempt of [1, 2]) {
      const failing = client.run(key, () => Promise.reject(new Error("again")), options);
      await expect(failing, `attempt ${attempt}`).rejects.toThrow("again");
    }
    await expect(client.run(key, () => 1, options)).rejects.toMatchObject({ code: "EXHAUSTED" });
  });

  it("takes over from a consumer that is gone, and tells the stale one", async () => {
    const key = newKey();
    const gone = await client.claim(key, { leaseMs: 200 });
    const outcome = await client.run(key, ({ reclaimed, attempt }) => ({ reclaimed, attempt }), {
      onDuplicate: "wait",
    });
    expect(outcome).toMatchObject({ value: { reclaimed: true, attempt: 2 } });
    if (gone.status !== "GRANTED") return;
    expect(gone.signal.aborted).toBe(true);
    expect(await gone.complete()).toMatchObject({
      status: "STALE_OWNER",
      current: { state: "COMPLETED", attempt: 2 },
    });
  });

  it("keeps its lease longer than it lasts", async () => {
    const key = newKey();
    let aborted = true;
    const slow = client.run(
      key,
      async ({ signal }) => {
        await pause(900);
        aborted = signal.aborted;
      },
      { leaseMs: 300 },
    );
    await pause(600);
    expect(await client.claim(key)).toMatchObject({ status: "IN_PROGRESS", attempt: 1 });
    await slow;
    expect(aborted).toBe(false);
  });
});

describe("claim", () => {
  it("tells a key with another payload from a duplicate", async () => {
    const key = newKey();
    await client.claim(key, { fingerprint: "payload one" });
    expect(await client.claim(key, { fingerprint: "payload two" })).toMatchObject({
      status: "MISMATCH",
    });
    expect(await client.claim(key, { fingerprint: "payload one" })).toMatchObject({
      status: "IN_PROGRESS",
    });
    const asked = client.claim(key, { namespace: "strict" });
    await expect(asked).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it("grants everything in observe mode, and says what it would have been", async () => {
    const options = { namespace: "shadow" };
    const key = newKey();
    expect(await client.checkAndSet(key, options)).toMatchObject({ first: true, shadowed: false });
    expect(await client.checkAndSet(key, options)).toMatchObject({ first: true, shadowed: true });
    expect(await client.run(key, ({ shadowed }) => shadowed, options)).toMatchObject({
      value: true,
      replayed: false,
    });
  });

  it("is PAUSED at once in safe mode, and goes on afterwards", async () => {
    const admin = new (loadClaimd().Admin)(server.address, credentials.createInsecure());
    const setPaused = (paused: boolean): Promise<void> =>
      new Promise((resolve, reject) => {
        admin.SetPaused({ name: "stopped", paused }, (error) => {
          if (error === null) resolve();
          else reject(new Error(error.message));
        });
      });
    const options = { namespace: "stopped" };
    const key = newKey();
    const running = await client.claim(key, options);
    await setPaused(true);
    const startMs = performance.now();
    await expect(client.claim(newKey(), options)).rejects.toMatchObject({ code: "PAUSED" });
    expect(performance.now() - startMs).toBeLessThan(5000);
    if (running.status === "GRANTED") {
      expect(await running.extend()).toMatchObject({ status: "APPLIED" });
      expect(await running.complete()).toMatchObject({ status: "APPLIED" });
    }
    expect(await client.checkAndSet(key, options)).toMatchObject({ first: false });
    await setPaused(false);
    expect(await client.checkAndSet(newKey(), options)).toMatchObject({ first: true });
    admin.close();
  });

  it("is granted again at once where keys are forgotten on completion", async () => {
    const options = { namespace: "running-only" };
    const key = newKey();
    expect(await client.run(key, ({ attempt }) => attempt, options)).toMatchObject({ value: 1 });
    expect(await client.run(key, ({ attempt }) => attempt, options)).toMatchObject({ value: 1 });
    await expect(client.checkAndSet(key, options)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });

  it("says which bound of the policy was exceeded", async () => {
    const asked = client.claim(newKey(), { windowMs: 366 * 86_400_000 });
    await expect(asked).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("window_ms") as string,
    });
  });

  it("covers a change of key format", async () => {
    const old = newKey();
    await client.run(old, () => "under the old key");
    const options = { previousKeys: [newKey(), old] };
    const key = newKey();
    expect(await client.run(key, () => "again", options)).toMatchObject({
      replayed: true,
      value: "under the old key",
    });
    const fresh = await client.run(newKey(), () => "fresh", { previousKeys: [newKey()] });
    expect(fresh).toMatchObject({ replayed: false, value: "fresh" });
  });

  it("given up by its caller frees its place, or its grant", async () => {
    const key = newKey();
    const holder = await client.claim(key);
    const giveUp = new AbortController();
    const waiting = client.claim(key, { waitMs: 30_000, signal: giveUp.signal });
    await pause(50);
    giveUp.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    if (holder.status === "GRANTED") await holder.fail("RETRYABLE");
    expect(await client.claim(key)).toMatchObject({ status: "GRANTED", attempt: 2 });
  });
});

describe("get, forget and the cache", () => {
  it("show what stands, and remove one grant only", async () => {
    const key = newKey();
    const claim = await client.claim(key, { holder: "me", fingerprint: Buffer.from("f") });
    if (claim.status !== "GRANTED") return;
    const { fencingToken } = claim;
    expect(await client.get(key)).toMatchObject({
      state: "IN_PROGRESS",
      fencingToken,
      holder: "me",
      next: "IN_PROGRESS",
      fingerprint: Buffer.from("f"),
      lapsed: false,
    });
    expect(await client.forget(key, { fencingToken: fencingToken + 1 })).toEqual({
      existed: false,
    });
    expect(await client.forget(key, { fencingToken })).toEqual({ existed: true });
    expect(await claim.complete()).toMatchObject({ status: "NOT_FOUND" });
  });

  it("a cached COMPLETED ends with its window", async () => {
    await using caching = createClient({
      address: server.address,
      namespace: "payments",
      cache: { entries: 100 },
    });
    const key = newKey();
    const options = { windowMs: 1000 };
    expect(await caching.checkAndSet(key, options)).toMatchObject({ first: true });
    expect(await caching.checkAndSet(key, options)).toMatchObject({ first: false });
    expect(await caching.checkAndSet(key, options)).toMatchObject({ first: false });
    expect(caching.stats().cacheHits).toBe(1);
    let first = false;
    void (async () => {
      while (!first) first = (await caching.checkAndSet(key, options)).first;
    })();
    await until(() => first);
  });
});
