import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { Server } from "@grpc/grpc-js";
import { afterAll, afterEach, expect, it } from "vitest";
import { createLog } from "./log.ts";
import { describeWith, NEEDS } from "./test/support/services.ts";
import { removeTemporaryDirectories } from "./test/support/temporary-directory.ts";
import { TestAuthority } from "./test/support/test-authority.ts";
import { certificateName } from "./test/support/tls-probe.ts";
import { type CertificateFiles, Certificates } from "./certificates.ts";

afterAll(removeTemporaryDirectories);

describeWith("Certificates", [NEEDS.openssl], () => {
  const authority = new TestAuthority();
  const first = authority.issue("first");
  const second = authority.issue("second");
  const files: CertificateFiles = {
    certFile: join(authority.directory, "tls.crt"),
    keyFile: join(authority.directory, "tls.key"),
  };
  const closers: (() => void)[] = [];
  let lines: { level: string; problem?: string }[] = [];
  const errors = () => lines.filter(({ level }) => level === "error");

  function put({ certFile, keyFile }: CertificateFiles): void {
    copyFileSync(certFile, files.certFile);
    copyFileSync(keyFile, files.keyFile);
  }

  const open = async () => {
    const to = new Writable({
      write: (line: Buffer, _encoding, done) => {
        lines.push(JSON.parse(line.toString()) as (typeof lines)[number]);
        done();
      },
    });
    const certificates = await Certificates.open(files, createLog({ level: "info", to }));
    certificates.close(); // Looked at by hand: no timer in between.
    const server = new Server();
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", certificates.credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    closers.push(() => {
      server.forceShutdown();
    });
    return {
      name: () => certificateName(`127.0.0.1:${port}`, authority.ca),
      look: () => certificates.look(),
    };
  };

  afterEach(() => {
    for (const close of closers.splice(0)) close();
    lines = [];
  });

  it("shows new connections the pair that was put in place of the old one", async () => {
    put(first);
    const port = await open();
    expect(await port.name()).toBe("first");
    put(second);
    await port.look();
    await port.look();
    expect(await port.name()).toBe("second");
    expect(errors()).toEqual([]);
  });

  it("keeps the old pair while the new one is incomplete, and says so once", async () => {
    put(first);
    const port = await open();
    copyFileSync(second.certFile, files.certFile);
    for (let looks = 0; looks < 4; looks++) await port.look();
    expect(errors()).toHaveLength(1);
    expect(errors()[0]?.problem).toMatch(/CLAIMD_TLS_KEY.*is not the key of/);
    expect(await port.name()).toBe("first");
    copyFileSync(second.keyFile, files.keyFile);
    await port.look();
    await port.look();
    expect(await port.name()).toBe("second");
  });

  it("keeps the old pair while a file is half-written or gone, and goes on looking", async () => {
    put(first);
    const port = await open();
    const cert = readFileSync(second.certFile);
    copyFileSync(second.keyFile, files.keyFile);
    writeFileSync(files.certFile, cert.subarray(0, 200));
    await port.look();
    await port.look();
    expect(errors().at(-1)?.problem).toMatch(/CLAIMD_TLS_CERT.*no certificate/);
    rmSync(files.certFile);
    await port.look();
    expect(errors().at(-1)?.problem).toMatch(/CLAIMD_TLS_CERT.*ENOENT/);
    expect(await port.name()).toBe("first");
    writeFileSync(files.certFile, cert);
    await port.look();
    await port.look();
    expect(await port.name()).toBe("second");
    expect(errors()).toHaveLength(2);
  });

  it("waits until the files stand still: between two writes nothing is used or said", async () => {
    put(first);
    const port = await open();
    copyFileSync(second.certFile, files.certFile);
    await port.look();
    copyFileSync(second.keyFile, files.keyFile);
    await port.look();
    expect(await port.name()).toBe("first");
    await port.look();
    expect(await port.name()).toBe("second");
    expect(errors()).toEqual([]);
  });

  it.each([
    ["no certificate", { certFile: first.keyFile }, /CLAIMD_TLS_CERT.*first\.key.*no certificate/],
    ["a missing one", { certFile: "/nowhere/a.pem" }, /CLAIMD_TLS_CERT.*\/nowhere\/a.pem.*ENOENT/],
    ["a missing key", { keyFile: "/nowhere/a.key" }, /CLAIMD_TLS_KEY.*\/nowhere\/a.key.*ENOENT/],
    ["another's key", { keyFile: second.keyFile }, /CLAIMD_TLS_KEY.*second\.key.*not the key of/],
    ["no key", { keyFile: first.certFile }, /CLAIMD_TLS_KEY.*first\.pem.*no key/],
    ["an empty file", { certFile: "/dev/null" }, /CLAIMD_TLS_CERT.*null.*no certificate/],
    [
      "a missing authority",
      { caFile: "/nowhere/ca.pem" },
      /^authority: \/nowhere\/ca.pem: .*ENOENT/,
    ],
    ["a key as authority", { caFile: first.keyFile }, /^authority: .*first\.key: holds no cert/],
    ["an empty authority", { caFile: "/dev/null" }, /^authority: \/dev\/null: holds no cert/],
  ])("refuses to start with %s, by name", async (_what, wrong, message) => {
    const opened = Certificates.open({ ...first, ...wrong }, createLog({ level: "silent" }));
    await expect(opened).rejects.toMatchObject({ code: "INVALID_CONFIGURATION" });
    await expect(opened).rejects.toThrow(message);
  });

  it("calls the files what their settings are called", async () => {
    const settings = { cert: "THE_CERT", key: "THE_KEY", ca: "THE_CA" };
    const files = { ...first, caFile: "/nowhere" };
    const opened = Certificates.open(files, createLog({ level: "silent" }), settings);
    await expect(opened).rejects.toThrow(/^THE_CA: \/nowhere/);
  });

  it("follows an authority that takes another one's place, for calls too", async () => {
    const other = new TestAuthority();
    const caFile = join(authority.directory, "authorities.pem");
    copyFileSync(authority.caFile, caFile);
    const log = createLog({ level: "silent" });
    const certificates = await Certificates.open({ ...first, caFile }, log);
    certificates.close();
    const channel = certificates.channel;
    expect(certificates.mutual).toBe(true);
    expect(certificates.channel).toBe(channel);
    copyFileSync(other.caFile, caFile);
    await certificates.look();
    await certificates.look();
    expect(certificates.channel).not.toBe(channel);
  });
});
