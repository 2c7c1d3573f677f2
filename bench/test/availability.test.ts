/** `bench availability` as a user runs it, with two hand-overs instead of everything. */
import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { ETCD_SERVER } from "../../server/test/support/etcd-cluster.ts";
import { describeWith } from "../../server/test/support/services.ts";
import { startBench } from "./support/started-program.ts";

describeWith("bench availability", [ETCD_SERVER], () => {
  it("moves leaders under load, tells the slowest claim of each, and leaves nothing", async () => {
    const bench = startBench("availability --events hand-over,moves --hand-overs 2 --rate 200");
    await bench.ended;
    expect(bench.child.exitCode, bench.output()).toBe(0);
    expect(readdirSync(bench.folder)).toEqual([]);
    const { episodes } = bench.report("availability");
    expect(episodes.map(({ event }) => event)).toEqual(["hand-over", "hand-over", "moves"]);
    for (const { tookSeconds, asked } of episodes) {
      expect(tookSeconds).toBeGreaterThan(0);
      expect(asked.claims).toBeGreaterThan(0);
      expect(asked.unanswered).toBe(0);
    }
    expect(bench.output()).toContain("60 partitions get another leader at once");
  }, 240_000);
});
