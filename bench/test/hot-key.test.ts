/** `bench hot-key` as a user runs it, with seconds instead of minutes. */
import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { ETCD_SERVER } from "../../server/test/support/etcd-cluster.ts";
import { describeWith } from "../../server/test/support/services.ts";
import { startBench } from "./support/started-program.ts";

describeWith("bench hot-key", [ETCD_SERVER], () => {
  it("shows who answers for the key in each way, and leaves nothing", async () => {
    const bench = startBench("hot-key --rate 600 --seconds 1.5 --turns 1");
    await bench.ended;
    expect(bench.child.exitCode, bench.output()).toBe(0);
    expect(readdirSync(bench.folder)).toEqual([]);
    const report = bench.report("hot-key");
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

function sum(nodes: readonly { readonly hotAnswers: number }[]): number {
  return nodes.reduce((all, { hotAnswers }) => all + hotAnswers, 0);
}
