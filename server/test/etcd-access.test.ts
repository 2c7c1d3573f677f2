/** Who may ask etcd, and how it is told: users with passwords, certificates. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bytes, put, textOf, until, watching } from "../cluster/test/coordinator-steps.ts";
import { EtcdClients } from "./support/etcd-clients.ts";
import { ETCD_SERVER, EtcdCluster, type EtcdMember, endEtcd } from "./support/etcd-cluster.ts";
import { describeWith, NEEDS } from "./support/services.ts";
import { removeTemporaryDirectories } from "./support/temporary-directory.ts";
import { TestAuthority } from "./support/test-authority.ts";

const UNAVAILABLE = { code: "COORDINATOR_UNAVAILABLE" };

const clients = new EtcdClients();
const open = clients.open.bind(clients);
afterAll(async () => {
  await endEtcd();
  removeTemporaryDirectories();
});

describeWith("etcd with users", [ETCD_SERVER], () => {
  const PASSWORD = "correct";
  const root = { name: "root", password: PASSWORD };
  const reader = { name: "reader", password: PASSWORD };
  let cluster: EtcdCluster;
  let member: EtcdMember;

  beforeAll(async () => {
    cluster = await EtcdCluster.start({ members: 1 });
    const [only] = cluster.members;
    if (only === undefined) throw new Error("no member");
    member = only;
    const key = Buffer.from("/").toString("base64");
    const range_end = Buffer.from("0").toString("base64");
    await member.post("auth/role/add", { name: "reads" });
    const perm = { permType: "READ", key, range_end };
    await member.post("auth/role/grant", { name: "reads", perm });
    await member.post("auth/role/add", { name: "root" });
    await member.post("auth/user/add", root);
    await member.post("auth/user/grant", { user: "root", role: "root" });
    await member.post("auth/user/add", reader);
    await member.post("auth/user/grant", { user: "reader", role: "reads" });
    await member.post("auth/enable", {});
  });
  afterAll(async () => {
    await cluster.end();
  });

  it("knows its user, also after etcd has forgotten the token", async () => {
    const c = open(cluster.endpoints, { user: root });
    const told = await watching(c, "/known/");
    const revision = await put(c, "/known/a", "1");
    const liveness = await c.register("/known/n", bytes("alive"), 60_000);
    await until("all is told", () => told.length === 2);
    await member.kill();
    member.start();
    await member.ready();
    await until("it is read again", async () => {
      const read = await c.read("/known/a").catch(() => undefined);
      return read?.revision === revision;
    });
    await until("it is renewed", () => liveness.renew());
    await put(c, "/known/a", "2");
    await until("it is told", () => told.length === 3);
    expect(told.map(textOf)).toEqual(["1", "alive", "2"]);
  });

  it("refuses a wrong password, and nobody's secret is logged", async () => {
    const wrong = open(cluster.endpoints, { user: { name: "root", password: "mistaken" } });
    const none = open(cluster.endpoints);
    for (const c of [wrong, none]) {
      await expect(c.read("/a")).rejects.toMatchObject(UNAVAILABLE);
      expect(await c.transact([{ key: "/a", revision: 0, value: bytes("1") }])).toBe("unknown");
    }
    const logged = clients.errors.join();
    expect(logged).toContain("authentication failed");
    expect(logged).toContain("user name is empty");
    expect(clients.logged.join()).not.toContain("mistaken");
  });

  it("refuses what the user may not do, in the log and not as a conflict", async () => {
    const c = open(cluster.endpoints, { user: reader });
    expect(await c.read("/b")).toBeUndefined();
    expect(await c.transact([{ key: "/b", revision: 0, value: bytes("1") }])).toBe("unknown");
    expect(await c.read("/b")).toBeUndefined();
    expect(clients.errors.join()).toContain("permission denied");
  });
});

describeWith("etcd behind TLS", [ETCD_SERVER, NEEDS.openssl], () => {
  it("is asked with a certificate of one's own, and by nobody without", async () => {
    const authority = new TestAuthority();
    const [server, client] = [authority.issue("etcd"), authority.issue("claimd")];
    const cluster = await EtcdCluster.start({
      members: 1,
      tls: true,
      flags: {
        "cert-file": server.certFile,
        "key-file": server.keyFile,
        "trusted-ca-file": join(authority.directory, "ca.pem"),
        "client-cert-auth": "true",
      },
    });
    const { ca } = authority;
    const own = { certificate: readFileSync(client.certFile), key: readFileSync(client.keyFile) };
    // An address has no name to be asked for by TLS.
    const endpoints = cluster.endpoints.map((each) => each.replace("127.0.0.1", "localhost"));
    const c = open(endpoints, { tls: { ca, client: own } });
    const told = await watching(c, "/tls/");
    await put(c, "/tls/a", "1");
    await until("it is told", () => told.length === 1);
    const strangers = [open(endpoints, { tls: { ca } }), open(endpoints)];
    strangers.push(open(endpoints, { tls: { client: own } }));
    for (const stranger of strangers) {
      await expect(stranger.read("/tls/a")).rejects.toMatchObject(UNAVAILABLE);
    }
    await cluster.end();
  });
});
