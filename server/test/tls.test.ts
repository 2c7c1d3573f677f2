/** A claimd process behind TLS: what it refuses, what it shows, and that it comes to an end. */
import { copyFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { type ClaimResponse__Output, loadClaimd } from "@claimd/proto";
import { credentials } from "@grpc/grpc-js";
import { afterAll, expect, it } from "vitest";
import { newClaimId, sleep } from "./support/key-asker.ts";
import { runToExit, type ServerProcess, spawnServer } from "./support/server-process.ts";
import { describeWith, NEEDS } from "./support/services.ts";
import { openSession } from "./support/session.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";
import { type IssuedPair, TestAuthority } from "./support/test-authority.ts";
import { endNodes } from "./support/test-node.ts";
import { certificateName } from "./support/tls-probe.ts";
import { call, type ClaimsClient, deadline } from "./support/wire.ts";

afterAll(endNodes);

const settings = ({ certFile, keyFile }: IssuedPair) => ({
  CLAIMD_TLS_CERT: certFile,
  CLAIMD_TLS_KEY: keyFile,
});

describeWith("a node with a certificate", [NEEDS.openssl], () => {
  const authority = new TestAuthority();
  const first = authority.issue("first");

  const start = (pair: IssuedPair = first): Promise<ServerProcess> =>
    spawnServer({ dataDir: temporaryDirectory(), env: settings(pair) });

  function clientOf({ grpc }: ServerProcess): ClaimsClient {
    const address = `localhost:${grpc.slice(grpc.lastIndexOf(":") + 1)}`;
    return new (loadClaimd().Claims)(address, credentials.createSsl(authority.ca));
  }

  const claimOf = (key: string) => ({
    namespace: "n",
    key: Buffer.from(key),
    claimId: newClaimId(),
  });
  const claim = (claims: ClaimsClient, key: string): Promise<ClaimResponse__Output> =>
    call((done) => claims.claim(claimOf(key), deadline(), done));

  it("answers unary calls and Sessions", async () => {
    const server = await start();
    const claims = clientOf(server);
    expect(await claim(claims, "unary")).toMatchObject({ status: "GRANTED" });
    const session = openSession(claims);
    const { answers } = session.send([{ verb: "CLAIM", ...claimOf("session") }]);
    expect(await answers[0]).toMatchObject({ status: "GRANTED" });
    claims.close();
    expect(await server.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  });

  it("speaks TLS 1.2 and 1.3, nothing older and no plaintext", async () => {
    const server = await start();
    const name = (version: "TLSv1.1" | "TLSv1.2" | "TLSv1.3") =>
      certificateName(server.grpc, authority.ca, {
        minVersion: version,
        maxVersion: version,
        ciphers: "DEFAULT@SECLEVEL=0", // So that this side would speak the old one.
      });
    expect([await name("TLSv1.2"), await name("TLSv1.3")]).toEqual(["first", "first"]);
    await expect(name("TLSv1.1")).rejects.toMatchObject({
      code: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
    });
    const plain = new (loadClaimd().Claims)(server.grpc, credentials.createInsecure());
    const refused = call((done) => plain.claim(claimOf("k"), deadline(5000), done));
    await expect(refused).rejects.toHaveProperty("code");
    plain.close();
  });

  it("shows new connections a new certificate while the open ones go on", async () => {
    const files = ["tls.crt", "tls.key"].map((name) => join(authority.directory, name));
    const [certFile = "", keyFile = ""] = files;
    const put = (pair: IssuedPair): void => {
      copyFileSync(pair.certFile, certFile);
      copyFileSync(pair.keyFile, keyFile);
    };
    put(first);
    const server = await start({ certFile, keyFile });
    const claims = clientOf(server);
    const session = openSession(claims);
    const ask = (key: string) => session.send([{ verb: "CLAIM", ...claimOf(key) }]).answers[0];
    expect(await ask("before")).toMatchObject({ status: "GRANTED" });
    put(authority.issue("second"));
    const untilMs = performance.now() + 20_000;
    while ((await certificateName(server.grpc, authority.ca)) !== "second") {
      expect(performance.now()).toBeLessThan(untilMs);
      await sleep(100);
    }
    expect(await ask("after")).toMatchObject({ status: "GRANTED" });
    const late = clientOf(server);
    expect(await claim(late, "late")).toMatchObject({ status: "GRANTED" });
    for (const each of [claims, late]) each.close();
  });

  it("drains in time although somebody connected and never said a word", async () => {
    const server = await start();
    const socket = connectTcp({ host: "127.0.0.1", port: Number(server.grpc.split(":")[1]) });
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.once("connect", resolve));
    expect(await server.kill("SIGTERM", 10_000)).toEqual({ code: 0, signal: null });
    socket.destroy();
  });

  it("does not start with half a pair, or with one that does not fit", async () => {
    const second = authority.issue("other");
    const { CLAIMD_TLS_CERT, CLAIMD_TLS_KEY } = settings(first);
    for (const [env, message] of [
      [{ CLAIMD_TLS_CERT }, /CLAIMD_TLS_KEY.*missing/],
      [{ CLAIMD_TLS_KEY }, /CLAIMD_TLS_CERT.*missing/],
      [{ CLAIMD_TLS_KEY, CLAIMD_TLS_CERT: "/nowhere.pem" }, /CLAIMD_TLS_CERT.*nowhere.*ENOENT/],
      [settings({ ...first, keyFile: second.keyFile }), /CLAIMD_TLS_KEY.*is not the key of/],
    ] as const) {
      const { code, stdout, stderr } = await runToExit({ dataDir: temporaryDirectory(), env });
      expect(code).toBeGreaterThan(0);
      expect(stdout).not.toContain("ready");
      expect(stderr).toMatch(message);
    }
  });

  it("beyond loopback still needs --insecure: TLS does not say who the client is", async () => {
    const env = { ...settings(first), CLAIMD_HOST: "0.0.0.0" };
    const { code, stderr } = await runToExit({ dataDir: temporaryDirectory(), env });
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(/CLAIMD_HOST.*access control/);
  });
});
