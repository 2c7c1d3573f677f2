/**
 * A claimd server as a process of its own, started from the build as a user would start it.
 *
 * Ready means that it has printed its line. Flags say everything that matters here, so that
 * settings in the environment of whoever runs the bench don't change what is measured.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Belongings, endChild } from "./belongings.ts";
import type { CertificateFiles } from "./certificate-files.ts";
import { firstLine } from "./first-line.ts";

export interface ClaimdOptions {
  readonly dataDir: string;
  /** Default: any free one. */
  readonly grpcPort?: number;
  readonly environment: NodeJS.ProcessEnv;
  /** For node itself, such as `--cpu-prof`. */
  readonly nodeArguments?: readonly string[];
  /** Serves by TLS only. Default: plaintext. */
  readonly certificate?: Pick<CertificateFiles, "certFile" | "keyFile">;
  /** Further flags, and others in place of those that are always given. */
  readonly flags?: readonly string[];
  /** Where its log goes, after what is there. Default: nowhere, but for what a failure says. */
  readonly logFile?: string;
}

export interface ClaimdProcess {
  readonly pid: number;
  readonly grpcAddress: string;
  readonly adminAddress: string;
  /** Resolves when the process has ended, whoever has ended it. */
  readonly ended: Promise<unknown>;
  /** SIGTERM: drains. */
  stop(): Promise<void>;
  /** SIGKILL: what a crash is to the process. */
  kill(): Promise<void>;
}

const MAIN = fileURLToPath(new URL("main.js", import.meta.resolve("@claimd/server")));
const READY_WITHIN_MS = 30_000;

export async function startClaimd(
  belongings: Belongings,
  options: ClaimdOptions,
): Promise<ClaimdProcess> {
  const { dataDir, grpcPort = 0, environment, nodeArguments = [], certificate, logFile } = options;
  const flags = [
    ["--host", "127.0.0.1"],
    ["--grpc-port", String(grpcPort)],
    ["--admin-port", "0"],
    ["--data-dir", dataDir],
    ["--log-level", "error"],
    ...(certificate === undefined
      ? []
      : [
          ["--tls-cert", certificate.certFile],
          ["--tls-key", certificate.keyFile],
        ]),
    options.flags ?? [],
  ].flat();
  const log = logFile === undefined ? "pipe" : openSync(logFile, "a");
  const child: ChildProcess = belongings.keep(
    spawn(process.execPath, [...nodeArguments, MAIN, ...flags], {
      env: environment,
      stdio: ["ignore", "pipe", log],
    }),
  );
  if (log !== "pipe") closeSync(log);
  const ended = once(child, "exit");
  const ready = await firstLine(
    child,
    "claimd",
    (line) => line.includes('"ready"'),
    READY_WITHIN_MS,
  );
  const { grpc, admin } = JSON.parse(ready) as { grpc: string; admin: string };
  return {
    pid: child.pid ?? 0,
    grpcAddress: grpc,
    adminAddress: admin,
    ended,
    stop: () => endChild(child, "SIGTERM"),
    kill: () => endChild(child, "SIGKILL"),
  };
}
