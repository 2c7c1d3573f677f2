/** Nodes of a cluster behind certificates: who is let in, who is not, and under which name. */
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { loadClaimd } from "@claimd/proto";
import { type ChannelCredentials, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { afterAll, afterEach, expect, it } from "vitest";
import { Certificates } from "../certificates.ts";
import {
  type Addresses,
  connect,
  eventually,
  isConnected,
  type PeerNode,
  startPeer,
} from "../cluster/peers/test/peer-fixture.ts";
import { SAMPLES } from "../cluster/peers/test/sample-messages.ts";
import { createLog } from "../log.ts";
import { openRaw, RAW_HANDSHAKE, type RawStream } from "./support/raw-peers.ts";
import { describeWith, NEEDS } from "./support/services.ts";
import { removeTemporaryDirectories } from "./support/temporary-directory.ts";
import { type IssuedPair, TestAuthority } from "./support/test-authority.ts";
import { call, deadline } from "./support/wire.ts";

afterAll(removeTemporaryDirectories);

describeWith("nodes with certificates", [NEEDS.openssl], () => {
  const authority = new TestAuthority();
  const { caFile } = authority;
  const ofNode = (node: string): IssuedPair => authority.issue(node, `DNS:${node}`);
  const a = ofNode("a");
  const b = authority.issue("b", "DNS:localhost,URI:claimd://test/b");

  let addresses: Addresses = new Map();
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    await Promise.all(closers.splice(0).map((close) => close()));
    addresses = new Map();
  });

  async function certificatesOf(pair: IssuedPair, ca = caFile): Promise<Certificates> {
    const files = { ...pair, caFile: ca };
    const certificates = await Certificates.open(files, createLog({ level: "silent" }));
    closers.push(() => {
      certificates.close();
    });
    return certificates;
  }

  async function start(node: string, certificates: Certificates): Promise<PeerNode> {
    const started = await startPeer(node, addresses, { certificates });
    closers.push(() => started.network.close());
    return started;
  }

  async function refused(from: PeerNode, to: PeerNode): Promise<string> {
    from.network.send(to.self.store, 1, SAMPLES.hello);
    from.network.flush();
    await eventually(() => from.problems().length > 0, "refused");
    expect(isConnected(from, to.self.store)).toBe(false);
    expect(to.heard).toEqual([]);
    return from.problems()[0] ?? "";
  }

  function channel(pair: IssuedPair): ChannelCredentials {
    const [key, cert] = [readFileSync(pair.keyFile), readFileSync(pair.certFile)];
    return credentials.createSsl(authority.ca, key, cert, { checkServerIdentity: () => undefined });
  }

  function raw({ address }: PeerNode, by: ChannelCredentials): RawStream {
    const opened = openRaw(address, by);
    closers.push(() => {
      opened.close();
    });
    return opened;
  }

  it("speak with each other, named by DNS or by URI", async () => {
    const [one, two] = [
      await start("a", await certificatesOf(a)),
      await start("b", await certificatesOf(b)),
    ];
    await connect(one, two);
    await connect(two, one);
    await eventually(() => one.heard.length > 0 && two.heard.length > 0, "heard");
    expect(two.heard[0]).toMatchObject({ from: { store: one.self.store }, partition: 0 });
  });

  it("refuse who shows no certificate", async () => {
    const node = await start("a", await certificatesOf(a));
    const bare = credentials.createSsl(authority.ca, null, null, {
      checkServerIdentity: () => undefined,
    });
    const { stream, status: ended, answers } = raw(node, bare);
    stream.write({ handshake: { ...RAW_HANDSHAKE, node: "b" } });
    expect((await ended).code).toBe(status.UNAVAILABLE);
    expect(answers).toEqual([]);
    await expect(tlsError(node.address)).resolves.toBe("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
  });

  it("refuse plaintext, and plaintext refuses them", async () => {
    const node = await start("a", await certificatesOf(a));
    const plain = await startPeer("b", addresses);
    closers.push(() => plain.network.close());
    const [toTls, toPlain] = [await refused(plain, node), await refused(node, plain)];
    expect(toTls).toMatch(/No connection established/);
    // With the time in it each attempt would read like another failure.
    expect(toTls).not.toMatch(/\d{4}-\d\d-\d\dT/);
    expect(toPlain).toMatch(/wrong version number/);
  });

  it("refuse a client's certificate of the same authority, by name", async () => {
    const node = await start("a", await certificatesOf(a));
    const client = authority.issue("payments", "DNS:payments,URI:claimd://principals/payments");
    const { stream, status: ended, answers } = raw(node, channel(client));
    stream.write({ handshake: { ...RAW_HANDSHAKE, node: "b" } });
    expect(await ended).toMatchObject({
      code: status.PERMISSION_DENIED,
      details:
        "certificate: names DNS:payments, URI:claimd://principals/payments; " +
        "of node b it must name URI:claimd://test/b or DNS:b",
    });
    expect(answers).toEqual([]);
    expect(node.problems()[0]).toContain("certificate: names DNS:payments");
  });

  it("refuse a node that goes by another's name, whichever of them connects", async () => {
    const [one, two] = [
      await start("a", await certificatesOf(a)),
      await start("b", await certificatesOf(ofNode("c"))),
    ];
    expect(await refused(two, one)).toMatch(/certificate: names DNS:c; of node b it must name/);
    expect(await refused(one, two)).toMatch(/certificate: names DNS:c; of node b it must name/);
  });

  it("refuse a certificate for the same node in another cluster", async () => {
    const elsewhere = authority.issue("b2", "URI:claimd://other/b");
    const [one, two] = [
      await start("a", await certificatesOf(a)),
      await start("b", await certificatesOf(elsewhere)),
    ];
    expect(await refused(two, one)).toMatch(/names URI:claimd:\/\/other\/b; of node b/);
  });

  it("refuse another cluster's node, although its certificate is good", async () => {
    const certificates = await certificatesOf(b);
    const one = await start("a", await certificatesOf(a));
    const two = await startPeer("b", addresses, { certificates, self: { cluster: "other" } });
    closers.push(() => two.network.close());
    expect(await refused(two, one)).toBe('cluster: "test" at a, "other" at b');
  });

  it("refuse a certificate of another authority, whichever of them connects", async () => {
    const stranger = new TestAuthority();
    const pair = stranger.issue("b", "DNS:b");
    const [one, two] = [
      await start("a", await certificatesOf(a)),
      await start("b", await certificatesOf(pair, stranger.caFile)),
    ];
    expect(await refused(two, one)).toMatch(/unable to verify|self.signed|certificate/);
    expect(await refused(one, two)).toMatch(/unable to verify|self.signed|certificate/);
  });

  it("have no service for clients on their port", async () => {
    const node = await start("a", await certificatesOf(a));
    const claims = new (loadClaimd().Claims)(node.address, channel(b), {
      "grpc.ssl_target_name_override": "claimd",
    });
    const asked = call((done) => claims.get({ namespace: "n" }, deadline(5000), done));
    const error = await asked.catch((failed: unknown) => failed as ServiceError);
    expect(error).toMatchObject({ code: status.UNIMPLEMENTED });
    claims.close();
  });

  it("show each other new certificates while they run", async () => {
    const files = {
      certFile: join(authority.directory, "tls.crt"),
      keyFile: join(authority.directory, "tls.key"),
    };
    const put = (pair: IssuedPair): void => {
      copyFileSync(pair.certFile, files.certFile);
      copyFileSync(pair.keyFile, files.keyFile);
    };
    put(ofNode("wrong"));
    const certificates = await certificatesOf(files);
    const [one, two] = [await start("a", await certificatesOf(a)), await start("b", certificates)];
    expect(await refused(one, two)).toMatch(/names DNS:wrong/);
    expect(await refused(two, one)).toMatch(/names DNS:wrong/);
    put(b);
    await certificates.look();
    await certificates.look();
    await connect(one, two);
    await connect(two, one);
    await expect(tlsError(two.address)).resolves.toBe("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
  });
});

/** What a connection without a certificate ends with. */
function tlsError(address: string): Promise<string | undefined> {
  const port = Number(address.slice(address.lastIndexOf(":") + 1));
  return new Promise((resolve) => {
    const socket = connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false });
    socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      resolve(code);
    });
    socket.on("close", () => {
      resolve("closed");
    });
    socket.resume();
  });
}
