import { afterEach, describe, expect, it } from "vitest";
import { seededRandom, testSeed } from "../test/support/seed.ts";
import { NO_MISBEHAVIOUR } from "./memory-coordinator-misbehaviour.ts";
import { ClusterRun } from "./test/cluster-run.ts";
import { REFRESH_MS } from "./watched-keys.ts";

const PATIENT_MS = 120_000;
let run: ClusterRun;

afterEach(async () => {
  await run[Symbol.asyncDispose]();
  expect(run.errors).toEqual([]);
});

describe("Controllers", () => {
  it(
    "promote all of a dead leader's partitions within 2 s, 256 of them",
    async () => {
      run = await ClusterRun.founded("a", "b", "c");
      await run.leadAllBy("a");
      run.latencyMs = 300;
      await run.pass(1000);
      await run.stop("a");
      await run.pass(2000);
      expect(run.led("a")).toBe(0);
      for (const { epoch, inSync } of run.records) {
        expect(epoch).toBe(3);
        expect(inSync.map(({ store }) => store).sort()).toEqual(["b", "c"]);
      }
    },
    PATIENT_MS,
  );

  it(
    "promote although a watch has missed that the leader is gone, after a full read",
    async () => {
      run = await ClusterRun.founded("a", "b", "c");
      await run.pass(1000);
      run.world.script.changes.push("missed", "missed", "missed");
      await run.stop("a");
      await run.pass(32_000);
      expect(run.led("a")).toBe(0);
    },
    PATIENT_MS,
  );

  it(
    "promote in time although a watch has missed what the records are now",
    async () => {
      run = await ClusterRun.founded("a", "b", "c");
      await run.leadAllBy("a");
      await run.pass(1000);
      run.world.script.changes.push(...new Array<"missed">(2000).fill("missed"));
      await run.leadAllBy("a");
      run.world.script.changes.length = 0;
      await run.stop("a");
      await run.world.time.pass(2000);
      await run.view.refresh();
      expect(run.led("a")).toBe(0);
    },
    PATIENT_MS,
  );

  it(
    "promote nobody before they know who is there",
    async () => {
      run = new ClusterRun();
      await run.start("a", "b", "c");
      await run.found();
      run.unlisted = run.world.keys.nodes;
      run.control("a");
      const { revision } = run.world.state;
      await run.pass(5000);
      run.unlisted = "";
      await run.pass(5000);
      expect(run.world.state.revision).toBe(revision);
    },
    PATIENT_MS,
  );

  it(
    "promote nobody while etcd is away, and go on when it is back",
    async () => {
      run = await ClusterRun.founded("a", "b", "c");
      await run.stop("a");
      run.world.script.isOut = true;
      await run.pass(40_000);
      run.world.script.isOut = false;
      await run.pass(3000);
      expect(run.led("a")).toBe(0);
    },
    PATIENT_MS,
  );
});

describe("Controllers of an etcd that misbehaves", () => {
  const seed = testSeed();
  const FAULTS = {
    ...NO_MISBEHAVIOUR,
    ...{ outage: 0.05, lost: 0.1, unanswered: 0.1, delayed: 0.1, mostDelayMs: 3000 },
    ...{ stale: 0.2, mostLag: 100, missedChange: 0.1, delayedChange: 0.1 },
  };

  it(
    `bring a cluster through a founding, a death and a join (seed ${seed})`,
    async () => {
      const random = seededRandom(seed);
      run = new ClusterRun({}, () => random.next());
      const well = async (change: () => Promise<void>): Promise<void> => {
        run.rates = NO_MISBEHAVIOUR;
        await change();
        run.rates = FAULTS;
      };
      await well(() => run.start("a", "b", "c"));
      await run.found();
      run.control("a", "b", "c");
      await run.pass(10_000);
      await well(() => run.stop("a"));
      await run.pass(20_000);
      await well(() => run.start("a", "d"));
      await run.pass(60_000);
      run.rates = NO_MISBEHAVIOUR;
      // What was missed before is known after a full read.
      await run.pass(REFRESH_MS);
      await run.rest();
      run.expectSettled(["a", "b", "c", "d"]);
      expect(run.fewestInSync).toBeGreaterThanOrEqual(2);
      // Who reads what was there before all started finds nobody there.
      const others = run.errors.splice(0).filter((each) => !each.startsWith("nobody in sync"));
      expect(others).toEqual([]);
    },
    PATIENT_MS,
  );
});
