/**
 * By which files and names a node of a cluster is known to the others and to etcd, as its settings
 * say. Wrong ones stop the start, by setting and file: refused later, they would read like a
 * network that is broken.
 */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { Certificates, type CertificateSettings } from "./certificates.ts";
import { certificateProblem } from "./cluster/peers/peer-certificate.ts";
import type { EtcdSettings, EtcdTls } from "./cluster/etcd/etcd-coordinator.ts";
import type { Config } from "./config.ts";
import { ClaimdError } from "./errors.ts";
import type { Log } from "./log.ts";

const PEER_PORT: CertificateSettings = {
  cert: "peerCert (CLAIMD_PEER_CERT)",
  key: "peerKey (CLAIMD_PEER_KEY)",
  ca: "peerCa (CLAIMD_PEER_CA)",
};

/**
 * Read again when the files change. Undefined = plaintext, on loopback.
 *
 * Rejects with INVALID_CONFIGURATION, also where the certificate does not name this node.
 */
export async function openPeerCertificates(
  { cluster = "", nodeId, peerCert, peerKey, peerCa }: Config,
  log: Log,
): Promise<Certificates | undefined> {
  if (peerCert === undefined || peerKey === undefined || peerCa === undefined) return undefined;
  const files = { certFile: peerCert, keyFile: peerKey, caFile: peerCa };
  const certificates = await Certificates.open(files, log, PEER_PORT);
  const { subjectAltName: subjectaltname = "" } = new X509Certificate(await readFile(peerCert));
  const problem = certificateProblem({ subjectaltname }, { cluster, node: nodeId });
  if (problem === undefined) return certificates;
  certificates.close();
  throw new ClaimdError("INVALID_CONFIGURATION", `${PEER_PORT.cert}: ${peerCert}: ${problem}`);
}

/** Files are read once, at the start. Rejects with INVALID_CONFIGURATION. */
export async function etcdSettings(
  config: Config,
  endpoints: readonly string[],
): Promise<EtcdSettings> {
  const { etcdUser: name, etcdPassword: password } = config;
  const tls = await etcdTls(config);
  return {
    endpoints,
    ...(tls === undefined ? {} : { tls }),
    ...(name === undefined || password === undefined ? {} : { user: { name, password } }),
  };
}

async function etcdTls({ etcdCa, etcdCert, etcdKey }: Config): Promise<EtcdTls | undefined> {
  if (etcdCa === undefined) return undefined;
  const ca = await fileOf("etcdCa (CLAIMD_ETCD_CA)", etcdCa);
  // Node passes over an authority that is none, and would then trust nobody.
  attempt(`etcdCa (CLAIMD_ETCD_CA): ${etcdCa}: holds no certificate in PEM`, () => {
    new X509Certificate(ca);
  });
  if (etcdCert === undefined || etcdKey === undefined) return { ca };
  const certificate = await fileOf("etcdCert (CLAIMD_ETCD_CERT)", etcdCert);
  const key = await fileOf("etcdKey (CLAIMD_ETCD_KEY)", etcdKey);
  attempt(`etcdKey (CLAIMD_ETCD_KEY): ${etcdKey}: is not the key of ${etcdCert}`, () => {
    createSecureContext({ cert: certificate, key });
  });
  return { ca, client: { certificate, key } };
}

async function fileOf(setting: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw refusal(`${setting}: ${path}`, error);
  }
}

function attempt(what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw refusal(what, error);
  }
}

function refusal(what: string, error: unknown): ClaimdError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ClaimdError("INVALID_CONFIGURATION", `${what}: ${reason}`);
}
