/** `npm run bench -- compare` as a user sees it, and what is left of it after Ctrl-C. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { describeWith } from "../../server/test/support/services.ts";
import { PEERS } from "../peers/peer-names.ts";
import { SERVICES } from "../peers/services.ts";
import { startBench, temporaryFolder } from "./support/started-program.ts";

/** The one that is hardest to end: a process for each connection, of another user's. */
const { postgres } = SERVICES;
const need = { what: postgres.program, met: () => postgres.version() !== undefined };

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
    const line = "compare --stores postgres --callers 8,16 --seconds 0.2 --keys 500";
    const bench = startBench(`${line} --dir ${stores}`);
    await bench.says("turn 2 of 5");
    expect(processesOn(stores).length).toBeGreaterThanOrEqual(2);
    bench.child.kill("SIGINT");
    await bench.ended;
    expect(bench.child.exitCode, bench.output()).toBe(130);
    expect(readdirSync(stores)).toEqual([]);
    expect(processesOn(stores)).toEqual([]);

    const report = bench.report("compare");
    expect(report.interrupted).toBe(true);
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
    expect(bench.output()).toContain(`| ${PEERS.postgres.title}`);
  });
});
