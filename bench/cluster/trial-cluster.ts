/**
 * A cluster on loopback, for trying out: etcd and three nodes as processes of their own, which may
 * be killed one by one. Who has ended is started again, after long enough to be missed.
 *
 *   started ── kill -9 ──▶ gone ── 15 s ──▶ started again
 */
import { spawn } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { movesUnderWay, openOperator, storeRows } from "@claimd/server";
import { etcdFlags } from "../peers/etcd.ts";
import { mustBe, programPath } from "../peers/program.ts";
import type { Belongings } from "../support/belongings.ts";
import { startClaimd } from "../support/claimd-process.ts";
import { CLUSTER, ETCD_OFFSET, NODES, PORTS_A_NODE, type TrialOptions } from "./arguments.ts";
import { secondLine } from "./screen.ts";

const HOST = "127.0.0.1";
const ETCD = "etcd";
/** Longer than a node's lease: whoever watches sees that the others lead in its place. */
const RESTART_AFTER_MS = 15_000;
const SECOND_MS = 1000;

export interface Trial extends Omit<TrialOptions, "dir"> {
  readonly dir: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly say: (text: string) => void;
}

/** Until the program is ended. Rejects where something can't be started. */
export async function runTrial(belongings: Belongings, trial: Trial): Promise<void> {
  const { dir, port, say } = trial;
  const endpoint = startEtcd(belongings, trial);
  say(`etcd on ${endpoint}, data and logs in ${dir}`);
  const names = Array.from({ length: NODES }, (_, at) => `n${at + 1}`);
  await Promise.all(names.map((name, at) => keepUp(belongings, trial, name, at, endpoint)));
  const clients = names.map((_, at) => `${HOST}:${port + at * PORTS_A_NODE}`);
  say(
    `clients: createClient({ address: "${clients[0] ?? ""}" }), or ${clients.slice(1).join(", ")}`,
  );
  say(
    `operators: npm run cluster -- list --etcd ${endpoint}, and other verbs; Ctrl-C ends it all\n`,
  );
  const { signal } = new AbortController();
  await using operator = openOperator({
    etcd: { endpoints: [endpoint] },
    cluster: CLUSTER,
    signal,
  });
  for (let second = 1; !belongings.isReleased; second++) {
    await sleep(SECOND_MS);
    const { state } = operator;
    say(secondLine(second, storeRows(state), state.partitions.size, movesUnderWay(state)));
  }
}

/** Nodes wait for it, so nobody else has to. */
function startEtcd(belongings: Belongings, { dir, port, say }: Trial): string {
  const program = mustBe(programPath(ETCD), ETCD);
  const etcdPort = port + ETCD_OFFSET;
  const endpoint = `${HOST}:${etcdPort}`;
  mkdirSync(dir, { recursive: true });
  const directory = join(dir, ETCD);
  const place = { name: CLUSTER, directory, port: etcdPort, peerPort: etcdPort + 1 };
  const log = openSync(join(dir, "etcd.log"), "a");
  const child = belongings.keep(
    spawn(program, etcdFlags(place), { env: {}, stdio: ["ignore", log, log] }),
  );
  child.once("exit", (code, by) => {
    if (belongings.isReleased) return;
    say(`        etcd has ended with ${by ?? `code ${code ?? "unknown"}`}: see ${dir}/etcd.log`);
  });
  return endpoint;
}

/** Resolves when the node has started for the first time. */
async function keepUp(
  belongings: Belongings,
  trial: Trial,
  name: string,
  at: number,
  endpoint: string,
): Promise<void> {
  const { dir, environment, restart, say } = trial;
  const port = trial.port + at * PORTS_A_NODE;
  const flags = [
    ["--node-id", name],
    ["--cluster", CLUSTER],
    ["--etcd", endpoint],
    ["--admin-port", String(port + 1)],
    ["--peer-port", String(port + 2)],
    ["--log-level", "info"],
  ].flat();
  const node = await startClaimd(belongings, {
    ...{ dataDir: join(dir, name), grpcPort: port, environment, flags },
    logFile: join(dir, `${name}.log`),
  });
  const { pid, grpcAddress, adminAddress } = node;
  say(
    `${name}: PID ${pid}, gRPC ${grpcAddress}, metrics and health http://${adminAddress}/metrics`,
  );
  const isOver = (): boolean => belongings.isReleased;
  void node.ended.then(async () => {
    if (isOver()) return;
    const then = restart ? `it is started again in ${RESTART_AFTER_MS / 1000} s` : "it stays away";
    say(`        ${name} has ended; ${then}`);
    if (!restart) return;
    await sleep(RESTART_AFTER_MS);
    if (isOver()) return;
    await keepUp(belongings, trial, name, at, endpoint).catch((error: unknown) => {
      say(`        ${name} can't be started again: ${String(error)}`);
    });
  });
}
