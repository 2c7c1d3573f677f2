import { describe, expect, it } from "vitest";
import { createClient } from "./index.ts";
import { MapServer } from "./testing/map-server.ts";
import { until } from "./testing/until.ts";

describe("createClient", () => {
  it("tells everything that is wrong in one message", () => {
    const wrong = {
      address: "nowhere",
      namespace: "Not Allowed",
      timeoutMs: -1,
      leaseMs: 5,
      cache: { entries: 0 },
      holder: "h".repeat(129),
      tiemoutMs: 5,
    };
    expect(() => createClient(wrong)).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        message: [
          "tiemoutMs is no option",
          'address is "nowhere", needed is host:port',
          'namespace is "Not Allowed", allowed are 1 to 64 of a-z, 0-9 and -',
          "holder has 129 bytes, allowed are 128",
          "cache.entries is 0, allowed is a whole number from 1 to 1000000",
          "timeoutMs is -1, allowed is a whole number from 1 to 86400000",
          "leaseMs is 5, allowed is a whole number from 100 to 86400000",
        ].join("; "),
      }) as Error,
    );
  });

  it("needs an address and a namespace", () => {
    expect(() => createClient({ address: [], namespace: "a" })).toThrow("address is empty");
    expect(() => createClient({} as never)).toThrow("namespace is undefined");
  });

  it("tries further addresses when one does not answer", async () => {
    await using server = await new MapServer().start();
    await using client = createClient({ address: ["127.0.0.1:1", server.address], namespace: "a" });
    expect(await client.checkAndSet("k")).toMatchObject({ first: true });
  });
});

describe("close", () => {
  it("waits for running handlers and lets them settle", async () => {
    await using server = await new MapServer().start();
    const client = createClient({ address: server.address, namespace: "a" });
    let finish: ((value: string) => void) | undefined;
    const running = client.run("k", () => new Promise<string>((resolve) => (finish = resolve)));
    await until(() => finish !== undefined);
    const closing = client.close();
    await expect(client.claim("other")).rejects.toMatchObject({ code: "CLOSED" });
    finish?.("done");
    expect(await running).toMatchObject({ value: "done", replayed: false });
    await closing;
    expect(server.keys.get("a:k")).toMatchObject({ state: "COMPLETED" });
  });

  it("frees claims that wait", async () => {
    await using server = await new MapServer().start();
    const client = createClient({ address: server.address, namespace: "a" });
    await client.claim("k");
    const waiting = client.claim("k", { waitMs: 30_000 });
    await until(() => server.parkedClaims === 1);
    const refused = expect(waiting).rejects.toMatchObject({ code: "CLOSED" });
    await client.close();
    await refused;
    expect(server.parkedClaims).toBe(0);
  });

  it("ends what nobody answers after closeTimeoutMs", async () => {
    await using server = await new MapServer().start();
    server.faults.dropReplies = true;
    const options = { address: server.address, namespace: "a", closeTimeoutMs: 50 };
    const client = createClient(options);
    const refused = expect(client.get("k")).rejects.toMatchObject({ code: "CLOSED" });
    await until(() => server.frames.length === 1);
    await client.close();
    await refused;
  });

  it("is idempotent, also before anything was asked", async () => {
    const client = createClient({ address: "127.0.0.1:1", namespace: "a" });
    await Promise.all([client.close(), client.close()]);
    await client[Symbol.asyncDispose]();
    await expect(client.checkAndSet("k")).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("ends the stream on the server", async () => {
    await using server = await new MapServer().start();
    const client = createClient({ address: server.address, namespace: "a" });
    await client.checkAndSet("k");
    expect(server.openStreams).toBe(1);
    await client.close();
    await until(() => server.openStreams === 0);
  });
});
