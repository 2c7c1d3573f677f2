import { afterEach, describe, expect, it } from "vitest";
import { DEFAULT_RULES } from "./controller.ts";
import { cancelled } from "./controller-goal.ts";
import type { PartitionRecord } from "./partition-record.ts";
import { encodePartitionRecord } from "./partition-record-format.ts";
import { ClusterRun, holds } from "./test/cluster-run.ts";

const PATIENT_MS = 120_000;
let run: ClusterRun;

afterEach(async () => {
  await run[Symbol.asyncDispose]();
  expect(run.errors).toEqual([]);
});

describe("Controllers", () => {
  it(
    "bring back who was away for a while, and give it its share of leaders again",
    async () => {
      run = await ClusterRun.founded("a", "b", "c");
      await run.stop("a");
      await run.pass(60_000);
      expect(run.led("a")).toBe(0);
      await run.start("a");
      await run.rest();
      run.expectSettled(["a", "b", "c"]);
      expect(run.led("a")).toBeGreaterThan(60);
    },
    PATIENT_MS,
  );

  it(
    "give a new store its share, so many at a time, and take nothing from anybody else",
    async () => {
      run = await ClusterRun.founded("a", "b", "c");
      const before = run.records;
      await run.start("d");
      await run.rest();
      run.expectSettled(["a", "b", "c", "d"]);
      for (const [partition, record] of run.records.entries()) {
        const others = record.replicas.filter(({ store }) => store !== "d");
        const had = before[partition];
        for (const { store } of others) expect(had && holds(had, store)).toBe(true);
      }
      expect(run.mostLearners).toBe(DEFAULT_RULES.learners);
      expect(run.fewestInSync).toBe(3);
      expect(run.led("d")).toBeGreaterThan(50);
    },
    PATIENT_MS,
  );

  it(
    "empty a store that is drained, and leave it empty",
    async () => {
      run = await ClusterRun.founded("a", "b", "c", "d");
      await run.world.putStore("d", { draining: true });
      await run.rest();
      run.expectSettled(["a", "b", "c"]);
      expect(run.fewestInSync).toBe(3);
      await run.world.putStore("d", { draining: false });
      await run.rest();
      run.expectSettled(["a", "b", "c", "d"]);
    },
    PATIENT_MS,
  );

  it(
    "leave a partition of a drained store where it is while it is frozen",
    async () => {
      run = await ClusterRun.founded("a", "b", "c", "d");
      const partition = run.records.findIndex((record) => record.leader === "d");
      const frozen = { ...(run.records[partition] as PartitionRecord), frozen: true, nonce: "op" };
      const key = run.world.keys.partition(partition);
      await run.world.put(key, encodePartitionRecord(frozen));
      await run.world.putStore("d", { draining: true });
      await run.rest();
      expect(run.records.filter((record) => holds(record, "d"))).toEqual([frozen]);
      await run.world.put(key, encodePartitionRecord({ ...frozen, frozen: false, nonce: "op2" }));
      await run.rest();
      run.expectSettled(["a", "b", "c"]);
    },
    PATIENT_MS,
  );

  it(
    "replace who is away for long, and not before",
    async () => {
      run = await ClusterRun.founded("a", "b", "c", "d");
      await run.stop("d");
      await run.pass(DEFAULT_RULES.replaceAfterMs - 60_000);
      expect(run.mostLearners).toBe(0);
      await run.pass(60_000);
      await run.rest();
      run.expectSettled(["a", "b", "c"]);
    },
    PATIENT_MS,
  );

  it(
    "replace nobody where there is nobody to take its place",
    async () => {
      run = await ClusterRun.founded("a", "b", "c");
      await run.stop("c");
      await run.pass(DEFAULT_RULES.replaceAfterMs + 60_000);
      expect(run.records.every((record) => holds(record, "c"))).toBe(true);
      await run.start("c");
      await run.rest();
      run.expectSettled(["a", "b", "c"]);
    },
    PATIENT_MS,
  );

  it(
    "replace at once a store whose disk was emptied",
    async () => {
      run = await ClusterRun.founded("a", "b", "c");
      await run.stop("c");
      // The same node, with a store that was never there.
      await run.world.putStore("e", { node: "c" });
      await run.world.putNode("c", "e");
      await run.rest();
      run.expectSettled(["a", "b", "e"]);
    },
    PATIENT_MS,
  );

  it(
    "copy a single node's data to those who join it",
    async () => {
      run = new ClusterRun({ founder: "data" });
      await run.start("data");
      await run.found();
      expect(run.records.every(({ inSync }) => inSync.length === 1)).toBe(true);
      run.control("data");
      await run.start("b", "c");
      await run.rest();
      run.expectSettled(["data", "b", "c"]);
    },
    PATIENT_MS,
  );

  it(
    "go on with a plan that was only half published when its controller died",
    async () => {
      run = await ClusterRun.founded("a", "b", "c");
      run.transactionsLeft = 40;
      await run.start("d");
      await run.pass(10_000);
      expect(run.records.filter(({ goal }) => goal !== undefined).length).toBeGreaterThan(20);
      run.transactionsLeft = Infinity;
      run.control("c");
      await run.rest();
      run.expectSettled(["a", "b", "c", "d"]);
    },
    PATIENT_MS,
  );

  it(
    "end a move that is cancelled, where the store that caused it is gone again",
    async () => {
      run = await ClusterRun.founded("a", "b", "c");
      await run.start("d");
      await run.pass(12_000);
      await run.world.putStore("d", { draining: true });
      for (const [partition, { record }] of [...run.view.partitions]) {
        if (record.goal === undefined) continue;
        const key = run.world.keys.partition(partition);
        await run.world.put(key, encodePartitionRecord(cancelled(record, "op")));
      }
      await run.rest();
      run.expectSettled(["a", "b", "c"]);
    },
    PATIENT_MS,
  );
});
