/** What every scenario is given: where to put things, whom to tell, and what was asked for. */
import type { BenchOptions } from "../arguments.ts";
import type { Belongings } from "../support/belongings.ts";
import { type ClaimdProcess, startClaimd } from "../support/claimd-process.ts";

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
): Promise<FreshStore> {
  const dataDir = belongings.temporaryDirectory(directory, "claimd-bench");
  const server = await startClaimd(belongings, { dataDir, environment, nodeArguments });
  return {
    ...server,
    dataDir,
    dispose: async () => {
      await server.stop();
      belongings.removeDirectory(dataDir);
    },
  };
}
