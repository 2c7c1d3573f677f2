/**
 * `npm run bench`: measures claimd on this machine and leaves a result file.
 *
 * Exit 0 when everything was measured and the store was right, 1 when not, 2 for wrong usage. Ends
 * what it started, also on Ctrl-C.
 */
import { readFileSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { type BenchCommand, readArguments, USAGE, UsageError } from "./arguments.ts";
import type { BenchRun } from "./scenarios/bench-run.ts";
import { benchClaims } from "./scenarios/claims.ts";
import { benchCompare } from "./scenarios/compare.ts";
import { benchMemory } from "./scenarios/memory.ts";
import { Belongings } from "./support/belongings.ts";
import { describeMachine, revision } from "./support/machine.ts";
import { withTables } from "./support/readme-tables.ts";
import { REDIS_FLAGS, redisVersion } from "./support/redis-process.ts";
import { type Report, readReport, reportHead, writeReport } from "./support/report.ts";
import { reportText } from "./support/report-tables.ts";

// From dist/, where this stands when it runs.
const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));
const README = fileURLToPath(new URL("../README.md", import.meta.url));

const MEMORY_FILE_SYSTEM = 0x01021994;

type MeasureCommand = Extract<BenchCommand, { options: unknown }>;

async function measure(
  { verb, options }: MeasureCommand,
  line: readonly string[],
): Promise<Report | undefined> {
  const directory = options.dir ?? tmpdir();
  const say = (text: string): void => console.log(text);
  if (statfsSync(directory).type === MEMORY_FILE_SYSTEM) {
    say(`${directory} is in memory: nothing is durable there, choose a disk by --dir`);
  }
  const belongings = new Belongings();
  const environment = { UV_THREADPOOL_SIZE: "8", ...process.env };
  const run: BenchRun = { options, belongings, directory, environment, say };
  const given = {
    command: ["npm run bench", ...(line.length === 0 ? [] : ["--", ...line])].join(" "),
    date: new Date().toISOString(),
    revision: revision(),
    machine: await describeMachine(directory),
  };
  const head = reportHead(given);
  try {
    switch (verb) {
      case "claims": {
        const measurements = await benchClaims(run);
        return { kind: verb, ...head, measurements };
      }
      case "compare": {
        const version = redisVersion();
        if (version === undefined) {
          say("redis-server is not installed: nothing to compare with, skipped");
          return undefined;
        }
        const flags = REDIS_FLAGS.map((flag) => flag || "''").join(" ");
        const turns = await benchCompare(run);
        return { kind: verb, ...head, redis: { version, flags }, turns };
      }
      case "memory": {
        const result = await benchMemory(run);
        return { kind: verb, ...head, ...result };
      }
    }
  } finally {
    await belongings.release();
  }
}

async function main(line: readonly string[]): Promise<void> {
  const command = readArguments(line);
  switch (command.verb) {
    case "help":
      console.log(USAGE);
      return;
    case "show":
      for (const file of command.files) console.log(`${reportText(readReport(file))}\n`);
      return;
    case "readme": {
      const textOf = (file: string): string => reportText(readReport(RESULTS + file));
      writeFileSync(README, withTables(readFileSync(README, "utf8"), textOf));
      return;
    }
    default: {
      const report = await measure(command, line);
      if (report === undefined) return;
      const moment = report.date.slice(0, 19).replaceAll(":", "");
      const file = command.options.out ?? `${RESULTS}${report.kind}-${moment}.json`;
      writeReport(file, report);
      console.log(`\n${reportText(report)}\n\nwritten to ${file}`);
    }
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
