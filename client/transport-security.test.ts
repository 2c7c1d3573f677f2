import { describe, expect, it } from "vitest";
import { type ClientOptions, createClient } from "./index.ts";
import { MapServer } from "./testing/map-server.ts";
import { until } from "./testing/until.ts";

const SECRET = "claimd_1_very-secret";
const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

function refusalOf(options: object): string {
  try {
    createClient({ address: "localhost:7600", namespace: "a", ...options });
  } catch (error) {
    return String(error);
  }
  return "";
}

function clientOf(server: MapServer, options: Partial<ClientOptions>) {
  return createClient({ address: server.address, namespace: "a", timeoutMs: 5000, ...options });
}

describe("the options of TLS and token", () => {
  it.each([
    ["tls: false", { tls: false }, "tls is neither true nor an object"],
    ["tls: null", { tls: null }, "tls is neither true nor an object"],
    ["a misspelt one", { tls: { CA: "x" } }, "tls.CA is no option"],
    ["a path for ca", { tls: { ca: "/etc/ca.pem" } }, "tls.ca holds no PEM certificate"],
    ["a damaged ca", { tls: { ca: broken } }, "tls.ca holds a certificate that can't be read"],
    ["a ca that is no text", { tls: { ca: 5 } }, "tls.ca is neither text nor bytes"],
    ["cert without key", { tls: { cert: broken } }, "tls.cert and tls.key go together"],
    ["key without cert", { tls: { key: "x" } }, "tls.cert and tls.key go together"],
    ["an empty serverName", { tls: { serverName: "" } }, "tls.serverName is empty"],
    ["a serverName that is no text", { tls: { serverName: 1 } }, "tls.serverName is 1"],
    ["a token over plaintext", { token: SECRET }, "token needs tls"],
    ["a token function over plaintext", { token: () => SECRET }, "insecureToken: true"],
    ["an empty token", { tls: true, token: "" }, "token is empty"],
    ["a token with a line break", { tls: true, token: `${SECRET}\n` }, "characters that no token"],
    ["a token that is no text", { tls: true, token: 5 }, "token is no text"],
    ["a long token", { tls: true, token: SECRET.repeat(1000) }, "token has 20000 bytes"],
    ["insecureToken: 1", { insecureToken: 1 }, "insecureToken is neither true nor false"],
  ])("%s is refused by name, and no message shows a token", (_what, options, message) => {
    const said = refusalOf(options);
    expect(said).toContain(message);
    expect(said).not.toContain(SECRET);
  });

  it("are told together with everything else that is wrong", () => {
    const said = refusalOf({ tls: { ca: "x" }, token: "", timeoutMs: 0 });
    for (const name of ["tls.ca", "token", "timeoutMs"]) expect(said).toContain(name);
  });
});

describe("a token", () => {
  it("is not there where none was given", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, {});
    await client.checkAndSet("k");
    expect(server.authorizations).toEqual([""]);
  });

  it("goes over plaintext where that is wanted", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server, { token: SECRET, insecureToken: true });
    expect(await client.checkAndSet("k")).toMatchObject({ first: true });
    expect(server.authorizations).toEqual([`Bearer ${SECRET}`]);
  });

  it("of a function is asked for with each stream", async () => {
    await using server = await new MapServer().start();
    let asked = 0;
    const token = async () => Promise.resolve(`token-${++asked}`);
    await using client = clientOf(server, { token, insecureToken: true });
    await client.checkAndSet("before");
    await client.checkAndSet("same stream");
    server.breakStreams();
    await until(() => client.stats().disconnects === 1);
    await client.checkAndSet("after");
    expect(server.authorizations).toEqual(["Bearer token-1", "Bearer token-2"]);
  });

  it("that can't be had for a moment is asked for again", async () => {
    await using server = await new MapServer().start();
    let asked = 0;
    const token = (): string => {
      if (++asked < 3) throw new Error("not yet");
      return SECRET;
    };
    await using client = clientOf(server, { token, insecureToken: true });
    expect(await client.checkAndSet("k")).toMatchObject({ first: true });
    expect(server.authorizations).toEqual([`Bearer ${SECRET}`]);
  });

  it("that can't be had at all is UNAVAILABLE, with the function's own words", async () => {
    await using server = await new MapServer().start();
    const token = () => Promise.reject(new Error("no answer from the issuer"));
    await using client = clientOf(server, { token, insecureToken: true, timeoutMs: 300 });
    await expect(client.checkAndSet("k")).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("no answer from the issuer") as string,
    });
    expect(server.authorizations).toEqual([]);
  });

  it("that is none is UNAUTHENTICATED at once, and not shown", async () => {
    await using server = await new MapServer().start();
    const token = () => `${SECRET} and more`;
    await using client = clientOf(server, { token, insecureToken: true });
    const refused = client.checkAndSet("k");
    await expect(refused).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    await expect(refused).rejects.not.toThrow(SECRET);
    expect(client.stats().retries).toBe(0);
  });
});
