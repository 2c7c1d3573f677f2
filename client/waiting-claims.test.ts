/** Claims that wait for others, and what they must not do to those that don't. */
import { describe, expect, it } from "vitest";
import type { GrantedClaim } from "./index.ts";
import { clientOf } from "./testing/client-of.ts";
import { MapServer } from "./testing/map-server.ts";
import { until } from "./testing/until.ts";

const keys = (count: number): string[] => Array.from({ length: count }, (_, at) => `key-${at}`);

describe("claims that wait", () => {
  it("hold nothing up, however many they are", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, { maxFramesInFlight: 1 });
    const holder = await client.claim("k");
    const waiting = keys(1500).map(() => client.claim("k", { waitMs: 30_000 }));
    await until(() => server.parkedClaims === 1500);
    expect(await client.checkAndSet("other")).toMatchObject({ first: true });
    if (holder.status === "GRANTED") await holder.complete({ value: 1 });
    const outcomes = await Promise.all(waiting);
    expect(outcomes.every(({ status }) => status === "COMPLETED")).toBe(true);
  });

  it("are parked again after a lost stream, for the rest of their wait", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    await client.claim("k");
    const waiting = client.claim("k", { waitMs: 20_000 });
    await until(() => server.parkedClaims === 1);
    await new Promise((resolve) => setTimeout(resolve, 150));
    server.stop();
    await server.start();
    await until(() => server.parkedClaims === 1);
    const waits = server.groups.map(({ waitMs }) => waitMs).filter((waitMs) => waitMs > 0);
    expect(waits[0]).toBe(20_000);
    expect(waits[1]).toBeLessThan(20_000);
    server.stop();
    await server.start();
    const refused = expect(waiting).rejects.toMatchObject({ code: "CLOSED" });
    await client.close();
    await refused;
  });

  it("keep no large result from its settlement, small as the bound on bytes may be", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, { maxInFlightBytes: 64 * 1024 });
    const claim = (await client.claim("k")) as GrantedClaim;
    const waiting = client.claim("k", { waitMs: 30_000 });
    await until(() => server.parkedClaims === 1);
    const data = new Uint8Array(100_000);
    expect(await claim.complete({ data }, { timeoutMs: 5000 })).toMatchObject({
      status: "APPLIED",
    });
    expect(await waiting).toMatchObject({ status: "COMPLETED" });
  });

  it("are not begun again while the client closes", async () => {
    await using server = await new MapServer().start();
    await using other = clientOf(server);
    await other.claim("k");
    const client = clientOf(server, { closeTimeoutMs: 20_000 });
    let closing: Promise<void> | undefined;
    server.faults.refuse = (verb) => {
      if (verb === "GET") closing = client.close();
      return undefined;
    };
    // Looks at the previous key first, so that the claim that waits comes after close().
    const options = { onDuplicate: "wait", waitMs: 60_000, previousKeys: ["old"] } as const;
    const startMs = performance.now();
    await expect(client.run("k", () => 1, options)).rejects.toMatchObject({ code: "CLOSED" });
    await closing;
    expect(performance.now() - startMs).toBeLessThan(5000);
  });
});
