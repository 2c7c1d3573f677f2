/** `npm run bench -- compare` as a user sees it, and what is left of it after Ctrl-C. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { describeWith } from "../../server/test/support/services.ts";
import { PEERS } from "../peers/peer-names.ts";
import { SERVICES } from "../peers/services.ts";
import type { CompareReport } from "../support/compare-report.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
/** The one that is hardest to end: a process for each connection, of another user's. */
const { postgres } = SERVICES;
const need = { what: postgres.program, met: () => postgres.version() !== undefined };

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "claimd-compare-test-"));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Command lines of all processes that name the folder. */
function processesOn(folder: string): readonly string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return line.includes(folder) ? [line] : [];
    } catch {
      return [];
    }
  });
}

describeWith("bench compare", [need], () => {
  it("leaves the finished turns and nothing else when it is interrupted", async () => {
    const stores = temporaryFolder();
    const out = join(temporaryFolder(), "result.json");
    const flags = [
      "--stores",
      "postgres",
      "--callers",
      "8,16",
      "--seconds",
      "0.2",
      "--keys",
      "500",
    ];
    const child = spawn(
      process.execPath,
      [MAIN, "compare", ...flags, "--dir", stores, "--out", out],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const ended = once(child, "close");
    onTestFinished(async () => {
      child.kill("SIGTERM");
      await ended;
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    while (!output.includes("turn 2 of 5")) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(child.exitCode, output).toBeNull();
    }
    expect(processesOn(stores).length).toBeGreaterThanOrEqual(2);
    child.kill("SIGINT");
    await ended;
    expect(child.exitCode, output).toBe(130);
    expect(readdirSync(stores)).toEqual([]);
    expect(processesOn(stores)).toEqual([]);

    const report = JSON.parse(readFileSync(out, "utf8")) as CompareReport;
    expect(report).toMatchObject({ kind: "compare", interrupted: true });
    expect(report.services).toMatchObject([
      { service: "claimd", keysBefore: 500 },
      { service: "postgres", keysBefore: 500, version: postgres.version() },
    ]);
    const measured = report.turns.map(({ turn, store, measurements }) => ({
      turn,
      store,
      callers: measurements.map(({ callers }) => callers),
    }));
    expect(measured).toEqual([
      { turn: 1, store: "claimd", callers: [8, 16] },
      { turn: 1, store: "postgres", callers: [8, 16] },
    ]);
    expect(output).toContain(`| ${PEERS.postgres.title}`);
  });
});
