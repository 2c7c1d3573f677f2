import { describe, expect, it } from "vitest";
import type { RunningClaim } from "./index.ts";
import { clientOf } from "./testing/client-of.ts";
import { MapServer } from "./testing/map-server.ts";
import { until } from "./testing/until.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("run", () => {
  it("runs the handler once and replays its value", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    let runs = 0;
    const charge = () =>
      client.run("k", (claim) => {
        runs++;
        expect(claim).toMatchObject({ attempt: 1, guarded: true, namespace: "a" });
        return Promise.resolve({ charged: 4200 });
      });
    expect(await charge()).toEqual({
      replayed: false,
      omitted: false,
      value: { charged: 4200 },
      attempt: 1,
      failedOpen: false,
    });
    expect(await charge()).toMatchObject({
      replayed: true,
      omitted: false,
      value: { charged: 4200 },
      attempt: 1,
    });
    expect(runs).toBe(1);
  });

  it.each([null, 0, false, "", [], { a: null }])("replays %j as it was", async (value) => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    await client.run("k", () => value);
    const replay = await client.run("k", () => value);
    expect(replay).toMatchObject({ replayed: true, omitted: false });
    if (!replay.omitted) expect(replay.value).toEqual(value);
  });

  it("replays a handler without a value as undefined, which is not omitted", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    await client.run("k", () => undefined);
    const replay = await client.run("k", () => undefined);
    expect(replay).toMatchObject({ replayed: true, omitted: false, value: undefined });
  });

  it("replays a value that was too large as omitted", async () => {
    await using server = await new MapServer().start();
    server.keys.policy.resultMaxBytes = 10;
    await using client = clientOf(server);
    expect(await client.run("k", () => "x".repeat(100))).toMatchObject({ replayed: false });
    const replay = await client.run("k", () => "x".repeat(100));
    expect(replay).toEqual({
      replayed: true,
      omitted: true,
      sizeBytes: 102,
      ref: "",
      attempt: 1,
      failedOpen: false,
    });
  });

  it("completes although its value can't be written as JSON", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const value of [5n, cycle, () => 1]) {
      const key = typeof value;
      expect(await client.run(key, () => value)).toMatchObject({ replayed: false, value });
      expect(await client.run(key, () => value)).toMatchObject({ replayed: true, omitted: true });
    }
  });

  it("keeps the lease of a handler that takes long", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const slow = client.run("k", () => pause(700), { leaseMs: 200 });
    await pause(400);
    expect((await client.claim("k")).status).toBe("IN_PROGRESS");
    expect(await slow).toMatchObject({ replayed: false, attempt: 1 });
  });
});

describe("a handler that fails", () => {
  it("releases the key by default, and its error goes on", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const boom = new Error("boom");
    const failing = client.run("k", () => Promise.reject(boom));
    await expect(failing).rejects.toBe(boom);
    expect(await client.run("k", ({ attempt }) => attempt)).toMatchObject({ value: 2, attempt: 2 });
  });

  it("leaves the key held where nobody may take over", async () => {
    await using server = await new MapServer().start();
    server.keys.policy.hold = true;
    await using client = clientOf(server);
    const failing = client.run("k", () => {
      throw new Error("boom");
    });
    await expect(failing).rejects.toThrow("boom");
    await expect(client.run("k", () => 1)).rejects.toMatchObject({ code: "HELD" });
  });

  it("settles as its error is classified", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const seen: unknown[] = [];
    const failing = client.run("k", () => Promise.reject(new Error("card declined")), {
      classifyError: (error, claim) => {
        seen.push((error as Error).message, claim.attempt);
        return { outcome: "TERMINAL", result: { value: { declined: true } } };
      },
    });
    await expect(failing).rejects.toThrow("card declined");
    expect(seen).toEqual(["card declined", 1]);
    const again = client.run("k", () => 1);
    await expect(again).rejects.toMatchObject({ code: "FAILED", outcome: { status: "FAILED" } });
    const outcome = await client.claim("k");
    expect(outcome.status === "FAILED" && Buffer.from(outcome.result?.data ?? []).toString()).toBe(
      '{"declined":true}',
    );
  });

  it("is not hidden by a classifier that fails, nor by a server that is gone", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, { timeoutMs: 1000, closeTimeoutMs: 0 });
    const boom = new Error("boom");
    const failing = client.run("k", () => Promise.reject(boom), {
      classifyError: () => {
        throw new Error("of the classifier");
      },
    });
    await expect(failing).rejects.toBe(boom);
    const gone = client.run("k2", () => {
      server.stop();
      throw boom;
    });
    await expect(gone).rejects.toBe(boom);
    expect(client.stats().unsettled).toBe(1);
  });
});

describe("an effect that can't be recorded", () => {
  it("is COMPLETE_UNKNOWN with its value when nobody answers", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, { settleTimeoutMs: 100, closeTimeoutMs: 0 });
    const running = client.run("k", () => {
      server.stop();
      return "charged";
    });
    await expect(running).rejects.toMatchObject({
      code: "COMPLETE_UNKNOWN",
      value: "charged",
      cause: { name: "ClaimdError" },
    });
  });

  it("is LEASE_LOST with its value when somebody took over, and the signal said so", async () => {
    await using server = await new MapServer().start();
    const lost: unknown[] = [];
    const hooks = { onLeaseLost: (event: unknown) => lost.push(event) };
    await using client = clientOf(server, { hooks });
    server.faults.refuse = (verb) => (verb === "EXTEND" ? { code: 14, reason: "X" } : undefined);
    let newer: unknown;
    const running = client.run(
      "k",
      async (claim: RunningClaim) => {
        const { signal } = claim;
        await until(() => signal.aborted);
        await until(() => server.keys.get("a:k")?.lapsed === true);
        newer = await client.claim("k");
        return "charged";
      },
      { leaseMs: 200 },
    );
    await expect(running).rejects.toMatchObject({
      code: "LEASE_LOST",
      value: "charged",
      outcome: { status: "STALE_OWNER" },
    });
    expect(newer).toMatchObject({ status: "GRANTED", attempt: 2 });
    expect(lost).toMatchObject([{ namespace: "a", attempt: 1 }]);
  });
});

describe("the caller's signal", () => {
  it("reaches the handler", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const giveUp = new AbortController();
    const running = client.run(
      "k",
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            reject(signal.reason as Error);
          });
          giveUp.abort(new Error("shutting down"));
        }),
      { signal: giveUp.signal },
    );
    await expect(running).rejects.toThrow("shutting down");
    expect(server.keys.get("a:k")).toMatchObject({ state: "RELEASED" });
  });
});
