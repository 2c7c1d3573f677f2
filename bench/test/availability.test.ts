/** `bench availability` as a user runs it, with two hand-overs instead of everything. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startBench } from "./support/started-program.ts";

const hasEtcd = spawnSync("etcd", ["--version"], { stdio: "ignore" }).status === 0;
const title = hasEtcd ? "bench availability" : "bench availability (skipped: no etcd is installed)";

describe.skipIf(!hasEtcd)(title, () => {
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
