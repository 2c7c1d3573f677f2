/**
 * Combinations of settings that are refused although each value is in bounds. Pure.
 *
 * Each text names the setting, its value and what would be right: who reads it has nothing else.
 */
import { isIP } from "node:net";
import type { Config, SettingName } from "./config.ts";

/** As it is part of keys in etcd and of names in certificates. */
const NODE_ID = /^[A-Za-z0-9._-]{1,64}$/;

const PEER_FILES = {
  peerCert: "CLAIMD_PEER_CERT",
  peerKey: "CLAIMD_PEER_KEY",
  peerCa: "CLAIMD_PEER_CA",
} as const satisfies Partial<Record<SettingName, string>>;
const ETCD_ACCESS = {
  etcdCa: "CLAIMD_ETCD_CA",
  etcdCert: "CLAIMD_ETCD_CERT",
  etcdKey: "CLAIMD_ETCD_KEY",
  etcdUser: "CLAIMD_ETCD_USER",
  etcdPassword: "CLAIMD_ETCD_PASSWORD",
} as const satisfies Partial<Record<SettingName, string>>;

export function refusals(config: Config): readonly string[] {
  const { host, insecure, minInSync, replicas } = config;
  const problems: string[] = [];
  problems.push(...together(config, { cluster: "CLAIMD_CLUSTER", etcd: "CLAIMD_ETCD" }));
  if (minInSync > replicas) {
    problems.push(`minInSync (CLAIMD_MIN_IN_SYNC): ${minInSync}: at most replicas, ${replicas}`);
  }
  problems.push(...together(config, { tlsCert: "CLAIMD_TLS_CERT", tlsKey: "CLAIMD_TLS_KEY" }));
  problems.push(...together(config, PEER_FILES));
  problems.push(...clusterProblems(config), ...etcdProblems(config));
  // TLS tells clients who the server is, not the server who they are.
  if (!isLoopback(host) && !insecure) {
    problems.push(
      `host (CLAIMD_HOST): ${JSON.stringify(host)}: is not loopback, and this version has no ` +
        "access control: whoever reaches the port may claim, forget and delete. Restrict who can " +
        "reach it, then start with --insecure (CLAIMD_INSECURE=1)",
    );
  }
  return problems;
}

function clusterProblems(config: Config): readonly string[] {
  const { cluster, host, advertiseHost, bringData, nodeId, peerCert } = config;
  if (cluster === undefined) {
    const alone = { ...PEER_FILES, ...(bringData ? { bringData: "CLAIMD_BRING_DATA" } : {}) };
    return without("cluster (CLAIMD_CLUSTER)", config, alone);
  }
  const problems: string[] = [];
  if (!NODE_ID.test(nodeId)) {
    problems.push(
      `nodeId (CLAIMD_NODE_ID): ${JSON.stringify(nodeId)}: in a cluster needed: ` +
        "1 to 64 of A-Z a-z 0-9 . _ -",
    );
  }
  if (!isLoopback(host) && peerCert === undefined) {
    problems.push(
      `host (CLAIMD_HOST): ${JSON.stringify(host)}: beyond loopback the nodes of a cluster show ` +
        `each other certificates: ${Object.values(PEER_FILES).join(", ")} are missing`,
    );
  }
  if (["0.0.0.0", "::"].includes(host) && advertiseHost === undefined) {
    problems.push(
      `advertiseHost (CLAIMD_ADVERTISE_HOST): is missing: nobody reaches a node at ${host}`,
    );
  }
  return problems;
}

function etcdProblems(config: Config): readonly string[] {
  const { etcd, etcdCa, etcdCert, etcdUser } = config;
  if (etcd === undefined) return without("etcd (CLAIMD_ETCD)", config, ETCD_ACCESS);
  const problems = [
    ...together(config, { etcdCert: "CLAIMD_ETCD_CERT", etcdKey: "CLAIMD_ETCD_KEY" }),
    ...together(config, { etcdUser: "CLAIMD_ETCD_USER", etcdPassword: "CLAIMD_ETCD_PASSWORD" }),
  ];
  if (etcdCert !== undefined && etcdCa === undefined) {
    problems.push("etcdCa (CLAIMD_ETCD_CA): is missing: a certificate is shown by TLS only");
  }
  const isNear = etcd.every((endpoint) => isLoopback(endpoint.slice(0, endpoint.lastIndexOf(":"))));
  if (etcdUser !== undefined && etcdCa === undefined && !isNear) {
    problems.push("etcdCa (CLAIMD_ETCD_CA): is missing: a password never leaves in the clear");
  }
  return problems;
}

/** All of them or none. */
function together(
  config: Config,
  settings: Readonly<Partial<Record<SettingName, string>>>,
): readonly string[] {
  const named = Object.entries(settings).map(([name, env]) => ({
    text: `${name} (${env})`,
    isGiven: config[name as SettingName] !== undefined,
  }));
  const [given] = named.filter(({ isGiven }) => isGiven);
  if (given === undefined) return [];
  return named
    .filter(({ isGiven }) => !isGiven)
    .map(({ text }) => `${text}: is missing, ${given.text} is given: they go together`);
}

/** What says nothing without `missing`, and would be thought to. */
function without(
  missing: string,
  config: Config,
  settings: Readonly<Partial<Record<SettingName, string>>>,
): readonly string[] {
  return Object.entries(settings)
    .filter(([name]) => config[name as SettingName] !== undefined)
    .map(([name, env]) => `${name} (${env}): is given, and ${missing} is not`);
}

export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
