/**
 * The command line of the bench, checked as a whole: every problem is told, nothing is guessed.
 */
import { parseArgs } from "node:util";
import {
  CLAIM_SCENARIO_NAMES,
  CLAIM_SCENARIOS,
  type ClaimScenarioName,
} from "./scenarios/claim-scenarios.ts";

export interface BenchOptions {
  readonly scenarios: readonly ClaimScenarioName[];
  readonly callers: readonly number[];
  /** Of measuring, each; a second of rest and half a second of warm-up come before. */
  readonly seconds: number;
  readonly turns: number;
  readonly keys: number;
  /** Where the stores' folders are made; undefined = the system's temporary one. */
  readonly dir: string | undefined;
  readonly out: string | undefined;
  /** Where node's own profiler leaves its files. */
  readonly profile: string | undefined;
}

export type BenchCommand =
  | { readonly verb: "claims" | "compare" | "memory"; readonly options: BenchOptions }
  | { readonly verb: "show"; readonly files: readonly string[] }
  | { readonly verb: "readme" }
  | { readonly verb: "help" };

export class UsageError extends Error {}

const MEASURES = ["claims", "compare", "memory"] as const;

/** Bounds: beyond them a mistake in typing is likelier than a wish. */
const NUMBERS = {
  callers: { default: [1, 64, 256, 1024], min: 1, max: 65_536 },
  seconds: { default: [5], min: 0.1, max: 3600 },
  turns: { default: [3], min: 1, max: 100 },
  keys: { default: [1_000_000], min: 1, max: 1_000_000_000 },
} as const;

const usual = (name: keyof typeof NUMBERS): string => `(default ${NUMBERS[name].default.join()})`;
const scenarioLines = CLAIM_SCENARIO_NAMES.map(
  (name) => `                       ${name}: ${CLAIM_SCENARIOS[name].title}`,
);

export const USAGE = [
  "npm run bench                    unique keys and duplicates, about a minute",
  "npm run bench -- compare         the same work on Redis, in turns; needs redis-server",
  "npm run bench -- memory          memory and disk of many keys",
  "npm run bench -- show FILE ...   the tables of results",
  "npm run bench -- readme          writes the tables of bench/README.md from its result files",
  "",
  `  --callers LIST     how many ask at the same time ${usual("callers")}`,
  `  --seconds N        how long each measurement takes ${usual("seconds")}`,
  `  --scenario LIST    claims: ${CLAIM_SCENARIO_NAMES.join(" or ")} (default both)`,
  ...scenarioLines,
  `  --turns N          compare: how often each store has its turn ${usual("turns")}`,
  `  --keys N           memory: how many keys ${usual("keys")}`,
  "  --dir DIR          where the stores keep their data (default: the system's temporary folder)",
  "  --out FILE         where the result goes (default: a new file in bench/results)",
  "  --profile DIR      node profiles server and generator: to be read, the numbers are slower",
  "  --help             this",
].join("\n");

export function readArguments(line: readonly string[]): BenchCommand {
  const { values, positionals } = parsed(line);
  const [verb = "claims", ...rest] = positionals;
  if (values.help === true || verb === "help") return { verb: "help" };
  if (verb === "show") {
    if (rest.length === 0) throw new UsageError("show: which result files?");
    return { verb, files: rest };
  }
  if (rest.length > 0) throw new UsageError(`not understood: ${rest.join(" ")}`);
  if (verb === "readme") return { verb };
  const measure = MEASURES.find((each) => each === verb);
  if (measure === undefined) throw new UsageError(`no such bench: ${verb}`);
  const problems: string[] = [];
  const number = (name: keyof typeof NUMBERS): readonly number[] =>
    numbers(name, values[name], problems);
  const [seconds = 0] = number("seconds");
  const [turns = 0] = number("turns");
  const [keys = 0] = number("keys");
  const options = {
    scenarios: scenarios(values.scenario, problems),
    callers: number("callers"),
    seconds,
    turns,
    keys,
    dir: values.dir,
    out: values.out,
    profile: values.profile,
  };
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return { verb: measure, options };
}

function parsed(line: readonly string[]) {
  try {
    return parseArgs({
      args: [...line],
      allowPositionals: true,
      options: {
        callers: { type: "string" },
        seconds: { type: "string" },
        scenario: { type: "string" },
        turns: { type: "string" },
        keys: { type: "string" },
        dir: { type: "string" },
        out: { type: "string" },
        profile: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function numbers(
  name: keyof typeof NUMBERS,
  given: string | undefined,
  problems: string[],
): readonly number[] {
  const { default: usual, min, max } = NUMBERS[name];
  if (given === undefined) return usual;
  const list = given.split(",").map((each) => (each.trim() === "" ? Number.NaN : Number(each)));
  if (list.length > 1 && name !== "callers") problems.push(`--${name} takes one number: ${given}`);
  const whole = name !== "seconds";
  for (const each of list) {
    if (each >= min && each <= max && (!whole || Number.isInteger(each))) continue;
    problems.push(`--${name} ${given}: needed ${whole ? "whole numbers" : "is"} ${min} to ${max}`);
  }
  return list;
}

function scenarios(given: string | undefined, problems: string[]): readonly ClaimScenarioName[] {
  if (given === undefined) return CLAIM_SCENARIO_NAMES;
  return given.split(",").flatMap((name) => {
    const found = CLAIM_SCENARIO_NAMES.find((each) => each === name);
    if (found === undefined) problems.push(`--scenario ${name}: no such scenario`);
    return found ?? [];
  });
}
