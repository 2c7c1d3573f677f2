/**
 * Every option of the bench's command line, in one table: what it takes, its bounds, what it is.
 * Bounds: beyond them a mistake in typing is likelier than a wish.
 */
import { PEER_NAMES, type PeerName } from "./peers/peer-names.ts";
import { CLUSTER_EVENT_NAMES, type ClusterEventName } from "./support/availability-report.ts";
import { CLAIM_SCENARIO_NAMES, type ClaimScenarioName } from "./scenarios/claim-scenarios.ts";

export type Option =
  | {
      readonly takes: "numbers" | "number";
      readonly min: number;
      readonly max: number;
      readonly whole: boolean;
      readonly help: string;
    }
  | {
      readonly takes: "names" | "text" | "switch";
      readonly value?: string;
      readonly help: string;
    };

export const OPTIONS = {
  scenario: { takes: "names", value: "LIST", help: "what is asked for: see below" },
  stores: {
    takes: "names",
    value: "LIST",
    help: `whom claimd is compared with: ${PEER_NAMES.join(", ")}`,
  },
  events: {
    takes: "names",
    value: "LIST",
    help: `what happens to the cluster: ${CLUSTER_EVENT_NAMES.join(", ")}`,
  },
  "hand-overs": {
    takes: "number",
    min: 1,
    max: 10_000,
    whole: true,
    help: "how often a partition gets another leader, one after the other",
  },
  callers: {
    takes: "numbers",
    min: 1,
    max: 65_536,
    whole: true,
    help: "how many ask at the same time",
  },
  rate: {
    takes: "numbers",
    min: 1,
    max: 10_000_000,
    whole: false,
    help: "asks per second, due at even distances",
  },
  seconds: {
    takes: "number",
    min: 0.1,
    max: 86_400,
    whole: false,
    help: "how long each measurement takes",
  },
  minutes: {
    takes: "number",
    min: 0.05,
    max: 100_000,
    whole: false,
    help: "how long the load goes on",
  },
  share: {
    takes: "number",
    min: 0.01,
    max: 1,
    whole: false,
    help: "of the most claims per second, which is measured first; --rate says it instead",
  },
  drop: {
    takes: "number",
    min: 0,
    max: 1_000_000_000,
    whole: true,
    help: "how many keys are dropped while claims are made, which takes 6 minutes; 0 = none",
  },
  turns: {
    takes: "number",
    min: 1,
    max: 100,
    whole: true,
    help: "how often each store has its turn",
  },
  keys: { takes: "numbers", min: 1, max: 1_000_000_000, whole: true, help: "how many keys" },
  address: {
    takes: "text",
    value: "HOST:PORT",
    help: "an installation that is there: no server is started, its CPU is not known",
  },
  namespace: { takes: "text", value: "NAME", help: "of the claims, with --address" },
  token: { takes: "text", value: "TOKEN", help: "sent as a bearer token, with --ca or --tls" },
  ca: { takes: "text", value: "FILE", help: "TLS: PEM file of the authorities to trust" },
  tls: { takes: "switch", help: "TLS: trust the authorities that Node trusts" },
  dir: { takes: "text", value: "DIR", help: "where the stores keep their data" },
  out: { takes: "text", value: "FILE", help: "where the result goes" },
  profile: { takes: "text", value: "DIR", help: "node profiles server and generator: slower" },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof OPTIONS;
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** The options as they are used. A list is empty where nothing was said and no default is. */
export interface BenchOptions {
  readonly scenario: readonly ClaimScenarioName[];
  readonly stores: readonly PeerName[];
  readonly events: readonly ClusterEventName[];
  readonly "hand-overs": number;
  readonly callers: readonly number[];
  readonly rate: readonly number[];
  /** Of measuring, each; a second of rest and half a second of warm-up come before. */
  readonly seconds: number;
  readonly turns: number;
  readonly minutes: number;
  readonly share: number;
  readonly drop: number;
  readonly keys: readonly number[];
  /** Undefined = a server of our own is started. */
  readonly address: string | undefined;
  readonly namespace: string | undefined;
  readonly token: string | undefined;
  readonly ca: string | undefined;
  readonly tls: boolean;
  /** Where the stores' folders are made; undefined = the system's temporary one. */
  readonly dir: string | undefined;
  readonly out: string | undefined;
  /** Where node's own profiler leaves its files. */
  readonly profile: string | undefined;
}

type ListName = "callers" | "rate" | "keys";
type NumberName = "hand-overs" | "seconds" | "turns" | "minutes" | "share" | "drop";

export type RawOptions = Readonly<Partial<Record<OptionName, string | boolean>>>;

/** Typed and within their bounds; what is not is told in `problems`. */
export function readOptions(
  raw: RawOptions,
  defaults: Partial<BenchOptions>,
  problems: string[],
): BenchOptions {
  const numbers = (name: ListName): readonly number[] =>
    readNumbers(name, raw[name]?.toString(), problems) ?? defaults[name] ?? [];
  const number = (name: NumberName): number =>
    readNumbers(name, raw[name]?.toString(), problems)?.[0] ?? defaults[name] ?? 0;
  const text = (
    name: "address" | "namespace" | "token" | "ca" | "dir" | "out" | "profile",
  ): string | undefined => {
    if (raw[name] === "") problems.push(`--${name} is empty`);
    return raw[name]?.toString();
  };
  const names = <N extends string>(option: "scenario" | "stores" | "events", known: readonly N[]) =>
    readNames(option, known, raw[option]?.toString(), problems);
  return {
    scenario: names("scenario", CLAIM_SCENARIO_NAMES) ?? defaults.scenario ?? [],
    stores: names("stores", PEER_NAMES) ?? defaults.stores ?? [],
    events: names("events", CLUSTER_EVENT_NAMES) ?? defaults.events ?? [],
    "hand-overs": number("hand-overs"),
    callers: numbers("callers"),
    rate: numbers("rate"),
    seconds: number("seconds"),
    turns: number("turns"),
    minutes: number("minutes"),
    share: number("share"),
    drop: number("drop"),
    keys: numbers("keys"),
    address: text("address"),
    namespace: text("namespace"),
    token: text("token"),
    ca: text("ca"),
    tls: raw.tls === true,
    dir: text("dir"),
    out: text("out"),
    profile: text("profile"),
  };
}

function readNumbers(
  name: ListName | NumberName,
  given: string | undefined,
  problems: string[],
): readonly number[] | undefined {
  const { takes, min, max, whole }: Extract<Option, { min: number }> = OPTIONS[name];
  if (given === undefined) return undefined;
  const list = given.split(",").map((each) => (each.trim() === "" ? Number.NaN : Number(each)));
  if (list.length > 1 && takes === "number") problems.push(`--${name} takes one number: ${given}`);
  const fits = (each: number): boolean =>
    each >= min && each <= max && (!whole || Number.isInteger(each));
  if (!list.every(fits)) {
    const kind = whole ? "whole numbers" : "is";
    problems.push(`--${name} ${given}: needed ${kind} ${min} to ${max}`);
  }
  return list;
}

function readNames<N extends string>(
  option: OptionName,
  known: readonly N[],
  given: string | undefined,
  problems: string[],
): readonly N[] | undefined {
  return given?.split(",").flatMap((name) => {
    const found = known.find((each) => each === name);
    if (found === undefined) problems.push(`--${option} ${name}: there is no such one`);
    return found ?? [];
  });
}
