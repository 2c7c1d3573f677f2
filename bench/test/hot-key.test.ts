/** `bench hot-key` as a user runs it, with seconds instead of minutes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { readReport } from "../support/report.ts";
import { startProgram } from "./support/started-program.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const hasEtcd = spawnSync("etcd", ["--version"], { stdio: "ignore" }).status === 0;
const title = hasEtcd ? "bench hot-key" : "bench hot-key (skipped: etcd is not installed)";

describe.skipIf(!hasEtcd)(title, () => {
  it("shows who answers for the key in each way, and leaves nothing", async () => {
    const line = "hot-key --rate 600 --seconds 1.5 --turns 1 --out";
    const out = join(temporaryFolder(), "report.json");
    const program = startProgram("hot-key", [MAIN, ...line.split(" "), out]);
    await program.ended;
    expect(program.child.exitCode, program.output()).toBe(0);
    expect(readdirSync(program.folder)).toEqual([]);
    const report = readReport(out);
    if (report.kind !== "hot-key") throw new Error(report.kind);
    expect(report.skipped).toBeUndefined();
    expect(report.phases.map(({ hot }) => hot?.way)).toEqual([
      undefined,
      "leader",
      "nodes",
      "cache",
    ]);
    // Who answers how much is a result, and another one on a busy machine: that replicas and caches
    // do answer is in client/test/cluster.test.ts.
    const [alone, ...asked] = report.phases.map((phase) => ({
      byLeader: sum(phase.nodes.filter(({ leads }) => leads)),
      byOthers: sum(phase.nodes.filter(({ leads }) => !leads)),
      answered: phase.hot?.asked.claims ?? 0,
      failed: [phase.hot?.asked, phase.neighbours, phase.elsewhere].map(
        (each) => each?.unanswered ?? 0,
      ),
    }));
    expect(alone).toEqual({ byLeader: 0, byOthers: 0, answered: 0, failed: [0, 0, 0] });
    for (const { answered, failed } of asked) {
      expect(answered).toBeGreaterThan(0);
      expect(failed).toEqual([0, 0, 0]);
    }
    expect(asked[0]).toMatchObject({ byOthers: 0 });
    expect(Math.max(...asked.map(({ byLeader }) => byLeader))).toBeGreaterThan(0);
  }, 240_000);
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "claimd-hot-key-test-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

function sum(nodes: readonly { readonly hotAnswers: number }[]): number {
  return nodes.reduce((all, { hotAnswers }) => all + hotAnswers, 0);
}
