import { describe, expect, it } from "vitest";
import { clientOf, granted } from "./testing/client-of.ts";
import { MapServer } from "./testing/map-server.ts";
import { until } from "./testing/until.ts";

describe("extend", () => {
  it("renews the granted lease after one of another length, and says so", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const claim = await granted(client, "k");
    for (const options of [{}, { leaseMs: 500 }, {}, {}]) await claim.extend(options);
    const { leaseMs } = claim;
    const sent = server.groups.slice(1).map((group) => group.leaseMs);
    expect(sent).toEqual([0, 500, leaseMs, leaseMs]);
  });
});

describe("claim", () => {
  it("grants the first, and tells the second who is at work", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, { holder: "pod-7" });
    const claim = await granted(client, "k");
    expect(claim).toMatchObject({
      namespace: "a",
      attempt: 1,
      hold: false,
      reclaimed: false,
      shadowed: false,
    });
    expect(claim.fencingToken).toBeGreaterThan(0);
    expect(Buffer.from(claim.key).toString()).toBe("k");
    expect(await client.claim("k")).toMatchObject({
      status: "IN_PROGRESS",
      holder: "pod-7",
      attempt: 1,
    });
  });

  it("sends its options, and each call its own claim id", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    await granted(client, "k", {
      namespace: "b",
      leaseMs: 5000,
      windowMs: 60_000,
      waitMs: 10,
      holder: "me",
      fingerprint: "payload",
      traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    });
    await granted(client, "k2");
    const [first, second] = server.groups;
    expect(first).toMatchObject({
      namespace: "b",
      leaseMs: 5000,
      windowMs: 60_000,
      waitMs: 10,
      holder: "me",
      fingerprintBytes: [32],
      traceparents: ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
    });
    expect(first?.claimIds).toHaveLength(16);
    expect(second?.claimIds.equals(first?.claimIds ?? Buffer.alloc(0))).toBe(false);
  });

  it("takes bytes as keys and copies them", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const key = Buffer.from([0, 255, 128]);
    const claim = client.claim(key);
    key.fill(1);
    await claim;
    expect(server.groups[0]?.keys).toEqual(Buffer.from([0, 255, 128]));
  });

  it.each([
    ["an empty key", "", {}, "key has 0 bytes"],
    ["a long key", "k".repeat(513), {}, "key has 513 bytes"],
    ["a number as key", 5, {}, "key must be text or bytes, not number"],
    ["a short lease", "k", { leaseMs: 99 }, "leaseMs is 99"],
    ["a fraction", "k", { leaseMs: 1000.5 }, "leaseMs is 1000.5"],
    ["a long wait", "k", { waitMs: 60_001 }, "waitMs is 60001"],
    ["a short window", "k", { windowMs: 999 }, "windowMs is 999"],
    ["a bad namespace", "k", { namespace: "A" }, 'namespace is "A"'],
    ["a long holder", "k", { holder: "é".repeat(65) }, "holder has 130 bytes"],
    ["a long fingerprint", "k", { fingerprint: Buffer.alloc(33) }, "fingerprint is 33"],
    ["a long traceparent", "k", { traceparent: "0".repeat(129) }, "traceparent has 129"],
    ["no time", "k", { timeoutMs: 0 }, "timeoutMs is 0"],
    ["many previous keys", "k", { previousKeys: "123456789".split("") }, "previousKeys is 9"],
  ])("refuses %s before sending anything", async (_, key, options, message) => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    await expect(client.claim(key as string, options)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining(message) as string,
    });
    expect(server.frames).toEqual([]);
  });

  it("hands out a claim that waited long with a lease to work in", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const first = await granted(client, "k", { leaseMs: 60_000 });
    const waiting = granted(client, "k", { waitMs: 5000, leaseMs: 400 });
    await until(() => server.parkedClaims === 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await first.fail("RETRYABLE");
    const claim = await waiting;
    expect(claim.signal.aborted).toBe(false);
    expect(claim.leaseLeftMs).toBeGreaterThan(200);
  });
});

describe("a granted claim", () => {
  it("completes once; a second completion is known as such", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const claim = await granted(client, "k");
    expect(await claim.complete({ value: { ok: true } })).toMatchObject({
      status: "APPLIED",
      late: false,
    });
    expect(await claim.complete()).toMatchObject({
      status: "ALREADY_APPLIED",
      current: { state: "COMPLETED" },
    });
    const duplicate = await client.claim("k");
    expect(duplicate).toMatchObject({ status: "COMPLETED", attempt: 1 });
    if (duplicate.status !== "COMPLETED") return;
    expect(duplicate.result).toMatchObject({ contentType: "application/json", omitted: false });
    expect(Buffer.from(duplicate.result?.data ?? []).toString()).toBe('{"ok":true}');
  });

  it("stores bytes, type, metadata and a reference", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const claim = await granted(client, "k");
    const data = Buffer.from("xxPDFxx").subarray(2, 5);
    const metadata = { pages: "2" };
    const ref = "s3://receipts/1";
    await claim.complete({ data, contentType: "application/pdf", metadata, ref });
    const outcome = await client.claim("k");
    expect(outcome).toMatchObject({
      result: { data: Buffer.from("PDF"), contentType: "application/pdf", metadata, ref },
    });
  });

  it.each([
    ["RETRYABLE", "GRANTED"],
    ["TERMINAL", "FAILED"],
    ["UNKNOWN", "HELD"],
  ] as const)("failed %s makes the next claim %s", async (outcome, next) => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const claim = await granted(client, "k");
    expect(await claim.fail(outcome)).toMatchObject({ status: "APPLIED" });
    expect((await client.claim("k")).status).toBe(next);
  });

  it("that others took over is told so, and its settlement is a value", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const stale = await granted(client, "k", { leaseMs: 100 });
    const { signal } = stale;
    await until(() => signal.aborted);
    expect(signal.reason).toMatchObject({ code: "LEASE_LOST" });
    await until(() => server.keys.get("a:k")?.lapsed === true);
    const newer = await granted(client, "k");
    expect(newer).toMatchObject({ attempt: 2, reclaimed: true });
    expect(newer.fencingToken).toBeGreaterThan(stale.fencingToken);
    expect(await stale.complete()).toMatchObject({
      status: "STALE_OWNER",
      current: { state: "IN_PROGRESS", fencingToken: newer.fencingToken },
    });
  });

  it("aborts its signal in time although the server is gone", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, { timeoutMs: 5000, closeTimeoutMs: 0 });
    const claim = await granted(client, "k", { leaseMs: 300 });
    claim.keepLease();
    const { signal } = claim;
    server.stop();
    const startMs = performance.now();
    await until(() => signal.aborted);
    expect(performance.now() - startMs).toBeLessThan(320);
  });

  it("keeps its lease as long as it is asked to", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const claim = await granted(client, "k", { leaseMs: 300 });
    claim.keepLease();
    const { signal } = claim;
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(signal.aborted).toBe(false);
    expect((await client.claim("k")).status).toBe("IN_PROGRESS");
    await claim.complete();
  });

  it("has the same derived key at every attempt", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const first = await granted(client, "k");
    await first.fail("RETRYABLE");
    const second = await granted(client, "k");
    expect(second.derivedKey).toBe(first.derivedKey);
    expect((await granted(client, "k2")).derivedKey).not.toBe(first.derivedKey);
  });
});

describe("await using a claim", () => {
  it("gives it back when it was not settled", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    {
      await using claim = await granted(client, "k");
      expect(claim.attempt).toBe(1);
    }
    expect(server.keys.get("a:k")).toMatchObject({ state: "RELEASED" });
  });

  it("says UNKNOWN where nobody may take over", async () => {
    await using server = await new MapServer().start();
    server.keys.policy.hold = true;
    await using client = clientOf(server);
    {
      await using claim = await granted(client, "k");
      expect(claim.attempt).toBe(1);
    }
    expect(server.keys.get("a:k")).toMatchObject({ state: "HELD" });
  });

  it("leaves a settled one alone", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    {
      await using claim = await granted(client, "k");
      await claim.complete();
    }
    expect(server.keys.get("a:k")).toMatchObject({ state: "COMPLETED" });
    expect(server.frames).toEqual([1, 1]);
  });

  it("does not hide the error of its block when nobody answers", async () => {
    await using server = await new MapServer().start();
    const unsettled: unknown[] = [];
    const hooks = { onUnsettled: (event: unknown) => unsettled.push(event) };
    const options = { settleTimeoutMs: 50, hooks, closeTimeoutMs: 0 };
    await using client = clientOf(server, options);
    const failing = async (): Promise<void> => {
      await using claim = await granted(client, "k");
      expect(claim.attempt).toBe(1);
      server.stop();
      throw new Error("of the block");
    };
    await expect(failing()).rejects.toThrow("of the block");
    expect(unsettled).toHaveLength(1);
    expect(client.stats().unsettled).toBe(1);
  });
});
