/** `npm run bench` as a user runs it: results, exit codes, Ctrl-C, and nothing left behind. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startBench, startProgram, temporaryFolder } from "./support/started-program.ts";

const SERVER = fileURLToPath(new URL("../../server/dist/main.js", import.meta.url));

/** An installation that is there before the bench, with namespaces of its own. */
async function startInstallation(namespaces: readonly object[]): Promise<string> {
  const folder = temporaryFolder();
  const file = join(folder, "namespaces.json");
  writeFileSync(file, JSON.stringify(namespaces));
  const ports = ["--grpc-port", "0", "--admin-port", "0"];
  const line = [...ports, "--data-dir", join(folder, "data"), "--namespaces", file];
  const server = startProgram([SERVER, ...line, "--log-level", "error"]);
  await server.says('"ready"');
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
    const { measurements, skipped = [], interrupted } = bench.report("claims");
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
    expect(readdirSync(bench.folder)).toEqual([]);
  });

  it("measures an open loop at a given rate, on an installation that is there", async () => {
    const address = await startInstallation([{ name: "there" }]);
    const bench = startBench(
      `latency --rate 200 --seconds 0.5 --address ${address} --namespace there`,
    );
    await bench.ended;
    expect(bench.child.exitCode, bench.output()).toBe(0);
    const report = bench.report("latency");
    expect(report.address).toBe(address);
    const [measured] = report.measurements;
    expect(measured).toMatchObject({
      loop: "open",
      scenario: "unique",
      offeredPerSecond: 200,
      unanswered: 0,
    });
    expect(measured?.serverCpuMicrosPerClaim).toBeUndefined();
    expect(readdirSync(bench.folder)).toEqual([]);
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
    await bench.says(/unique .* 4 callers/);
    bench.pressCtrlC();
    await bench.ended;
    expect(bench.child.exitCode, bench.output()).toBe(130);
    const { interrupted, measurements } = bench.report("claims");
    expect(interrupted).toBe(true);
    expect(measurements.map((each) => each.loop === "closed" && each.callers)).toEqual([4]);
    expect(bench.output()).toContain("Interrupted");
    expect(readdirSync(bench.folder)).toEqual([]);
  });

  it("leaves a result also when nothing was finished, and bears impatience", async () => {
    const bench = startBench("claims --scenario unique --callers 4 --seconds 60");
    const other = startBench("claims --scenario unique --callers 4 --seconds 60");
    // Takes a second, in which nothing has been measured.
    await Promise.all([bench, other].map((each) => each.says("looking at the machine")));
    bench.pressCtrlC();
    while (other.child.exitCode === null) {
      other.pressCtrlC();
      await sleep(250);
    }
    await Promise.all([bench.ended, other.ended]);
    expect(bench.child.exitCode, bench.output()).toBe(130);
    expect(bench.report("claims")).toMatchObject({ interrupted: true, measurements: [] });
    expect(other.child.exitCode, other.output()).toBe(130);
    expect(readdirSync(bench.folder)).toEqual([]);
    expect(readdirSync(other.folder)).toEqual([]);
  });

  it("refuses what it doesn't understand with another exit code", async () => {
    const bench = startBench("claims --turns 3");
    await bench.ended;
    expect(bench.child.exitCode).toBe(2);
    expect(bench.output()).toContain("claims does not take --turns");
  });
});
