/** A program of the bench as a user starts it, ended with its test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export interface StartedProgram {
  readonly child: ChildProcess;
  /** Where its temporary folder is made. */
  readonly folder: string;
  /** When it and all who share its output are gone. */
  readonly ended: Promise<unknown>;
  output(): string;
}

export function startProgram(name: string, line: readonly string[]): StartedProgram {
  const folder = mkdtempSync(join(tmpdir(), `claimd-${name}-test-`));
  const child = spawn(process.execPath, line, {
    env: { ...process.env, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  onTestFinished(async () => {
    // Not SIGKILL: it has processes of its own to end.
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  return { child, folder, ended, output: () => output };
}
