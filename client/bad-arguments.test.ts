/** What a caller without a type checker can pass: refused by name, and nobody else suffers. */
import { describe, expect, it } from "vitest";
import { createClient, dedupKey, type Outcome, type ResultInput } from "./index.ts";
import { clientOf, granted } from "./testing/client-of.ts";
import { MapServer } from "./testing/map-server.ts";

describe("a key", () => {
  it("that has no UTF-8 is refused: two of them would be one", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    for (const key of ["\ud800", "a\udfffb"]) {
      await expect(client.checkAndSet(key)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    }
    expect(await client.checkAndSet("\u{1f600}")).toMatchObject({ first: true });
  });
});

describe("a result", () => {
  it.each<[string, unknown, string]>([
    ["a text", "done", "a result is an object with value or data, not string"],
    ["value and data", { value: 1, data: new Uint8Array(1) }, "either value or data"],
    ["data as text", { data: "abc" }, "data of a result must be bytes"],
    ["a long content type", { contentType: "x".repeat(129) }, "contentType has 129 bytes"],
    ["a ref that is no text", { ref: 5 }, "ref is 5, allowed is text"],
    ["a ref without UTF-8", { ref: "\ud800" }, "half a surrogate pair"],
    ["metadata that can't be text", { metadata: { a: {} } }, "metadata.a is object"],
    ["too much metadata", { metadata: { a: "x".repeat(4096) } }, "the size of metadata is 4097"],
    [
      "17 metadata",
      { metadata: Object.fromEntries("abcdefghijklmnopq".split("").entries()) },
      "the number of metadata is 17",
    ],
  ])("with %s is refused before it is sent, and the claim can still be settled", async (...row) => {
    const [, input, message] = row;
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const claim = await granted(client, "k");
    const refused = expect(claim.complete(input as ResultInput)).rejects;
    await refused.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(claim.complete(input as ResultInput)).rejects.toThrow(message);
    expect(client.stats()).toMatchObject({ commands: 1, disconnects: 0 });
    await claim[Symbol.asyncDispose]();
    expect(await client.get("k")).toMatchObject({ state: "RELEASED" });
  });

  it("full of metadata shares a message with only as many as fit", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const keys = Array.from({ length: 1000 }, (_, at) => `k${at}`);
    const claims = await Promise.all(keys.map((key) => granted(client, key)));
    const result = { metadata: { a: "x".repeat(4000) }, ref: "y".repeat(2000) };
    const settled = await Promise.all(claims.map((claim) => claim.complete(result)));
    expect(settled.every(({ status }) => status === "APPLIED")).toBe(true);
    expect(client.stats()).toMatchObject({ disconnects: 0 });
  });
});

describe("an outcome that is none", () => {
  it("is refused by fail", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const claim = await granted(client, "k");
    await expect(claim.fail("unknown" as Outcome)).rejects.toThrow('outcome is "unknown"');
    expect(await claim.fail("UNKNOWN")).toMatchObject({ status: "APPLIED" });
  });

  it("of classifyError counts as none: held where lapsed claims are held", async () => {
    await using server = await new MapServer().start();
    server.keys.policy.hold = true;
    await using client = clientOf(server);
    const failure = new Error("no answer");
    const fails = (): never => {
      throw failure;
    };
    const classifyError = (): Outcome => "Terminal" as Outcome;
    await expect(client.run("k", fails, { classifyError })).rejects.toBe(failure);
    expect(await client.get("k")).toMatchObject({ state: "HELD" });
  });
});

describe("run", () => {
  it("claims nothing when its options are misspelt or its handler is missing", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const missing = undefined as unknown as () => void;
    await expect(client.run("k", missing)).rejects.toThrow("handler is undefined");
    for (const options of [{ onDuplicate: "reply" }, { onUnavailable: "run_anyway" }]) {
      await expect(client.run("k", () => 1, options as object)).rejects.toThrow("allowed are");
    }
    expect(client.stats().commands).toBe(0);
  });
});

describe("an address", () => {
  it.each(["http://localhost:7600", "localhost:0", "localhost:65536", ":7600", "a:b:7600", "h"])(
    "%s is refused",
    (address) => {
      expect(() => createClient({ address, namespace: "a" })).toThrow("needed is host:port");
    },
  );

  it.each(["localhost:7600", "10.0.0.1:1", "[::1]:65535", "unix:/run/claimd.sock"])(
    "%s is taken",
    async (address) => {
      await createClient({ address, namespace: "a" }).close();
    },
  );
});

describe("dedupKey", () => {
  it("refuses a secret that a configuration lost", () => {
    const secret = undefined as unknown as string;
    const parts = { scope: "a", version: 1, fields: { id: 1 } };
    expect(() => dedupKey({ ...parts, secret })).toThrow("secret is undefined");
  });
});
