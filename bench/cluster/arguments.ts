/**
 * The command line of `npm run cluster`, checked as a whole: every problem is told, nothing is
 * guessed.
 */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { UsageError } from "../arguments.ts";

/** Of the cluster for trying out: the first port of its first node. */
export const DEFAULT_PORT = 7610;
/** etcd's own ports come after those of three nodes. */
export const PORTS_A_NODE = 10;
export const NODES = 3;
export const ETCD_OFFSET = NODES * PORTS_A_NODE;
export const CLUSTER = "trial";
const ETCD_PORT = DEFAULT_PORT + ETCD_OFFSET;
const MOST_PORT = 65_535 - ETCD_OFFSET - 1;

export interface TrialOptions {
  /** Kept afterwards; undefined = a temporary folder. */
  readonly dir: string | undefined;
  readonly port: number;
  /** A node that has ended is started again. */
  readonly restart: boolean;
}

/** Which cluster is asked. */
export interface Asked {
  readonly etcd: readonly string[];
  /** PEM files; etcd is asked by TLS where there is an authority. */
  readonly files: {
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
  };
  readonly cluster: string;
  readonly json: boolean;
}

export type Verb =
  | { readonly verb: "list" }
  | { readonly verb: "drain" | "undrain"; readonly name: string }
  | { readonly verb: "move"; readonly partition: number; readonly stores: readonly string[] }
  | { readonly verb: "cancel" | "freeze" | "unfreeze"; readonly partition: number };

export type ClusterCommand =
  | { readonly verb: "help" }
  | ({ readonly verb: "start" } & TrialOptions)
  | (Verb & { readonly asked: Asked });

const OPTIONS = {
  dir: { type: "string" },
  port: { type: "string" },
  "no-restart": { type: "boolean" },
  etcd: { type: "string" },
  "etcd-ca": { type: "string" },
  "etcd-cert": { type: "string" },
  "etcd-key": { type: "string" },
  cluster: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsConfig["options"];
type OptionName = keyof typeof OPTIONS;

const START_OPTIONS: readonly OptionName[] = ["dir", "port", "no-restart"];
const ASKING_OPTIONS: readonly OptionName[] = [
  "etcd",
  "etcd-ca",
  "etcd-cert",
  "etcd-key",
  "cluster",
  "json",
];

export const USAGE = `npm run cluster -- [VERB] [options]

  start                       etcd and three nodes on loopback, for trying out; without a verb too
  list                        stores and partitions of a running cluster
  drain NODE                  the node's store is to hold nothing any more
  undrain NODE                it may again
  move PARTITION STORE…       to these stores, the first as its leader; those where it is make up
                              the number of replicas
  cancel PARTITION            it stays where it is
  freeze PARTITION            nobody moves it
  unfreeze PARTITION          it may be moved again

NODE and STORE: a node's name, a store's id, or at least 4 digits that an id begins with.

  --dir DIR                   start: data and logs, kept; default: a temporary folder
  --port N                    start: nodes listen on N, N+10 and N+20 (gRPC), each + 1 (metrics and
                              health) and + 2 (other nodes), etcd on N+30 and N+31;
                              default ${DEFAULT_PORT}
  --no-restart                start: a node that has ended stays away; else it is back after 15 s
  --etcd HOST:PORT,…          all others: default 127.0.0.1:${ETCD_PORT}, that of "start"
  --etcd-ca FILE              all others: who signs etcd's certificate: it is asked by TLS
  --etcd-cert FILE, --etcd-key FILE
                              all others: the certificate that is shown to etcd
  --cluster NAME              all others: default ${CLUSTER}, that of "start"
  --json                      list: for programs
  --help                      this`;

/** Throws UsageError. */
export function readArguments(line: readonly string[]): ClusterCommand {
  const { values, positionals } = parsed(line);
  const [verb = "start", ...rest] = positionals;
  if (values.help === true || verb === "help") return { verb: "help" };
  const problems: string[] = [];
  const takes = verb === "start" ? START_OPTIONS : ASKING_OPTIONS;
  for (const name of [...START_OPTIONS, ...ASKING_OPTIONS]) {
    if (values[name] === undefined) continue;
    const isTaken = takes.includes(name) && (name !== "json" || verb === "list");
    if (!isTaken) problems.push(`${verb} does not take --${name}`);
  }
  const command =
    verb === "start"
      ? started(values, rest, problems)
      : { ...asking(verb, rest, problems), asked: askedOf(values, problems) };
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return command;
}

type Values = ReturnType<typeof parsed>["values"];

function started(
  { dir, port = String(DEFAULT_PORT), "no-restart": stays = false }: Values,
  rest: readonly string[],
  problems: string[],
): ClusterCommand {
  noMore(rest, problems);
  const number = /^\d+$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > MOST_PORT) {
    problems.push(`--port: ${JSON.stringify(port)}, must be 1 to ${MOST_PORT}`);
  }
  if (dir === "") problems.push("--dir: must not be empty");
  return { verb: "start", dir, port: number, restart: !stays };
}

function askedOf(values: Values, problems: string[]): Asked {
  const { cluster = CLUSTER, json = false } = values;
  const etcd = (values.etcd ?? `127.0.0.1:${ETCD_PORT}`).split(",");
  for (const each of etcd) {
    if (!/^.+:\d{1,5}$/.test(each)) {
      problems.push(`--etcd: ${JSON.stringify(each)}, must be HOST:PORT, or several with commas`);
    }
  }
  if (cluster === "") problems.push("--cluster: must not be empty");
  const { "etcd-ca": ca, "etcd-cert": cert, "etcd-key": key } = values;
  if ((cert === undefined) !== (key === undefined)) {
    problems.push("--etcd-cert and --etcd-key: both or neither");
  }
  if (cert !== undefined && ca === undefined) problems.push("--etcd-cert needs --etcd-ca");
  return { etcd, files: { ca, cert, key }, cluster, json };
}

function asking(verb: string, rest: readonly string[], problems: string[]): Verb {
  const [first, ...others] = rest;
  switch (verb) {
    case "list":
      noMore(rest, problems);
      return { verb };
    case "drain":
    case "undrain":
      if (first === undefined) problems.push(`${verb}: which node?`);
      noMore(others, problems);
      return { verb, name: first ?? "" };
    case "move":
      if (others.length === 0) problems.push("move: which partition, and to which stores?");
      return { verb, partition: partitionOf(verb, first, problems), stores: others };
    case "cancel":
    case "freeze":
    case "unfreeze":
      noMore(others, problems);
      return { verb, partition: partitionOf(verb, first, problems) };
    default:
      throw new UsageError(`no such verb: ${verb}`);
  }
}

/** The bound is the cluster's, which names it. */
function partitionOf(verb: string, text: string | undefined, problems: string[]): number {
  if (text === undefined) problems.push(`${verb}: which partition?`);
  else if (!/^\d{1,6}$/.test(text)) {
    problems.push(`${verb}: partition: ${JSON.stringify(text)}, must be a whole number`);
  }
  return Number(text ?? 0);
}

function noMore(rest: readonly string[], problems: string[]): void {
  if (rest.length > 0) problems.push(`not understood: ${rest.join(" ")}`);
}

function parsed(line: readonly string[]) {
  try {
    return parseArgs({ args: [...line], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
