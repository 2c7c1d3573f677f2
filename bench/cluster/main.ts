/**
 * `npm run cluster`: three nodes and etcd on loopback for trying out, and an operator's verbs for
 * whichever cluster runs.
 *
 * Exit 0 when a verb is carried out, 1 when it is refused, 2 for wrong usage. Ctrl-C ends all that
 * was started, as a power cut would, and leaves nothing but the folder of `--dir`.
 */
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { UsageError } from "../arguments.ts";
import { programPath } from "../peers/program.ts";
import { Belongings } from "../support/belongings.ts";
import { type ClusterCommand, readArguments, type TrialOptions, USAGE } from "./arguments.ts";
import { runTrial } from "./trial-cluster.ts";
import { carryOut } from "./verbs.ts";

const NO_ETCD =
  "etcd is not installed. Debian and Ubuntu: apt-get install etcd-server; macOS: brew install " +
  "etcd; others: https://github.com/etcd-io/etcd/releases. It need not run: it is started here";

async function start({ dir, ...options }: TrialOptions): Promise<void> {
  if (programPath("etcd") === undefined) throw new Error(NO_ETCD);
  const belongings = new Belongings();
  // Settings of whoever starts it are meant for another node.
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith("CLAIMD_"));
  try {
    await runTrial(belongings, {
      ...options,
      dir:
        dir === undefined
          ? belongings.temporaryDirectory(tmpdir(), "claimd-cluster")
          : resolve(dir),
      environment: { UV_THREADPOOL_SIZE: "8", MALLOC_ARENA_MAX: "2", ...Object.fromEntries(ours) },
      say: (text) => console.log(text),
    });
  } finally {
    await belongings.release();
  }
}

async function main(): Promise<number> {
  let command: ClusterCommand;
  try {
    command = readArguments(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  try {
    if (command.verb === "help") console.log(USAGE);
    else if (command.verb === "start") await start(command);
    else console.log(await carryOut(command));
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

process.exitCode = await main();
