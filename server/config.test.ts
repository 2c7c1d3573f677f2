import { describe, expect, it } from "vitest";
import { readConfig, SETTINGS } from "./config.ts";

function configOf(environment: Record<string, string>, file?: unknown) {
  return readConfig({ flags: {}, environment, file });
}

describe("readConfig", () => {
  it("takes numbers from text and from JSON", () => {
    expect(configOf({ CLAIMD_GRPC_PORT: "0", CLAIMD_MIN_FREE_PERCENT: "2.5" })).toMatchObject({
      grpcPort: 0,
      minFreePercent: 2.5,
    });
    expect(configOf({}, { adminPort: 9000 }).adminPort).toBe(9000);
    expect(configOf({}).minFreeBytes).toBe(SETTINGS.minFreeBytes.default);
  });

  it("refuses a number that is empty or none, instead of taking it for 0", () => {
    const environment = {
      CLAIMD_GRPC_PORT: "",
      CLAIMD_MIN_FREE_BYTES: " ",
      CLAIMD_ADMIN_PORT: "x",
    };
    expect(() => configOf(environment)).toThrow(/grpcPort[^]*adminPort[^]*minFreeBytes/);
    expect(() => configOf({}, { grpcPort: true })).toThrow("grpcPort");
  });

  it("takes certificate and key together only, and TLS for no access control", () => {
    const both = { CLAIMD_TLS_CERT: "a.pem", CLAIMD_TLS_KEY: "a.key" };
    expect(configOf(both)).toMatchObject({ tlsCert: "a.pem", tlsKey: "a.key" });
    expect(() => configOf({ CLAIMD_TLS_CERT: "a.pem" })).toThrow("CLAIMD_TLS_KEY): is missing");
    expect(() => configOf({ CLAIMD_TLS_KEY: "a.key" })).toThrow("CLAIMD_TLS_CERT): is missing");
    expect(() => configOf({ ...both, CLAIMD_HOST: "0.0.0.0" })).toThrow("--insecure");
  });

  const CLUSTER = { CLAIMD_CLUSTER: "orders", CLAIMD_ETCD: "a:2379, http://b:2379" };
  const PEER = { CLAIMD_PEER_CERT: "c.pem", CLAIMD_PEER_KEY: "c.key", CLAIMD_PEER_CA: "ca.pem" };
  const EVERYWHERE = { CLAIMD_HOST: "0.0.0.0", CLAIMD_INSECURE: "1" };

  it("takes a cluster on loopback by its name and etcd, and both or neither", () => {
    expect(configOf({ ...CLUSTER, CLAIMD_NODE_ID: "n.1_a-b" }).etcd).toEqual(["a:2379", "b:2379"]);
    expect(() => configOf({ CLAIMD_CLUSTER: "orders" })).toThrow("etcd (CLAIMD_ETCD): is missing");
    expect(() => configOf({ CLAIMD_ETCD: "a:2379" })).toThrow("(CLAIMD_CLUSTER): is missing");
    const https = { ...CLUSTER, CLAIMD_ETCD: "https://a:2379" };
    expect(() => configOf(https)).toThrow("host:port without https://");
  });

  it("brings data into a cluster, not into a single node", () => {
    expect(configOf({ ...CLUSTER, CLAIMD_BRING_DATA: "true" }).bringData).toBe(true);
    const alone = "bringData (CLAIMD_BRING_DATA): is given, and cluster (CLAIMD_CLUSTER) is not";
    expect(() => configOf({ CLAIMD_BRING_DATA: "true" })).toThrow(alone);
  });

  it("refuses a node's name that no certificate could have, where there is a cluster", () => {
    for (const name of ["a b", "a/b", "n".repeat(65)]) {
      expect(() => configOf({ ...CLUSTER, CLAIMD_NODE_ID: name })).toThrow(
        `nodeId (CLAIMD_NODE_ID): "${name}": in a cluster needed: 1 to 64 of`,
      );
      expect(configOf({ CLAIMD_NODE_ID: name }).nodeId).toBe(name);
    }
  });

  it("wants no more stores in sync than there are replicas", () => {
    const of = (replicas: string, least: string) =>
      configOf({ CLAIMD_REPLICAS: replicas, CLAIMD_MIN_IN_SYNC: least });
    expect(of("2", "2")).toMatchObject({ replicas: 2, minInSync: 2 });
    expect(() => of("1", "2")).toThrow("minInSync (CLAIMD_MIN_IN_SYNC): 2: at most replicas, 1");
  });

  it("takes a cluster beyond loopback with certificates and an address only", () => {
    const node = { ...CLUSTER, ...EVERYWHERE, CLAIMD_NODE_ID: "n1" };
    const reached = { CLAIMD_ADVERTISE_HOST: "n1.example" };
    expect(configOf({ ...node, ...reached, ...PEER })).toMatchObject({
      ...{ peerCert: "c.pem", peerKey: "c.key", peerCa: "ca.pem", advertiseHost: "n1.example" },
    });
    expect(() => configOf({ ...node, ...reached })).toThrow(
      "CLAIMD_PEER_CERT, CLAIMD_PEER_KEY, CLAIMD_PEER_CA are missing",
    );
    expect(() => configOf({ ...node, ...PEER })).toThrow("(CLAIMD_ADVERTISE_HOST): is missing");
    for (const name of Object.keys(PEER)) {
      const files = Object.fromEntries(Object.entries(PEER).filter(([each]) => each !== name));
      expect(() => configOf({ ...node, ...reached, ...files })).toThrow(`${name}): is missing`);
    }
    expect(() => configOf(PEER)).toThrow("peerCa (CLAIMD_PEER_CA): is given, and cluster");
  });

  it("takes what etcd is shown as far as it is kept secret", () => {
    const user = { CLAIMD_ETCD_USER: "claimd", CLAIMD_ETCD_PASSWORD: "secret" };
    const shown = { CLAIMD_ETCD_CERT: "e.pem", CLAIMD_ETCD_KEY: "e.key" };
    const node = { ...CLUSTER, CLAIMD_NODE_ID: "n1" };
    const ca = { CLAIMD_ETCD_CA: "ca.pem" };
    expect(configOf({ ...node, ...ca, ...shown, ...user })).toMatchObject({
      ...{ etcdCa: "ca.pem", etcdCert: "e.pem", etcdKey: "e.key", etcdUser: "claimd" },
    });
    expect(() => configOf({ ...node, ...shown })).toThrow("a certificate is shown by TLS only");
    expect(() => configOf({ ...node, ...user })).toThrow("a password never leaves in the clear");
    expect(configOf({ ...node, ...user, CLAIMD_ETCD: "127.0.0.1:1" }).etcdUser).toBe("claimd");
    expect(() => configOf({ ...node, ...ca, CLAIMD_ETCD_USER: "a" })).toThrow(
      "etcdPassword (CLAIMD_ETCD_PASSWORD): is missing",
    );
    expect(() => configOf({ ...node, ...ca, CLAIMD_ETCD_KEY: "e.key" })).toThrow(
      "etcdCert (CLAIMD_ETCD_CERT): is missing",
    );
    expect(() => configOf(ca)).toThrow("etcdCa (CLAIMD_ETCD_CA): is given, and etcd");
  });
});
