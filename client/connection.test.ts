import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { createClient } from "./index.ts";
import { clientOf } from "./testing/client-of.ts";
import { MapServer, UNAVAILABLE } from "./testing/map-server.ts";
import { until } from "./testing/until.ts";

const keys = (count: number): string[] => Array.from({ length: count }, (_, at) => `key-${at}`);

describe("batching", () => {
  it("puts everything asked in the same moment into one frame", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    await Promise.all([
      ...keys(50).map((key) => client.checkAndSet(key)),
      ...keys(50).map(async (key) => {
        await Promise.resolve();
        return client.claim(`late-${key}`);
      }),
      client.get("x"),
    ]);
    expect(server.frames).toEqual([101]);
    expect(server.groups).toHaveLength(3);
  });

  it("sends a lone command at once", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    for (const key of keys(3)) await client.checkAndSet(key);
    expect(server.frames).toEqual([1, 1, 1]);
  });

  it("answers each call with its own answer, whatever shares its frame", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const all = keys(2500);
    const first = await Promise.all(all.map((key) => client.checkAndSet(key)));
    expect(new Set(first.map((each) => each.first && each.fencingToken)).size).toBe(2500);
    expect(Math.max(...server.frames)).toBeLessThanOrEqual(1000);
    const again = await Promise.all(all.map((key) => client.checkAndSet(key)));
    expect(again.every((each) => !each.first && each.status === "COMPLETED")).toBe(true);
  });

  it("cuts what is too much for one frame into even ones", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    await Promise.all(keys(1024).map((key) => client.checkAndSet(key)));
    expect(server.frames).toEqual([512, 512]);
  });

  it("never has more under way than it was told", async () => {
    await using server = await new MapServer().start();
    server.faults.delayMs = 5;
    await using client = clientOf(server, { maxInFlightCommands: 10 });
    await Promise.all(keys(100).map((key) => client.checkAndSet(key)));
    expect(server.mostUnanswered).toBe(10);
  });

  it("bounds bytes under way by leaving larger commands for later frames", async () => {
    await using server = await new MapServer().start();
    server.faults.delayMs = 5;
    await using client = clientOf(server, { maxInFlightBytes: 65_536 });
    const claims = await Promise.all(keys(8).map((key) => client.claim(key)));
    const data = Buffer.alloc(40_000);
    server.mostUnanswered = 0;
    const completing = claims.map(async (claim) => {
      if (claim.status === "GRANTED") await claim.complete({ data });
    });
    await Promise.all(completing);
    expect(server.mostUnanswered).toBe(1);
  });

  it("refuses what would wait beyond the bound, and says what to do", async () => {
    await using server = await new MapServer().start();
    server.faults.delayMs = 20;
    const flow = { maxInFlightCommands: 1, maxQueuedCommands: 5 };
    await using client = clientOf(server, flow);
    const outcomes = await Promise.allSettled(keys(8).map((key) => client.checkAndSet(key)));
    const refused = outcomes.filter((each) => each.status === "rejected");
    expect(refused).toHaveLength(3);
    expect(refused[0]?.reason).toMatchObject({
      code: "RESOURCE_EXHAUSTED",
      reason: "CLIENT_QUEUE_FULL",
    });
  });
});

describe("retries", () => {
  it.each(["cut", "end"] as const)("sends again what a stream lost (%s), same id", async (how) => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    server.faults.dropReplies = true;
    const asked = keys(20).map((key) => client.claim(key));
    await until(() => server.frames.length === 1);
    server.faults.dropReplies = false;
    server.breakStreams(how);
    const outcomes = await Promise.all(asked);
    expect(outcomes.every((each) => each.status === "GRANTED" && each.attempt === 1)).toBe(true);
    expect([...server.keys.grants.values()].every((ids) => ids.length === 1)).toBe(true);
    expect(client.stats()).toMatchObject({ retries: 20, disconnects: 1 });
  });

  it("goes on when the server is away for a while", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    await client.checkAndSet("before");
    server.stop();
    const asked = keys(10).map((key) => client.checkAndSet(key));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await server.start();
    expect((await Promise.all(asked)).every(({ first }) => first)).toBe(true);
  });

  it("tries a command again that is UNAVAILABLE, and no other refusal", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    let refusals = 3;
    server.faults.refuse = () => (refusals-- > 0 ? UNAVAILABLE : undefined);
    expect(await client.checkAndSet("k")).toMatchObject({ first: true });
    expect(client.stats()).toMatchObject({ retries: 3, disconnects: 0 });
    for (const [code, reason, expected] of [
      [status.UNAVAILABLE, "PAUSED", "PAUSED"],
      [status.RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED"],
      [status.INVALID_ARGUMENT, "INVALID_ARGUMENT", "INVALID_ARGUMENT"],
    ] as const) {
      server.faults.refuse = () => ({ code, reason, retryAfterMs: 70, message: "no" });
      const error = { code: expected, reason, retryAfterMs: 70, message: "no" };
      await expect(client.checkAndSet("other")).rejects.toMatchObject(error);
    }
    expect(client.stats().retries).toBe(3);
  });

  it("never sends a forget again that names no grant", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    server.faults.dropReplies = true;
    const any = client.forget("k", { fencingToken: 0 });
    const named = client.forget("k", { fencingToken: 5 });
    const refused = expect(any).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await until(() => server.frames.length === 1);
    server.faults.dropReplies = false;
    server.breakStreams();
    await refused;
    expect(await named).toEqual({ existed: false });
    expect(server.frames).toEqual([2, 1]);
  });

  it("throws at once what a new stream would meet again", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    await client.get("k");
    server.faults.dropReplies = true;
    const asked = client.get("k");
    await until(() => server.frames.length === 2);
    server.breakStreams("cut", status.RESOURCE_EXHAUSTED);
    await expect(asked).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
  });
});

describe("deadlines", () => {
  it("end a call that nobody answers", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, { timeoutMs: 50, closeTimeoutMs: 0 });
    server.faults.dropReplies = true;
    await expect(client.checkAndSet("k")).rejects.toMatchObject({ code: "DEADLINE" });
  });

  it("say UNAVAILABLE where there was no node to ask", async () => {
    await using client = createClient({ address: "127.0.0.1:1", namespace: "a", timeoutMs: 200 });
    const error = {
      code: "UNAVAILABLE",
      message: expect.stringContaining("ECONNREFUSED") as string,
    };
    await expect(client.checkAndSet("k")).rejects.toMatchObject(error);
  });

  it("are each call's own", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, { timeoutMs: 5000 });
    server.faults.delayMs = 300;
    const patient = client.checkAndSet("k");
    await expect(client.get("k", { timeoutMs: 40 })).rejects.toMatchObject({ code: "DEADLINE" });
    expect(await patient).toMatchObject({ first: true });
  });
});

describe("a caller who gives up", () => {
  it("is told at once, and a grant that comes later is given back", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    server.faults.delayMs = 100;
    const giveUp = new AbortController();
    const asked = client.claim("k", { signal: giveUp.signal });
    await until(() => server.frames.length === 1);
    giveUp.abort(new Error("enough"));
    await expect(asked).rejects.toMatchObject({ code: "ABORTED", cause: { message: "enough" } });
    await until(() => server.keys.get("a:k")?.state === "RELEASED");
    expect(client.stats().lateGrants).toBe(1);
  });

  it("before the command was sent has it never sent", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const giveUp = new AbortController();
    const asked = client.claim("k", { signal: giveUp.signal });
    giveUp.abort();
    await expect(asked).rejects.toMatchObject({ code: "ABORTED" });
    await expect(client.claim("k", { signal: giveUp.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    await client.get("k");
    expect(server.frames).toEqual([1]);
  });

  it("frees the place of a claim that waits", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    await client.claim("k");
    const giveUp = new AbortController();
    const asked = client.claim("k", { waitMs: 30_000, signal: giveUp.signal });
    await until(() => server.parkedClaims === 1);
    giveUp.abort();
    await expect(asked).rejects.toMatchObject({ code: "ABORTED" });
    await until(() => server.parkedClaims === 0);
    expect(server.cancels).toBe(1);
  });

  it("may use one AbortSignal for many calls without a warning", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const warnings: Error[] = [];
    const note = (warning: Error): number => warnings.push(warning);
    process.on("warning", note);
    const { signal } = new AbortController();
    await Promise.all(keys(50).map((key) => client.checkAndSet(key, { signal })));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });

  it("leaves nothing on an AbortSignal that lives on", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>): void => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
      listeners--;
      remove(...args);
    };
    await Promise.all(keys(5).map((key) => client.get(key, { signal })));
    expect(listeners).toBe(0);
  });

  it("gets an unanswered claim released when the stream is lost too", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, { timeoutMs: 200 });
    await client.get("k");
    server.faults.dropReplies = true;
    await expect(client.claim("k")).rejects.toMatchObject({ code: "DEADLINE" });
    server.faults.dropReplies = false;
    server.breakStreams();
    await until(() => server.keys.get("a:k")?.state === "RELEASED");
  });
});
