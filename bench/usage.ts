/** The help text, made from the tables of verbs, options and scenarios. */
import { OPTION_NAMES, OPTIONS, type Option } from "./options.ts";
import { CLAIM_SCENARIO_NAMES, scenarioNamed } from "./scenarios/claim-scenarios.ts";
import { FILE_VERBS, MEASURING_VERBS, type MeasuringVerb } from "./verbs.ts";

const EXAMPLES = [
  ["npm run bench", "about a minute"],
  ["npm run bench -- claims --scenario zipf,hot-key --callers 64,256", ""],
  ["npm run bench -- latency --rate 10000,20000 --seconds 30", ""],
  ["npm run bench -- latency --scenario settle", "rates up to the knee"],
  ["npm run bench -- claims --address claimd.example:7600 --ca ca.pem --token $TOKEN", ""],
  ["npm run bench -- show bench/results/claims.json", ""],
] as const;

export function usage(): string {
  return [
    "npm run bench -- VERB [options]",
    "",
    ...Object.entries(MEASURING_VERBS).flatMap(([name, { summary }]) => wrapped(name, summary)),
    ...Object.entries(FILE_VERBS).flatMap(([name, { summary, files }]) =>
      wrapped(`${name} ${files}`, summary),
    ),
    "",
    "Without a verb: quick. Ctrl-C writes the result of what was finished.",
    "",
    ...OPTION_NAMES.flatMap(optionRows),
    row("--help", "this"),
    "",
    "Scenarios:",
    "",
    ...CLAIM_SCENARIO_NAMES.flatMap((name) => wrapped(name, scenarioNamed(name).title)),
    "",
    "Examples:",
    "",
    ...EXAMPLES.map(([line, note]) => `  ${line}${note === "" ? "" : `    # ${note}`}`),
  ].join("\n");
}

const NAME_WIDTH = 22;
const TEXT_WIDTH = 76;

function row(name: string, text: string): string {
  return `  ${name.padEnd(NAME_WIDTH)} ${text}`;
}

function wrapped(name: string, text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < TEXT_WIDTH) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.map((line, at) => row(at === 0 ? name : "", line));
}

/** The option, who takes it, and what it is when nothing is said. */
function optionRows(name: (typeof OPTION_NAMES)[number]): readonly string[] {
  const option: Option = OPTIONS[name];
  const verbs = Object.entries<MeasuringVerb>(MEASURING_VERBS).filter(([, { takes }]) =>
    takes.includes(name),
  );
  const defaults = verbs.flatMap(([verb, { defaults: given }]) => {
    const isAll =
      name === "stores" || name === "events" || (name === "scenario" && verb === "claims");
    const value = isAll ? "all" : given[name]?.toString();
    return value === undefined ? [] : [`${verb} ${value}`];
  });
  const note = defaults.length === 0 ? "" : ` (default: ${defaults.join("; ")})`;
  const isForAll = verbs.length === Object.keys(MEASURING_VERBS).length;
  const takenBy = isForAll ? "" : `${verbs.map(([verb]) => verb).join(", ")}: `;
  return wrapped(`--${name} ${valueOf(option)}`, `${takenBy}${option.help}${note}`);
}

function valueOf(option: Option): string {
  switch (option.takes) {
    case "numbers":
      return "LIST";
    case "number":
      return "N";
    default:
      return option.value ?? "";
  }
}
