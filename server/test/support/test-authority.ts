/**
 * A certificate authority of a test's own, made with `openssl` in a temporary folder: what it
 * issues holds for localhost and for two days, and is trusted by nobody who was not told.
 *
 * Needs NEEDS.openssl.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./temporary-directory.ts";

export interface IssuedPair {
  readonly certFile: string;
  readonly keyFile: string;
}

const EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export class TestAuthority {
  readonly directory = temporaryDirectory("claimd-tls");
  /** PEM, for those who shall trust it. */
  readonly caFile = join(this.directory, "ca.pem");
  readonly #caKeyFile = join(this.directory, "ca.key");

  constructor() {
    const files = ["-keyout", this.#caKeyFile, "-out", this.caFile];
    openssl("req", "-x509", ...EC_KEY, "-days", "2", "-subj", "/CN=test authority", ...files);
  }

  get ca(): Buffer {
    return readFileSync(this.caFile);
  }

  /**
   * A pair for `localhost` and 127.0.0.1, or for whom `names` says; `name` is its common name and
   * that of its files.
   */
  issue(name: string, names = "DNS:localhost,IP:127.0.0.1"): IssuedPair {
    const path = (ending: string): string => join(this.directory, `${name}.${ending}`);
    const pair = { certFile: path("pem"), keyFile: path("key") };
    const request = ["-keyout", pair.keyFile, "-out", path("csr")];
    openssl("req", ...EC_KEY, "-subj", `/CN=${name}`, ...request);
    writeFileSync(path("ext"), `subjectAltName=${names}\n`);
    const signer = ["-CA", this.caFile, "-CAkey", this.#caKeyFile, "-CAcreateserial"];
    const made = ["-in", path("csr"), "-extfile", path("ext"), "-out", pair.certFile];
    openssl("x509", "-req", "-days", "2", ...signer, ...made);
    return pair;
  }
}

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: "pipe", timeout: 20_000 });
}
