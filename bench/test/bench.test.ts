/** `npm run bench` as a user runs it: results, exit codes, Ctrl-C, and nothing left behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ClaimsReport, LatencyReport } from "../support/report.ts";

const program = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const BENCH = program("bench/dist/main.js");
const SERVER = program("server/dist/main.js");

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  output(): string;
  /** As the terminal does: to the program and to everything it has started. */
  pressCtrlC(): void;
}

function start(main: string, line: readonly string[], folder: string): Running {
  const child = spawn(process.execPath, [main, ...line], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  // Its children share its output: it closes when the last of them is gone.
  const ended = once(child, "close");
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await ended;
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  return {
    child,
    ended,
    output: () => output,
    pressCtrlC: () => process.kill(-(child.pid ?? Number.NaN), "SIGINT"),
  };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "claimd-bench-test-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

function startBench(line: string) {
  const folder = temporaryFolder();
  const out = join(temporaryFolder(), "result.json");
  const running = start(BENCH, [...line.split(" "), "--out", out], folder);
  return {
    ...running,
    out,
    leftBehind: () => readdirSync(folder),
    report: () => JSON.parse(readFileSync(out, "utf8")) as ClaimsReport | LatencyReport,
  };
}

async function until(running: Running, text: string | RegExp): Promise<void> {
  while (running.output().search(text) < 0) {
    await sleep(20);
    expect(running.child.exitCode, running.output()).toBeNull();
  }
}

/** An installation that is there before the bench, with namespaces of its own. */
async function startInstallation(namespaces: readonly object[]): Promise<string> {
  const folder = temporaryFolder();
  const file = join(folder, "namespaces.json");
  writeFileSync(file, JSON.stringify(namespaces));
  const ports = ["--grpc-port", "0", "--admin-port", "0"];
  const line = [...ports, "--data-dir", join(folder, "data"), "--namespaces", file];
  const server = start(SERVER, [...line, "--log-level", "error"], folder);
  await until(server, '"ready"');
  const [, address = ""] = /"grpc":"([^"]+)"/.exec(server.output()) ?? [];
  return address;
}

describe("npm run bench", () => {
  it("measures closed loops of several scenarios and leaves nothing but the result", async () => {
    const bench = startBench(
      "claims --scenario unique,settle,mixed,wait,batch-10,unary,tls --callers 8 --seconds 0.2",
    );
    await bench.ended;
    expect(bench.child.exitCode, bench.output()).toBe(0);
    const { kind, measurements, skipped = [], interrupted } = bench.report();
    expect(kind).toBe("claims");
    expect(interrupted).toBeUndefined();
    expect([
      ...measurements.map(({ scenario }) => scenario),
      ...skipped.map(({ what }) => what),
    ]).toEqual(["unique", "settle", "mixed", "wait", "batch-10", "unary", "tls"]);
    for (const { loop, claims, keysChecked, percentiles, latency } of measurements) {
      expect(loop).toBe("closed");
      expect(claims).toBeGreaterThan(0);
      expect(keysChecked).toBeGreaterThan(0);
      expect(percentiles.at(-1)).toEqual([100, latency.maxMs]);
    }
    expect(bench.leftBehind()).toEqual([]);
  });

  it("measures an open loop at a given rate, on an installation that is there", async () => {
    const address = await startInstallation([{ name: "there" }]);
    const bench = startBench(
      `latency --rate 200 --seconds 0.5 --address ${address} --namespace there`,
    );
    await bench.ended;
    expect(bench.child.exitCode, bench.output()).toBe(0);
    const report = bench.report();
    expect(report.address).toBe(address);
    const [measured] = report.measurements;
    expect(measured).toMatchObject({
      loop: "open",
      scenario: "unique",
      offeredPerSecond: 200,
      unanswered: 0,
    });
    expect(measured?.serverCpuMicrosPerClaim).toBeUndefined();
    expect(bench.leftBehind()).toEqual([]);
  });

  it("fails on a store that tells two callers that they are the first", async () => {
    // Shadow mode grants everything: exactly what must not be called a result.
    const address = await startInstallation([{ name: "shadow", observe: true }]);
    const line = `claims --scenario duplicates-50 --callers 8 --seconds 0.2 --address ${address}`;
    const bench = startBench(`${line} --namespace shadow`);
    await bench.ended;
    expect(bench.child.exitCode, bench.output()).toBe(1);
    expect(bench.output()).toMatch(/the store is wrong: of \d+ keys 0 have no winner and [1-9]/);
    expect(existsSync(bench.out)).toBe(false);
  });

  it("leaves the result of what was finished when it is interrupted", async () => {
    const bench = startBench("claims --scenario unique --callers 4,8 --seconds 2");
    await until(bench, /unique .* 4 callers/);
    bench.pressCtrlC();
    await bench.ended;
    expect(bench.child.exitCode, bench.output()).toBe(130);
    const { interrupted, measurements } = bench.report();
    expect(interrupted).toBe(true);
    expect(measurements.map((each) => each.loop === "closed" && each.callers)).toEqual([4]);
    expect(bench.output()).toContain("Interrupted");
    expect(bench.leftBehind()).toEqual([]);
  });

  it("leaves a result also when nothing was finished, and bears impatience", async () => {
    const bench = startBench("claims --scenario unique --callers 4 --seconds 60");
    const other = startBench("claims --scenario unique --callers 4 --seconds 60");
    // Takes a second, in which nothing has been measured.
    await Promise.all([bench, other].map((each) => until(each, "looking at the machine")));
    bench.pressCtrlC();
    while (other.child.exitCode === null) {
      other.pressCtrlC();
      await sleep(250);
    }
    await Promise.all([bench.ended, other.ended]);
    expect(bench.child.exitCode, bench.output()).toBe(130);
    expect(bench.report()).toMatchObject({ interrupted: true, measurements: [] });
    expect(other.child.exitCode, other.output()).toBe(130);
    expect(bench.leftBehind()).toEqual([]);
    expect(other.leftBehind()).toEqual([]);
  });

  it("refuses what it doesn't understand with another exit code", async () => {
    const bench = startBench("claims --turns 3");
    await bench.ended;
    expect(bench.child.exitCode).toBe(2);
    expect(bench.output()).toContain("claims does not take --turns");
  });
});
