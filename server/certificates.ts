/**
 * The certificate and key of a gRPC port: read at the start, and again when the files change. With
 * an authority whoever connects must show a certificate of it, and so must whoever is called.
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
import { ChannelCredentials, ServerCredentials } from "@grpc/grpc-js";
import { ClaimdError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import type { Log } from "./log.ts";

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** The authorities that the other side's certificate must come from; none = it needs none. */
  readonly caFile?: string;
}

/** What the files are called in texts about them. */
export interface CertificateSettings {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer | undefined;
}

const CLIENT_PORT: CertificateSettings = {
  cert: "tlsCert (CLAIMD_TLS_CERT)",
  key: "tlsKey (CLAIMD_TLS_KEY)",
  ca: "authority",
};

export class Certificates {
  readonly credentials: ServerCredentials;
  readonly #credentials: ReplaceableCredentials;
  readonly #files: CertificateFiles;
  readonly #settings: CertificateSettings;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #used: Pair;
  #channel: ChannelCredentials | undefined;
  /** What was read last. */
  #seen: Pair;
  /** What is wrong with the files, as it was logged. */
  #problem: string | undefined;
  #looking = false;

  /** Throws INVALID_CONFIGURATION that names the file and what is wrong with it. */
  static async open(
    files: CertificateFiles,
    log: Log,
    settings: CertificateSettings = CLIENT_PORT,
  ): Promise<Certificates> {
    const pair = await read(files, settings);
    check(files, pair, settings);
    return new Certificates(files, pair, log, settings);
  }

  private constructor(
    files: CertificateFiles,
    pair: Pair,
    log: Log,
    settings: CertificateSettings,
  ) {
    this.#files = files;
    this.#settings = settings;
    this.#log = log;
    this.#used = pair;
    this.#seen = pair;
    this.#credentials = new ReplaceableCredentials(contextOf(pair), this.mutual);
    this.credentials = this.#credentials;
    log.info(described(pair), "TLS: certificate in use");
    this.#timer = setInterval(() => {
      void this.look();
    }, LIMITS.certificatePollMs.default);
    this.#timer.unref();
  }

  /** Whether the other side must show a certificate. */
  get mutual(): boolean {
    return this.#files.caFile !== undefined;
  }

  /**
   * For calls with the pair in use, to be asked for at each new connection. Checks from whom the
   * other side's certificate comes, and not which host it names: that is the caller's to do.
   */
  get channel(): ChannelCredentials {
    this.#channel ??= ChannelCredentials.createFromSecureContext(
      createSecureContext(contextOf(this.#used)),
      { checkServerIdentity: () => undefined },
    );
    return this.#channel;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Looks at the files, as it does by itself all the time. Never rejects. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const pair = await read(this.#files, this.#settings);
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
    check(this.#files, pair, this.#settings);
    this.#credentials.replace(contextOf(pair));
    this.#used = pair;
    this.#channel = undefined;
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
  constructor(context: SecureContextOptions, mutual: boolean) {
    const client = mutual ? { requestCert: true, rejectUnauthorized: true } : {};
    super({ handshakeTimeout: LIMITS.handshakeMs.max, ...client }, context);
  }

  replace(context: SecureContextOptions): void {
    this.updateSecureContextOptions(context);
  }

  _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** Everything that is not named here falls back to Node's default when a context is replaced. */
function contextOf({ cert, key, ca }: Pair): SecureContextOptions {
  return { cert, key, ...(ca === undefined ? {} : { ca }), minVersion: "TLSv1.2" };
}

async function read(files: CertificateFiles, settings: CertificateSettings): Promise<Pair> {
  const { certFile, keyFile, caFile } = files;
  const [cert, key, ca] = await Promise.all([
    readFile(certFile).catch(refuse(`${settings.cert}: ${certFile}`)),
    readFile(keyFile).catch(refuse(`${settings.key}: ${keyFile}`)),
    caFile === undefined ? undefined : readFile(caFile).catch(refuse(`${settings.ca}: ${caFile}`)),
  ]);
  return { cert, key, ca };
}

function check(files: CertificateFiles, pair: Pair, settings: CertificateSettings): void {
  const { certFile, keyFile, caFile } = files;
  const { cert, key, ca } = pair;
  attempt(`${settings.cert}: ${certFile}: holds no certificate in PEM`, () =>
    createSecureContext({ cert }),
  );
  attempt(`${settings.key}: ${keyFile}: is not the key of ${certFile}, or no key in PEM`, () =>
    createSecureContext({ cert, key }),
  );
  // Node passes over an authority that is none, and would then trust nobody.
  if (ca !== undefined) {
    attempt(`${settings.ca}: ${caFile ?? ""}: holds no certificate in PEM`, () => {
      new X509Certificate(ca);
      return createSecureContext(contextOf(pair));
    });
  }
}

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
  const sameCa = a.ca === undefined || b.ca === undefined ? a.ca === b.ca : a.ca.equals(b.ca);
  return sameCa && a.cert.equals(b.cert) && a.key.equals(b.key);
}

function described({ cert }: Pair): Record<string, string> {
  const { subject, subjectAltName, validTo } = new X509Certificate(cert);
  return { subject, subjectAltName: subjectAltName ?? "", validTo };
}
