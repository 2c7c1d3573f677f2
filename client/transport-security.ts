/**
 * How a channel proves who is at its ends: TLS for the server's side, and for the client's a
 * certificate or a token.
 *
 * Never lets a token go over plaintext unless told to, and never trusts a server unseen: there is
 * no option that skips the check of its certificate.
 */
import { X509Certificate } from "node:crypto";
import { type CallCredentials, type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { bearer, type Token, tokenProblem } from "./bearer-token.ts";
import { LIMITS } from "./limits.ts";
import { textProblem } from "./option-checks.ts";

export interface TlsOptions {
  /** PEM of the authorities that are trusted, instead of those that Node trusts. */
  readonly ca?: string | Uint8Array;
  /** PEM of this client's certificate with its chain; only together with `key`. */
  readonly cert?: string | Uint8Array;
  /** PEM of the certificate's private key. */
  readonly key?: string | Uint8Array;
  /** The name that the server's certificate must carry. Default: the host of the address. */
  readonly serverName?: string;
}

export interface SecurityOptions {
  /** Speaks TLS: `true` trusts what Node trusts. Default: plaintext. */
  readonly tls?: true | TlsOptions;
  /**
   * Sent as `authorization: Bearer …` with every stream, so at each connection; a function is
   * asked each time. Needs `tls`.
   */
  readonly token?: Token;
  /** Sends the token over plaintext too, where everybody on the way can take it. */
  readonly insecureToken?: boolean;
}

export interface TransportSecurity {
  readonly channel: ChannelCredentials;
  /** Added to every stream. */
  readonly call: CallCredentials | undefined;
  readonly serverName: string | undefined;
}

export const SECURITY_OPTIONS = ["tls", "token", "insecureToken"] as const;

const TLS_OPTIONS: ReadonlySet<string> = new Set(["ca", "cert", "key", "serverName"]);
const CERTIFICATE = /-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/;

type Note = (problem: string | undefined) => void;

/** Notes everything that is wrong; what it returns is of use only when nothing is. */
export function transportSecurityOf(options: SecurityOptions, note: Note): TransportSecurity {
  const { token } = options;
  const tls: unknown = options.tls;
  const insecureToken: unknown = options.insecureToken ?? false;
  if (typeof insecureToken !== "boolean") note("insecureToken is neither true nor false");
  if (token !== undefined) {
    if (typeof token !== "function") note(tokenProblem(token));
    if (tls === undefined && insecureToken !== true) {
      note("token needs tls: over plaintext it is sent only with insecureToken: true");
    }
  }
  return {
    channel: tls === undefined ? credentials.createInsecure() : tlsCredentials(tls, note),
    call: token === undefined ? undefined : bearer(token),
    serverName: isObject(tls) ? tls.serverName : undefined,
  };
}

function isObject(tls: unknown): tls is TlsOptions {
  return typeof tls === "object" && tls !== null;
}

function tlsCredentials(tls: unknown, note: Note): ChannelCredentials {
  if (tls === true) return credentials.createSsl();
  if (!isObject(tls)) {
    note("tls is neither true nor an object");
    return credentials.createInsecure();
  }
  for (const name of Object.keys(tls)) if (!TLS_OPTIONS.has(name)) note(`tls.${name} is no option`);
  const { ca, cert, key, serverName } = tls;
  if (serverName === "") note("tls.serverName is empty");
  if (serverName !== undefined) {
    note(textProblem("tls.serverName", serverName, LIMITS.serverNameBytes.max));
  }
  if ((cert === undefined) !== (key === undefined)) note("tls.cert and tls.key go together");
  const roots = certificates("tls.ca", ca, note);
  const chain = certificates("tls.cert", cert, note);
  const privateKey = bytes("tls.key", key, note);
  if ((chain === null) !== (privateKey === null)) return credentials.createInsecure();
  try {
    return credentials.createSsl(roots, privateKey, chain);
  } catch (error) {
    note(`tls.cert and tls.key can't be used together: ${messageOf(error)}`);
    return credentials.createInsecure();
  }
}

/** Node passes over what is no certificate, and then trusts nobody: said here, before that. */
function certificates(name: string, value: unknown, note: Note): Buffer | null {
  const pem = bytes(name, value, note);
  if (pem === null) return null;
  if (!CERTIFICATE.test(pem.toString("latin1"))) {
    note(`${name} holds no PEM certificate (the content of the file is meant, not its path)`);
    return null;
  }
  try {
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    note(`${name} holds a certificate that can't be read: ${messageOf(error)}`);
    return null;
  }
}

function bytes(name: string, value: unknown, note: Note): Buffer | null {
  if (value === undefined) return null;
  if (typeof value === "string" || value instanceof Uint8Array) return Buffer.from(value);
  note(`${name} is neither text nor bytes`);
  return null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
