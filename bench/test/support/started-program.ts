/** Programs of the bench as a user starts them, ended with their test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import { type Report, readReport } from "../../support/report.ts";

export interface StartedProgram {
  readonly child: ChildProcess;
  /** Where its temporary folders are made. */
  readonly folder: string;
  /** When it and all who share its output are gone. */
  readonly ended: Promise<unknown>;
  output(): string;
  /** Resolves when it has said so; fails when it ends before. */
  says(text: string | RegExp): Promise<void>;
  /** As the terminal does: to the program and to everything it has started. */
  pressCtrlC(): void;
}

const BENCH = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** Removed with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "claimd-bench-test-"));
  // Some of the stores run as another user.
  chmodSync(folder, 0o755);
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export function startProgram(line: readonly string[]): StartedProgram {
  const folder = temporaryFolder();
  const child = spawn(process.execPath, line, {
    env: { ...process.env, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const ended = once(child, "close");
  onTestFinished(async () => {
    // Not SIGKILL: it has processes of its own to end.
    child.kill("SIGTERM");
    await ended;
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  return {
    ...{ child, folder, ended, output: () => output },
    says: async (text) => {
      while (output.search(text) < 0) {
        expect(child.exitCode, output).toBeNull();
        await sleep(20);
      }
    },
    pressCtrlC: () => {
      process.kill(-(child.pid ?? Number.NaN), "SIGINT");
    },
  };
}

/** `npm run bench -- <line> --out <out>`. */
export function startBench(line: string) {
  const out = join(temporaryFolder(), "report.json");
  const program = startProgram([BENCH, ...line.split(" "), "--out", out]);
  const report = <K extends Report["kind"]>(kind: K): Extract<Report, { kind: K }> => {
    const found = readReport(out);
    if (found.kind !== kind) throw new Error(`a report of ${found.kind}, not of ${kind}`);
    return found as Extract<Report, { kind: K }>;
  };
  return { ...program, out, report };
}
