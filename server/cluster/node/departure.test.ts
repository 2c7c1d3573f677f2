/** A node that leaves, against a cluster that agrees to everything a little later. */
import { beforeEach, describe, expect, it } from "vitest";
import { record } from "../core/test/replica-fixture.ts";
import type { NodeRecord } from "../node-record.ts";
import type { PartitionRecord } from "../partition-record.ts";
import { depart } from "./departure.ts";

const AGREED_AFTER_MS = 30;
const PARTITIONS = 6;

let partitions: Map<number, { record: PartitionRecord; revision: number }>;
let nodes: Map<string, { record: NodeRecord; revision: number }>;
let agrees: boolean;
let sealed: Set<number>;
let mostSealed: number;
let said: number;
let passedMs: number;

const members = (...stores: string[]) => stores.map((store) => ({ store, boot: 1 }));

function lead(leader: string, inSync: string[]): void {
  for (let each = 0; each < PARTITIONS; each++) {
    const made = record({ leader, inSync: members(...inSync) });
    partitions.set(each, { record: made, revision: 1 });
  }
}

function change(partition: number, changes: Partial<PartitionRecord>): void {
  if (!agrees) return;
  setTimeout(() => {
    const known = partitions.get(partition);
    if (known === undefined) return;
    const changed = { ...known.record, ...changes };
    partitions.set(partition, { record: changed, revision: known.revision + 1 });
    sealed.delete(partition);
  }, AGREED_AFTER_MS);
}

beforeEach(() => {
  partitions = new Map();
  nodes = new Map(
    ["a", "b", "c"].map((store) => [store, { record: { store } as NodeRecord, revision: 1 }]),
  );
  agrees = true;
  sealed = new Set();
  mostSealed = 0;
  said = 0;
  passedMs = 0;
});

const leaves = (minInSync = 2): Promise<void> =>
  depart({
    view: { partitions, nodes },
    store: "a",
    minInSync,
    monotonicMs: () => performance.now() + passedMs,
    member: {
      leads: (partition) => partitions.get(partition)?.record.leader === "a",
      handOver: (partition, leader) => {
        sealed.add(partition);
        mostSealed = Math.max(mostSealed, sealed.size);
        change(partition, { leader });
      },
      leave: (partition) => {
        said += 1;
        const inSync = partitions.get(partition)?.record.inSync ?? [];
        change(partition, { inSync: inSync.filter(({ store }) => store !== "a") });
      },
    },
  });

const all = () => [...partitions.values()].map(({ record: each }) => each);

describe("a node that leaves", () => {
  it("hands over one after the other, to who is there, and nobody counts on it then", async () => {
    lead("a", ["a", "b", "c"]);
    nodes.delete("b");
    await leaves();
    expect(all().map(({ leader }) => leader)).toEqual(all().map(() => "c"));
    expect(all().flatMap(({ inSync }) => inSync)).not.toContainEqual({ store: "a", boot: 1 });
    expect(mostSealed).toBe(1);
  });

  it("asks for nothing that its leaders could not do", async () => {
    lead("b", ["a", "b"]);
    await leaves();
    expect(said).toBe(0);
  });

  it("leaves without a word where nobody is there to take over", async () => {
    lead("a", ["a", "b"]);
    nodes.delete("b");
    await leaves();
    expect([mostSealed, said]).toEqual([0, 0]);
  });

  it("does not wait for ever for those who do not agree", async () => {
    lead("b", ["a", "b", "c"]);
    agrees = false;
    const left = leaves();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(said, "and says it again").toBeGreaterThan(4);
    passedMs = 20_000;
    await left;
  });
});
