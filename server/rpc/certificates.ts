/**
 * The certificate and key of the gRPC port: read at the start, and again when the files change.
 *
 *   read ── the same twice, and they fit ──▶ used for new connections
 *     └──── half-written, not fitting, unreadable ──▶ the old pair stays, said once, read again
 *
 * Must stay true: a pair that can't be used never takes the place of one that can. Connections that
 * are open keep what they were made with.
 *
 * Looked at by reading, not by watching: a volume of Kubernetes changes by moving a link, and what
 * a watch misses is never told.
 */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";
import { ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export class Certificates {
  readonly credentials: ServerCredentials;
  readonly #credentials: ReplaceableCredentials;
  readonly #files: CertificateFiles;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #used: Pair;
  /** What was read last. */
  #seen: Pair;
  /** What is wrong with the files, as it was logged. */
  #problem: string | undefined;
  #looking = false;

  /** Throws INVALID_CONFIGURATION that names the file and what is wrong with it. */
  static async open(files: CertificateFiles, log: Log): Promise<Certificates> {
    const pair = await read(files);
    check(files, pair);
    return new Certificates(files, pair, log);
  }

  private constructor(files: CertificateFiles, pair: Pair, log: Log) {
    this.#files = files;
    this.#log = log;
    this.#used = pair;
    this.#seen = pair;
    this.#credentials = new ReplaceableCredentials(contextOf(pair));
    this.credentials = this.#credentials;
    log.info(described(pair), "TLS: certificate in use");
    this.#timer = setInterval(() => {
      void this.look();
    }, LIMITS.certificatePollMs.default);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Looks at the files, as it does by itself all the time. Never rejects. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const pair = await read(this.#files);
      const settled = same(pair, this.#seen);
      this.#seen = pair;
      if (settled && !same(pair, this.#used)) this.#use(pair);
      if (settled) this.#problem = undefined;
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
    } finally {
      this.#looking = false;
    }
  }

  #use(pair: Pair): void {
    check(this.#files, pair);
    this.#credentials.replace(contextOf(pair));
    this.#used = pair;
    this.#log.info(described(pair), "TLS: new certificate in use");
  }

  #say(problem: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#log.error({ problem }, "TLS: the files can't be used, the certificate in use stays");
  }
}

/** grpc-js's own way to change certificates stops accepting when a read fails: so this. */
class ReplaceableCredentials extends ServerCredentials {
  constructor(context: SecureContextOptions) {
    super({ handshakeTimeout: LIMITS.handshakeMs.max }, context);
  }

  replace(context: SecureContextOptions): void {
    this.updateSecureContextOptions(context);
  }

  _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** Everything that is not named here falls back to Node's default when a context is replaced. */
function contextOf({ cert, key }: Pair): SecureContextOptions {
  return { cert, key, minVersion: "TLSv1.2" };
}

async function read({ certFile, keyFile }: CertificateFiles): Promise<Pair> {
  const [cert, key] = await Promise.all([
    readFile(certFile).catch(refuse(`${CERT}: ${certFile}`)),
    readFile(keyFile).catch(refuse(`${KEY}: ${keyFile}`)),
  ]);
  return { cert, key };
}

function check({ certFile, keyFile }: CertificateFiles, pair: Pair): void {
  attempt(`${CERT}: ${certFile}: holds no certificate in PEM`, () =>
    createSecureContext({ cert: pair.cert }),
  );
  attempt(`${KEY}: ${keyFile}: is not the key of ${certFile}, or no key in PEM`, () =>
    createSecureContext(contextOf(pair)),
  );
}

const CERT = "tlsCert (CLAIMD_TLS_CERT)";
const KEY = "tlsKey (CLAIMD_TLS_KEY)";

function attempt(what: string, action: () => unknown): void {
  try {
    action();
  } catch (error) {
    refuse(what)(error);
  }
}

function refuse(what: string): (error: unknown) => never {
  return (error) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ClaimdError("INVALID_CONFIGURATION", `${what}: ${reason}`);
  };
}

function same(a: Pair, b: Pair): boolean {
  return a.cert.equals(b.cert) && a.key.equals(b.key);
}

function described({ cert }: Pair): Record<string, string> {
  const { subject, subjectAltName, validTo } = new X509Certificate(cert);
  return { subject, subjectAltName: subjectAltName ?? "", validTo };
}
