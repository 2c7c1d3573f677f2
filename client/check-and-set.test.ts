import { describe, expect, it } from "vitest";
import { createClient } from "./index.ts";
import { clientOf } from "./testing/client-of.ts";
import { MapServer } from "./testing/map-server.ts";
import { until } from "./testing/until.ts";

describe("checkAndSet", () => {
  it("is first exactly once, whoever asks", async () => {
    await using server = await new MapServer().start();
    await using one = clientOf(server);
    await using two = clientOf(server);
    const asked = Array.from({ length: 100 }, (_, at) => (at % 2 ? one : two).checkAndSet("k"));
    const outcomes = await Promise.all(asked);
    expect(outcomes.filter(({ first }) => first)).toHaveLength(1);
    expect(outcomes.find(({ first }) => !first)).toMatchObject({ status: "COMPLETED", attempt: 1 });
  });

  it("stays first when its reply was lost", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    server.faults.dropReplies = true;
    const asked = client.checkAndSet("k");
    await until(() => server.frames.length === 1);
    server.faults.dropReplies = false;
    server.breakStreams();
    expect(await asked).toMatchObject({ first: true, attempt: 1, shadowed: false });
    expect(await client.checkAndSet("k")).toMatchObject({ first: false });
  });
});

describe("get and forget", () => {
  it("look at a key and remove what is known of it", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    expect(await client.get("k")).toBeUndefined();
    const first = await client.checkAndSet("k");
    const fencingToken = first.first ? first.fencingToken : 0;
    expect(await client.get("k")).toMatchObject({ state: "COMPLETED", fencingToken, attempt: 1 });
    expect(await client.forget("k", { fencingToken: fencingToken + 1 })).toEqual({
      existed: false,
    });
    expect(await client.forget("k", { fencingToken })).toEqual({ existed: true });
    expect(await client.checkAndSet("k")).toMatchObject({ first: true });
    expect(await client.forget("k", { fencingToken: 0 })).toEqual({ existed: true });
  });

  it("refuse a token that is none", async () => {
    await using client = createClient({ address: "127.0.0.1:1", namespace: "a" });
    for (const fencingToken of [-1, 2 ** 53, 1.5, undefined as unknown as number]) {
      const asked = client.forget("k", { fencingToken });
      await expect(asked).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    }
  });
});

describe("batch", () => {
  it("gives each command its outcome, in one frame", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const claim = await client.claim("held");
    if (claim.status !== "GRANTED") return;
    server.frames.length = 0;
    const outcomes = await client.batch([
      { type: "checkAndSet", key: "k" },
      { type: "claim", key: "k2", options: { leaseMs: 500 } },
      { type: "get", key: "held" },
      { type: "claim", key: "" },
      { type: "complete", claim, result: { value: 1 } },
      { type: "forget", key: "none", options: { fencingToken: 1 } },
    ]);
    expect(server.frames).toEqual([5]);
    expect(outcomes).toMatchObject([
      { ok: true, value: { first: true } },
      { ok: true, value: { status: "GRANTED", attempt: 1 } },
      { ok: true, value: { state: "IN_PROGRESS" } },
      { ok: false, error: { code: "INVALID_ARGUMENT" } },
      { ok: true, value: { status: "APPLIED" } },
      { ok: true, value: { existed: false } },
    ]);
    expect(await client.batch([])).toEqual([]);
  });
});

describe("cache", () => {
  it("answers COMPLETED without the server, until the client forgets it", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, { cache: { entries: 10 } });
    await client.run("k", () => "value");
    await client.claim("k");
    const frames = server.frames.length;
    expect(await client.claim("k")).toMatchObject({ status: "COMPLETED" });
    expect(await client.checkAndSet("k")).toMatchObject({ first: false, status: "COMPLETED" });
    expect(await client.run("k", () => "other")).toMatchObject({ replayed: true, value: "value" });
    expect(server.frames.length).toBe(frames);
    expect(client.stats().cacheHits).toBe(3);
    await client.forget("k", { fencingToken: 0 });
    expect(await client.claim("k")).toMatchObject({ status: "GRANTED" });
  });

  it("keeps nothing but COMPLETED, and nothing under another fingerprint", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, { cache: { entries: 10 } });
    await client.claim("running");
    await client.claim("running");
    await client.checkAndSet("done", { fingerprint: "one" });
    await client.checkAndSet("done", { fingerprint: "one" });
    const frames = server.frames.length;
    await client.claim("running");
    await client.checkAndSet("done", { fingerprint: "two" });
    expect(server.frames.length).toBe(frames + 2);
    expect(client.stats().cacheHits).toBe(0);
  });
});
