/**
 * The command line of the bench, checked as a whole: every problem is told, nothing is guessed.
 */
import { parseArgs, type ParseArgsConfig } from "node:util";
import {
  type BenchOptions,
  OPTION_NAMES,
  OPTIONS,
  type RawOptions,
  readOptions,
} from "./options.ts";
import { fitsClient } from "./scenarios/claim-scenarios.ts";
import {
  FILE_VERBS,
  type FileVerbName,
  MEASURING_VERBS,
  type MeasuringVerb,
  type MeasuringVerbName,
} from "./verbs.ts";

export type { BenchOptions } from "./options.ts";

export type BenchCommand =
  | { readonly verb: MeasuringVerbName; readonly options: BenchOptions }
  | { readonly verb: FileVerbName; readonly files: readonly string[] }
  | { readonly verb: "help" };

export class UsageError extends Error {}

export function readArguments(line: readonly string[]): BenchCommand {
  const { values, positionals } = parsed(line);
  const { help, ...raw } = values;
  const [verb = "quick", ...rest] = positionals;
  if (help === true || verb === "help") return { verb: "help" };
  if (isFileVerb(verb)) {
    const problems = Object.keys(raw).map((name) => `${verb} does not take --${name}`);
    const takesFiles = FILE_VERBS[verb].files !== "";
    if (takesFiles && rest.length === 0) problems.push(`${verb}: which result files?`);
    if (!takesFiles && rest.length > 0) problems.push(`not understood: ${rest.join(" ")}`);
    refuse(problems);
    return { verb, files: rest };
  }
  if (!isMeasuringVerb(verb)) throw new UsageError(`no such bench: ${verb}`);
  const { takes, defaults }: MeasuringVerb = MEASURING_VERBS[verb];
  const problems = OPTION_NAMES.filter((name) => raw[name] !== undefined)
    .filter((name) => !takes.includes(name))
    .map((name) => `${verb} does not take --${name}`);
  if (rest.length > 0) problems.push(`not understood: ${rest.join(" ")}`);
  const options = readOptions(raw, defaults, problems);
  problems.push(...contradictions(options));
  if (raw.scenario !== undefined) problems.push(...tooManyCallers(options));
  if (verb === "compare" && options.keys.length > 1) {
    problems.push("compare takes one number of keys: every store holds as many");
  }
  if (verb === "latency" && options.callers.length > 1) {
    problems.push("latency takes one number of callers: they only find the maximum");
  }
  refuse(problems);
  return { verb, options };
}

function isFileVerb(verb: string): verb is FileVerbName {
  return Object.hasOwn(FILE_VERBS, verb);
}

function isMeasuringVerb(verb: string): verb is MeasuringVerbName {
  return Object.hasOwn(MEASURING_VERBS, verb);
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
}

/** What each option allows and all of them together do not. */
function contradictions(options: BenchOptions): readonly string[] {
  const { address, namespace, token, ca, tls, dir, profile } = options;
  const problems: string[] = [];
  if (address === undefined) {
    for (const [name, given] of Object.entries({ namespace, token, ca, tls })) {
      if (given !== undefined && given !== false) problems.push(`--${name} needs --address`);
    }
  } else {
    for (const [name, given] of Object.entries({ dir, profile })) {
      if (given !== undefined) problems.push(`--${name} is for a server of our own`);
    }
  }
  if (ca !== undefined && tls) problems.push("--ca and --tls: one of both");
  if (token !== undefined && ca === undefined && !tls) {
    problems.push("--token needs --ca or --tls: nobody sends a token in the clear");
  }
  return problems;
}

/** Of scenarios that were named; those nobody named are measured as far as they go. */
function tooManyCallers({ scenario, callers }: BenchOptions): readonly string[] {
  return scenario.flatMap((name) =>
    callers
      .filter((each) => !fitsClient(name, each))
      .map((each) => `--callers ${each}: ${name} would ask for more at once than a client queues`),
  );
}

function parsed(line: readonly string[]): {
  readonly values: RawOptions & { readonly help?: boolean };
  readonly positionals: readonly string[];
} {
  const options: NonNullable<ParseArgsConfig["options"]> = {
    help: { type: "boolean", short: "h" },
  };
  for (const name of OPTION_NAMES) {
    options[name] = { type: OPTIONS[name].takes === "switch" ? "boolean" : "string" };
  }
  try {
    const { values, positionals } = parseArgs({ args: [...line], allowPositionals: true, options });
    return { values, positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
