/**
 * A certificate for a server on this machine, made by `openssl` for one run and by no authority:
 * it is its own, and whoever is to trust it is given it.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** PEM of what clients have to trust. */
  readonly ca: string;
}

const REQUEST = [
  ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
  [
    "-days",
    "2",
    "-subj",
    "/CN=claimd bench",
    "-addext",
    "subjectAltName=DNS:localhost,IP:127.0.0.1",
  ],
].flat();

/** Undefined where openssl is not installed. The folder is the caller's to remove. */
export function makeCertificate(directory: string): CertificateFiles | undefined {
  const certFile = join(directory, "certificate.pem");
  const keyFile = join(directory, "key.pem");
  const line = [...REQUEST, "-keyout", keyFile, "-out", certFile];
  const { error, status, stderr } = spawnSync("openssl", line, { encoding: "utf8" });
  if (error !== undefined) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  if (status !== 0) throw new Error(`openssl made no certificate:\n${stderr}`);
  return { certFile, keyFile, ca: readFileSync(certFile, "utf8") };
}
