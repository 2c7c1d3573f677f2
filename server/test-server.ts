/**
 * A real node inside the caller's process, on free ports of loopback and in a temporary directory:
 * the same journal, the same syncs, the same answers as in production.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, readConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { parseNamespaces } from "./namespace-file.ts";
import { startServer } from "./server.ts";
import type { PolicyDraft } from "./shard/policy-rules.ts";

export interface TestServerOptions {
  /** Kept after `close`; default: a temporary directory that `close` removes. */
  readonly dataDir?: string;
  /** Made when missing; default: any namespace is made by its first use. */
  readonly namespaces?: readonly PolicyDraft[];
  /** Default "silent". */
  readonly logLevel?: Config["logLevel"];
  /** Default 0: any free one. */
  readonly grpcPort?: number;
  /** PEM files: gRPC speaks TLS then, and nothing else. Default: plaintext. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

export interface TestServer extends AsyncDisposable {
  /** host:port for `createClient({ address })`. */
  readonly address: string;
  /** host:port of metrics and health. */
  readonly adminAddress: string;
  readonly dataDir: string;
  /** Drains and stops; removes the directory if it was a temporary one. Idempotent. */
  close(): Promise<void>;
}

/** Rejects with a ClaimdError when the node can't serve, e.g. on a directory that is in use. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { namespaces = [], logLevel = "silent", grpcPort = 0 } = options;
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "claimd-test-")));
  const flags = {
    dataDir,
    logLevel,
    grpcPort,
    adminPort: 0,
    nodeId: "test",
    minFreeBytes: 0,
    tlsCert: options.tls?.certFile,
    tlsKey: options.tls?.keyFile,
  };
  const config = readConfig({ flags, environment: {}, file: undefined });
  const server = await startServer({
    config,
    namespaces: parseNamespaces("startTestServer", JSON.stringify(namespaces)),
    log: createLog({ level: logLevel }),
    onFatal: (error) => {
      throw error instanceof Error ? error : new Error(String(error));
    },
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= server.close().then(async () => {
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    });
    return closed;
  };
  return {
    address: server.grpcAddress,
    adminAddress: server.adminAddress,
    dataDir,
    close,
    [Symbol.asyncDispose]: close,
  };
}
