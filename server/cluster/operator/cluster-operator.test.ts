/** An operator among real controllers, with an etcd in memory. */
import { afterEach, describe, expect, it } from "vitest";
import { damagedRecord } from "../store-record.ts";
import { ClusterRun, holds } from "../test/cluster-run.ts";
import { storeRecord } from "../test/cluster-world.ts";
import { ClusterOperator } from "./cluster-operator.ts";
import { movesUnderWay, partitionRows, storeRows } from "./cluster-summary.ts";

const PATIENT_MS = 120_000;
let run: ClusterRun;
let operator: ClusterOperator;

async function founded(...stores: readonly string[]): Promise<void> {
  run = await ClusterRun.founded(...stores);
  operator = operatorOf(run);
  await run.rest();
}

function operatorOf({ world }: ClusterRun): ClusterOperator {
  let writes = 0;
  return new ClusterOperator({
    ...world.patience(),
    ...{ coordinator: world.open(), keys: world.keys },
    nonce: () => `operator-${(writes += 1)}`,
  });
}

const placeOf = (partition: number): readonly string[] =>
  run.records[partition]?.replicas.map(({ store }) => store) ?? [];

afterEach(async () => {
  await operator[Symbol.asyncDispose]();
  await run[Symbol.asyncDispose]();
  expect(run.errors).toEqual([]);
});

describe("An operator", () => {
  it(
    "drains a node until it holds nothing, and lets it hold something again",
    async () => {
      await founded("a", "b", "c", "d");
      await expect(operator.setDraining("d", true)).resolves.toBe("d");
      await run.rest();
      run.expectSettled(["a", "b", "c"]);
      await operator.refresh();
      expect(storeRows(operator.state)[3]).toMatchObject({
        ...{ node: "d", draining: true, leads: 0, inSync: 0, holds: 0, address: "d:7600" },
      });
      await operator.setDraining("d", true);
      await operator.setDraining("d", false);
      await run.rest();
      run.expectSettled(["a", "b", "c", "d"]);
    },
    PATIENT_MS,
  );

  it(
    "moves a partition to a store, which then leads it, and nobody moves it back",
    async () => {
      await founded("a", "b", "c", "d");
      const partition = run.records.findIndex((record) => !holds(record, "d"));
      const { goal = [] } = await operator.move(partition, ["d"]);
      expect([goal[0], goal.length]).toEqual(["d", 3]);
      await expect(operator.move(partition, ["d"])).resolves.toMatchObject({ goal });
      await run.rest();
      expect(run.records[partition]).toMatchObject({ leader: "d", goal: undefined });
      expect(placeOf(partition).toSorted()).toEqual(goal.toSorted());
      await operator.refresh();
      expect(movesUnderWay(operator.state)).toBe(0);
      expect(partitionRows(operator.state)[partition]).toMatchObject({ partition, leader: "d" });
    },
    PATIENT_MS,
  );

  it(
    "cancels a move, and freezes a partition where it is",
    async () => {
      await founded("a", "b", "c", "d");
      const partition = run.records.findIndex((record) => !holds(record, "d"));
      const before = placeOf(partition);
      await operator.move(partition, ["d"]);
      await operator.cancel(partition);
      await operator.cancel(partition);
      await operator.setFrozen(partition, true);
      await expect(operator.move(partition, ["d"])).rejects.toMatchObject({
        code: "UNSAFE_REQUEST",
        message: `partition ${partition} is frozen: unfreeze it`,
      });
      await run.rest();
      expect(placeOf(partition).toSorted()).toEqual(before.toSorted());
      expect(run.records[partition]).toMatchObject({ frozen: true, goal: undefined });
      await operator.setFrozen(partition, false);
      await operator.move(partition, ["d"]);
      await run.rest();
      expect(run.records[partition]).toMatchObject({ leader: "d", frozen: false });
    },
    PATIENT_MS,
  );

  it("is refused by field, value and bound", async () => {
    await founded("a", "b", "c");
    const refused = async (asked: Promise<unknown>, text: string | RegExp): Promise<void> => {
      await expect(asked).rejects.toThrow(text);
      await expect(asked).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    };
    await refused(
      operator.move(256, ["a"]),
      "partition: 256, must be a whole number from 0 to 255",
    );
    await refused(operator.move(0.5, ["a"]), "partition: 0.5, must be");
    await refused(operator.move(0, []), "stores: 0, must be 1 to 3, the cluster's replicas");
    await refused(operator.move(0, ["a", "a"]), "stores: a is named twice");
    await refused(
      operator.setDraining("x", true),
      /neither a node nor a store "x"; there are a \(a/,
    );
    await operator.setDraining("c", true);
    await refused(operator.move(0, ["c"]), "stores: c is draining, must be undrained before");
    await expect(operator.setDraining("b", true)).rejects.toMatchObject({
      code: "UNSAFE_REQUEST",
      message: expect.stringMatching(/^store: without b there are 1 .*minInSync 2/) as string,
    });
    await run.stop("b");
    await refused(operator.move(0, ["b"]), "stores: b is away, its node must live");
    await run.world.putStore("c", damagedRecord(storeRecord("c"), "rolled back"));
    await refused(operator.move(0, ["c"]), "stores: c is DAMAGED, must be ACTIVE");
    await refused(operator.move(0, ["a", "b", "c"]), /stores: b is away.*; stores: c is DAMAGED/);
  });

  it("is told that there is no such cluster", async () => {
    run = new ClusterRun();
    operator = operatorOf(run);
    for (const asked of [operator.cancel(0), operator.setDraining("a", true)]) {
      await expect(asked).rejects.toThrow(
        "cluster: etcd has no /claimd/test/meta: no such cluster",
      );
    }
  });
});
