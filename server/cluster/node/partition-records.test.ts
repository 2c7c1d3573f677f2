/** Changes of many partitions' records at once. */
import { beforeEach, describe, expect, it } from "vitest";
import { ClusterKeys } from "../cluster-keys.ts";
import type { ClusterView } from "../cluster-view.ts";
import type { Coordinator, GuardedWrite, TransactionOutcome } from "../coordinator.ts";
import { record } from "../core/test/replica-fixture.ts";
import type { PartitionRecord } from "../partition-record.ts";
import { decodePartitionRecord } from "../partition-record-format.ts";
import { PartitionRecords } from "./partition-records.ts";

const keys = new ClusterKeys("test");
let known: Map<number, { record: PartitionRecord; revision: number }>;
let asked: { readonly key: string; readonly nonce: string; readonly end: () => void }[];
let read: string[];
let records: PartitionRecords;

beforeEach(() => {
  known = new Map(
    Array.from({ length: 40 }, (_, each) => [each, { record: record(), revision: 7 }]),
  );
  asked = [];
  read = [];
  const coordinator: Pick<Coordinator, "read" | "transact"> = {
    read: (key) => {
      read.push(key);
      return Promise.resolve(undefined);
    },
    transact: ([write]: readonly GuardedWrite[]) =>
      new Promise<TransactionOutcome>((resolve) => {
        const { nonce } = decodePartitionRecord(write?.value as Uint8Array);
        const end = (): void => {
          resolve("applied");
        };
        asked.push({ key: write?.key ?? "", nonce, end });
      }),
  };
  records = new PartitionRecords({
    ...{ keys, self: { store: "a", boot: 1 }, minInSync: 2 },
    coordinator: coordinator as Coordinator,
    view: { partitions: known, stores: new Map() } as unknown as ClusterView,
  });
});

/** Drops c. */
function shrink(partition: number, nonce: string, revision = 7): void {
  const inSync = ["a", "b"].map((store) => ({ store, boot: 1 }));
  const changed = record({ inSync, nonce });
  records.transact(partition, {
    ...{ type: "transact", revision, candidate: undefined },
    record: changed,
  });
}

async function end(at: number): Promise<void> {
  asked[at]?.end();
  await new Promise((resolve) => setImmediate(resolve));
}

describe("changes of records", () => {
  it("are asked for some at a time, and read when they have ended", async () => {
    for (let each = 0; each < 40; each++) shrink(each, "n1");
    expect(asked).toHaveLength(16);
    await end(3);
    expect(read).toEqual([keys.partition(3)]);
    expect(asked.at(-1)?.key).toBe(keys.partition(16));
    for (let each = 0; each < asked.length; each++) await end(each);
    expect(new Set(asked.map(({ key }) => key)).size).toBe(40);
  });

  it("are replaced while they wait by what is asked for later", async () => {
    for (let each = 0; each < 17; each++) shrink(each, "n1");
    shrink(16, "n2");
    await end(0);
    expect(asked.at(-1)).toMatchObject({ key: keys.partition(16), nonce: "n2" });
    expect(asked).toHaveLength(17);
  });

  it("are not asked for when the record has changed meanwhile: that is read", async () => {
    for (let each = 0; each < 17; each++) shrink(each, "n1");
    known.set(16, { record: record(), revision: 8 });
    await end(0);
    expect(asked).toHaveLength(16);
    expect(read).toContain(keys.partition(16));
  });
});
