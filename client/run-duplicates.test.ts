import { describe, expect, it } from "vitest";
import { type ClaimdError, createClient } from "./index.ts";
import { clientOf } from "./testing/client-of.ts";
import { MapServer } from "./testing/map-server.ts";
import { until } from "./testing/until.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

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
    await using client = createClient({ address: "127.0.0.1:1", namespace: "a", timeoutMs: 500 });
    let runs = 0;
    await expect(client.run("k", () => runs++)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(runs).toBe(0);
  });

  it("run-anyway: applies without a claim, says so and counts it", async () => {
    const events: unknown[] = [];
    await using client = createClient({
      address: "127.0.0.1:1",
      namespace: "a",
      timeoutMs: 500,
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
    await using client = clientOf(server, { timeoutMs: 200 });
    server.faults.delayMs = 800;
    const outcome = await client.run("k", () => 1, { onUnavailable: "run-anyway" });
    expect(outcome).toMatchObject({ failedOpen: true });
    await pause(1000);
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
