/**
 * `npm run bench`: measures claimd and leaves a result file.
 *
 * Exit 0 when everything was measured and the store was right, 1 when not, 2 for wrong usage, 130
 * after Ctrl-C, which leaves the result of what was finished. Ends what it started.
 */
import { readFileSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { type BenchCommand, readArguments, UsageError } from "./arguments.ts";
import { type Findings, startBench } from "./benches.ts";
import { Interruption } from "./interruption.ts";
import type { BenchOptions } from "./options.ts";
import { pictureFiles, plotFile } from "./plots/plot-files.ts";
import { plottedFiles, withPictures } from "./plots/readme-pictures.ts";
import type { BenchRun } from "./scenarios/bench-run.ts";
import { Belongings, EXIT_CODES } from "./support/belongings.ts";
import { GENERATOR_FLAGS } from "./support/generator.ts";
import { describeMachine, revision } from "./support/machine.ts";
import { withTables } from "./support/readme-tables.ts";
import {
  type Report,
  type ReportHead,
  readReport,
  reportHead,
  type Skipped,
  writeReport,
} from "./support/report.ts";
import { reportText } from "./support/report-tables.ts";
import { usage } from "./usage.ts";

// From dist/, where this stands when it runs.
const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));
const README = fileURLToPath(new URL("../README.md", import.meta.url));

const MEMORY_FILE_SYSTEM = 0x01021994;

type MeasureCommand = Extract<BenchCommand, { options: unknown }>;

const say = (text: string): void => console.log(text);

/** The run, to its end or to Ctrl-C, and its report. */
async function measure(command: MeasureCommand, line: readonly string[]): Promise<Report> {
  const { options } = command;
  const interruption = new Interruption();
  const directory = options.dir ?? tmpdir();
  if (statfsSync(directory).type === MEMORY_FILE_SYSTEM) {
    say(`${directory} is in memory: nothing is durable there, choose a disk by --dir`);
  }
  const belongings = new Belongings(["SIGTERM"]);
  const environment = { UV_THREADPOOL_SIZE: "8", MALLOC_ARENA_MAX: "2", ...process.env };
  const run: BenchRun = { options, belongings, directory, environment, say };
  say("looking at the machine");
  const head = await headOf(options, line, directory);
  const skipped: Skipped[] = [];
  try {
    const bench = startBench(command.verb, run, skipped);
    const isInterrupted = await interruption.cuts(bench.finished);
    return reportOf(head, bench.findings, skipped, isInterrupted);
  } finally {
    await belongings.release();
  }
}

async function headOf(
  options: BenchOptions,
  line: readonly string[],
  directory: string,
): Promise<ReportHead> {
  const shown = line.map((word, at) => {
    if (line[at - 1] === "--token") return "TOKEN";
    return word.startsWith("--token=") ? "--token=TOKEN" : word;
  });
  return reportHead({
    command: ["npm run bench", ...(shown.length === 0 ? [] : ["--", ...shown])].join(" "),
    date: new Date().toISOString(),
    revision: revision(),
    machine: await describeMachine(directory),
    generatorFlags: GENERATOR_FLAGS,
    ...(options.address === undefined ? {} : { address: options.address }),
  });
}

function reportOf(
  head: ReportHead,
  findings: Findings,
  skipped: readonly Skipped[],
  isInterrupted: boolean,
): Report {
  const { kind, ...found } = findings;
  return {
    kind,
    ...head,
    ...(isInterrupted ? { interrupted: true } : {}),
    ...(skipped.length === 0 ? {} : { skipped }),
    ...found,
  } as Report;
}

async function main(line: readonly string[]): Promise<void> {
  const command = readArguments(line);
  switch (command.verb) {
    case "help":
      say(usage());
      return;
    case "show":
      for (const file of command.files) say(`${reportText(readReport(file))}\n`);
      return;
    case "plot":
      for (const file of command.files) for (const path of plotFile(file)) say(path);
      return;
    case "readme":
      writeReadme();
      return;
    default: {
      const report = await measure(command, line);
      const moment = report.date.slice(0, 19).replaceAll(":", "");
      const file = command.options.out ?? `${RESULTS}${report.kind}-${moment}.json`;
      writeReport(file, report);
      say(`\n${reportText(report)}\n\nwritten to ${file}`);
      for (const path of plotFile(file)) say(`drawn in ${path}`);
      // What was interrupted may have timers left; nothing waits for them.
      if (report.interrupted === true) process.exit(EXIT_CODES.SIGINT);
    }
  }
}

/** Its tables and its pictures, from the result files it names. */
function writeReadme(): void {
  const readme = readFileSync(README, "utf8");
  for (const file of plottedFiles(readme)) plotFile(RESULTS + file);
  const withText = withTables(readme, (file) => reportText(readReport(RESULTS + file)));
  const picturesOf = (file: string) => pictureFiles(file, readReport(RESULTS + file));
  writeFileSync(README, withPictures(withText, picturesOf));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\nnpm run bench -- --help says what there is`);
    process.exitCode = 2;
  } else {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
