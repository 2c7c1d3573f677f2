import { describe, expect, it } from "vitest";
import { type ClaimdError, createClient, type RunningClaim } from "./index.ts";
import { MapServer } from "./testing/map-server.ts";
import { until } from "./testing/until.ts";

function clientOf(server: MapServer, options: object = {}) {
  return createClient({ address: server.address, namespace: "a", ...options });
}

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
    await using client = clientOf(server, { timeoutMs: 100, closeTimeoutMs: 0 });
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

describe("onDuplicate", () => {
  it("replay: throws IN_PROGRESS while somebody else is at work", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    await client.claim("k");
    const asked = client.run("k", () => 1);
    const error = { code: "IN_PROGRESS", outcome: { status: "IN_PROGRESS", attempt: 1 } };
    await expect(asked).rejects.toMatchObject(error);
    await asked.catch((thrown: unknown) => {
      expect((thrown as ClaimdError).retryAfterMs).toBeGreaterThan(0);
    });
  });

  it("wait: gives every duplicate the value as soon as it is there", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    let runs = 0;
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        client.run(
          "k",
          async () => {
            runs++;
            await pause(50);
            return "done";
          },
          { onDuplicate: "wait" },
        ),
      ),
    );
    expect(runs).toBe(1);
    expect(outcomes.map((each) => !each.omitted && each.value)).toEqual(Array(20).fill("done"));
    expect(outcomes.filter(({ replayed }) => replayed)).toHaveLength(19);
  });

  it("wait: takes over when the other fails, and gives up after waitMs", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const other = await client.claim("k");
    const startMs = performance.now();
    const wait = { onDuplicate: "wait", waitMs: 100 } as const;
    await expect(client.run("k", () => 1, wait)).rejects.toMatchObject({ code: "IN_PROGRESS" });
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(99);
    const waiting = client.run("k", ({ attempt }) => attempt, { onDuplicate: "wait" });
    await until(() => server.parkedClaims === 1);
    if (other.status === "GRANTED") await other.fail("RETRYABLE");
    expect(await waiting).toMatchObject({ value: 2, replayed: false });
  });

  it("throw: is DUPLICATE for every taken key", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const first = await client.claim("k");
    const throwing = () => client.run("k", () => 1, { onDuplicate: "throw" });
    await expect(throwing()).rejects.toMatchObject({ code: "DUPLICATE" });
    if (first.status === "GRANTED") await first.complete();
    await expect(throwing()).rejects.toMatchObject({
      code: "DUPLICATE",
      outcome: { status: "COMPLETED" },
    });
  });

  it("never runs what is exhausted", async () => {
    await using server = await new MapServer().start();
    server.keys.policy.maxAttempts = 1;
    await using client = clientOf(server);
    await expect(client.run("k", () => Promise.reject(new Error("1")))).rejects.toThrow("1");
    await expect(client.run("k", () => 1)).rejects.toMatchObject({ code: "EXHAUSTED" });
  });
});

describe("onUnavailable", () => {
  it("throws by default: nothing is applied", async () => {
    await using client = createClient({ address: "127.0.0.1:1", namespace: "a", timeoutMs: 50 });
    let runs = 0;
    await expect(client.run("k", () => runs++)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(runs).toBe(0);
  });

  it("run-anyway: applies without a claim, says so and counts it", async () => {
    const events: unknown[] = [];
    await using client = createClient({
      address: "127.0.0.1:1",
      namespace: "a",
      timeoutMs: 50,
      hooks: { onFailOpen: (event) => events.push(event) },
    });
    const outcome = await client.run("k", (claim) => claim.guarded, {
      onUnavailable: "run-anyway",
    });
    expect(outcome).toMatchObject({ value: false, failedOpen: true, attempt: 0, replayed: false });
    expect(client.stats().failedOpen).toBe(1);
    expect(events).toMatchObject([{ namespace: "a", error: { code: "UNAVAILABLE" } }]);
  });

  it("run-anyway: does not release a grant that comes late: its effect has happened", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, { timeoutMs: 50 });
    server.faults.delayMs = 150;
    const outcome = await client.run("k", () => 1, { onUnavailable: "run-anyway" });
    expect(outcome).toMatchObject({ failedOpen: true });
    await pause(250);
    expect(server.keys.get("a:k")).toMatchObject({ state: "IN_PROGRESS" });
    expect(client.stats().lateGrants).toBe(0);
  });

  it("run-anyway: is not for a namespace in safe mode", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    server.faults.refuse = () => ({ code: 14, reason: "PAUSED" });
    const asked = client.run("k", () => 1, { onUnavailable: "run-anyway" });
    await expect(asked).rejects.toMatchObject({ code: "PAUSED" });
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
