/** What every scenario is given: where to put things, whom to tell, and what was asked for. */
import { readFileSync } from "node:fs";
import type { BenchOptions } from "../options.ts";
import type { Belongings } from "../support/belongings.ts";
import type { CertificateFiles } from "../support/certificate-files.ts";
import { type ClaimdProcess, startClaimd } from "../support/claimd-process.ts";
import type { ClaimdAddress } from "../support/claimd-target.ts";

export interface BenchRun {
  readonly options: BenchOptions;
  readonly belongings: Belongings;
  /** Where folders of stores are made. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  /** One line of progress. */
  readonly say: (line: string) => void;
}

export interface FreshStore extends ClaimdProcess {
  readonly dataDir: string;
  /** Drained, and its data removed. */
  dispose(): Promise<void>;
}

/** A server on an empty folder of its own. */
export async function freshClaimd(
  { belongings, directory, environment }: BenchRun,
  nodeArguments: readonly string[] = [],
  certificate?: CertificateFiles,
): Promise<FreshStore> {
  const dataDir = belongings.temporaryDirectory(directory, "claimd-bench");
  const server = await startClaimd(belongings, {
    dataDir,
    environment,
    nodeArguments,
    ...(certificate === undefined ? {} : { certificate }),
  });
  return {
    ...server,
    dataDir,
    dispose: async () => {
      await server.stop();
      belongings.removeDirectory(dataDir);
    },
  };
}

/** What a load is put on, and whose processor time counts, if that is known. */
export interface LoadedStore {
  readonly target: ClaimdAddress;
  readonly serverPids: readonly number[];
  dispose(): Promise<void>;
}

/** The installation at `--address`, as it is; else a fresh server. */
export async function storeToLoad(
  run: BenchRun,
  nodeArguments: readonly string[] = [],
  certificate?: CertificateFiles,
): Promise<LoadedStore> {
  if (run.options.address !== undefined) {
    return {
      target: installation(run.options, run.options.address),
      serverPids: [],
      dispose: () => Promise.resolve(),
    };
  }
  const server = await freshClaimd(run, nodeArguments, certificate);
  const { grpcAddress, pid } = server;
  const target: ClaimdAddress =
    certificate === undefined
      ? { kind: "claimd", address: grpcAddress }
      : // By name: TLS sends none for a bare IP address.
        {
          kind: "claimd",
          address: grpcAddress.replace("127.0.0.1", "localhost"),
          tls: { ca: certificate.ca },
        };
  return { target, serverPids: [pid], dispose: () => server.dispose() };
}

function installation(options: BenchOptions, address: string): ClaimdAddress {
  const { namespace, token, ca, tls } = options;
  return {
    kind: "claimd",
    address,
    ...(namespace === undefined ? {} : { namespace }),
    ...(token === undefined ? {} : { token }),
    ...(ca === undefined ? {} : { tls: { ca: readFileSync(ca, "utf8") } }),
    ...(tls ? { tls } : {}),
  };
}

/** What node is told, on both sides, to leave its profiles. */
export function profileFlags({ profile }: BenchOptions): readonly string[] {
  return profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`, "--no-warnings"];
}
