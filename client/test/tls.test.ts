/** The client against servers behind TLS: whom it trusts, what it shows, what it goes through. */
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createClient, type TlsOptions } from "@claimd/client";
import { startTestServer } from "@claimd/server";
import { ServerCredentials } from "@grpc/grpc-js";
import { afterAll, expect, it } from "vitest";
import { describeWith, NEEDS } from "../../server/test/support/services.ts";
import { removeTemporaryDirectories } from "../../server/test/support/temporary-directory.ts";
import { type IssuedPair, TestAuthority } from "../../server/test/support/test-authority.ts";
import { certificateName } from "../../server/test/support/tls-probe.ts";
import { MapServer } from "../testing/map-server.ts";

afterAll(removeTemporaryDirectories);

const SECRET = "claimd_1_very-secret";

describeWith("a client over TLS", [NEEDS.openssl], () => {
  const authority = new TestAuthority();
  const pair = authority.issue("server");
  const { ca } = authority;

  /** By name: Node warns of addresses in the place of names. */
  const byName = (address: string): string => `localhost:${address.split(":")[1] ?? ""}`;
  const clientOf = (address: string, tls: true | TlsOptions, timeoutMs = 5000) =>
    createClient({ address: byName(address), namespace: "a", tls, timeoutMs });

  it("claims, replays and batches over one Session", async () => {
    await using server = await startTestServer({ tls: pair });
    await using client = clientOf(server.address, { ca });
    const asked = Array.from({ length: 500 }, (_, at) => client.checkAndSet(`k-${at % 250}`));
    expect((await Promise.all(asked)).filter(({ first }) => first)).toHaveLength(250);
    await client.run("run", () => ({ done: true }));
    expect(await client.run("run", () => ({ done: false }))).toMatchObject({
      replayed: true,
      value: { done: true },
    });
    expect(client.stats()).toMatchObject({ disconnects: 0 });
  });

  it("takes authorities as text too, and another name where it is given", async () => {
    await using server = await startTestServer({ tls: pair });
    const address = server.address; // 127.0.0.1
    const tls = { ca: ca.toString(), serverName: "localhost" };
    await using client = createClient({ address, namespace: "a", tls });
    expect(await client.checkAndSet("k")).toMatchObject({ first: true });
  });

  it("trusts nobody else: other authorities and other names are refused, and named", async () => {
    await using server = await startTestServer({ tls: pair });
    const others: [true | TlsOptions, RegExp][] = [
      [true, /certificate/],
      [{ ca: new TestAuthority().ca }, /certificate/],
      [{ ca, serverName: "other.example" }, /other\.example/],
    ];
    for (const [tls, message] of others) {
      await using client = clientOf(server.address, tls, 500);
      const refused = client.checkAndSet("k");
      await expect(refused).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(refused).rejects.toThrow(message);
    }
    await using plain = createClient({ address: server.address, namespace: "a", timeoutMs: 500 });
    await expect(plain.checkAndSet("k")).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("goes on through a change of the certificate, and connects anew after it", async () => {
    const certFile = join(authority.directory, "tls.crt");
    const keyFile = join(authority.directory, "tls.key");
    const put = (next: IssuedPair): void => {
      copyFileSync(next.keyFile, keyFile);
      copyFileSync(next.certFile, certFile);
    };
    put(pair);
    await using server = await startTestServer({ tls: { certFile, keyFile } });
    await using client = clientOf(server.address, { ca });
    let asked = 0;
    const ask = async () => await client.checkAndSet(`k-${asked++}`);
    await ask();
    put(authority.issue("renewed"));
    const untilMs = performance.now() + 20_000;
    while ((await certificateName(server.address, ca)) !== "renewed") {
      expect(performance.now()).toBeLessThan(untilMs);
      expect(await ask()).toMatchObject({ first: true });
    }
    expect(await ask()).toMatchObject({ first: true });
    expect(client.stats()).toMatchObject({ disconnects: 0, retries: 0 });
    await using late = clientOf(server.address, { ca });
    expect(await late.checkAndSet("late")).toMatchObject({ first: true });
  });

  it("sends its token, and its certificate to a server that asks for one", async () => {
    const keyPair = {
      cert_chain: readFileSync(pair.certFile),
      private_key: readFileSync(pair.keyFile),
    };
    const asking = ServerCredentials.createSsl(ca, [keyPair], true);
    await using server = await new MapServer(asking).start();
    const mine = authority.issue("client");
    const cert = readFileSync(mine.certFile);
    const key = readFileSync(mine.keyFile, "utf8");
    const options = { address: byName(server.address), namespace: "a", token: SECRET };
    await using client = createClient({ ...options, tls: { ca, cert, key } });
    expect(await client.checkAndSet("k")).toMatchObject({ first: true });
    expect(server.authorizations).toEqual([`Bearer ${SECRET}`]);
    await using unknown = createClient({ ...options, tls: { ca }, timeoutMs: 500 });
    await expect(unknown.checkAndSet("k")).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const another = readFileSync(pair.keyFile);
    expect(() => createClient({ ...options, tls: { ca, cert, key: another } })).toThrow(
      "tls.cert and tls.key can't be used together",
    );
  });
});
