import type { PartitionRow, StoreRow } from "@claimd/server";
import { describe, expect, it } from "vitest";
import { partitionTable, secondLine, storeTable } from "./screen.ts";

const N1: StoreRow = {
  ...{ node: "n1", store: "0123456789abcdef", zone: "", boot: 2, address: "127.0.0.1:7610" },
  ...{ state: "ACTIVE", draining: false, leads: 86, inSync: 250, holds: 256 },
};
const N2: StoreRow = { ...N1, node: "n2", store: "fedcba9876543210", address: undefined, leads: 0 };
const PARTITION: PartitionRow = {
  partition: 7,
  ...{ epoch: 4, leader: N1.store, leaderBoot: 2, joins: 2, frozen: true, nonce: "x" },
  inSync: [{ store: N1.store, boot: 2 }],
  replicas: [
    { store: N2.store, join: 2, role: "LEARNER" },
    { store: N1.store, join: 1, role: "VOTER" },
  ],
  goal: [N2.store, N1.store],
};

describe("what the cluster's program says", () => {
  it("has each node in a line a second, those that are gone too", () => {
    expect(secondLine(3, [N1, N2], 256, 2)).toBe(
      "   3 s  n1 alive: leads 86, in sync 250, behind 6 | " +
        "n2 GONE: leads 0, in sync 250, behind 6 | moves 2",
    );
    expect(secondLine(1, [], 0, 0)).toBe("   1 s  no node is known yet | not founded yet");
  });

  it("has stores and partitions in tables, by the names of nodes", () => {
    expect(storeTable([N1, { ...N2, draining: true }]).split("\n")).toEqual([
      "node  store     boot  address         state             leads  in sync  holds  zone",
      "n1    01234567  2     127.0.0.1:7610  ACTIVE            86     250      256",
      "n2    fedcba98  2     gone            ACTIVE, draining  0      250      256",
    ]);
    expect(partitionTable([PARTITION], [N1, N2]).split("\n")).toEqual([
      "partition  leader  epoch  in sync  replicas       goal",
      "7          n1      4      n1       n1 n2:LEARNER  n2 n1  frozen",
    ]);
  });

  it("names a store by more than its node where that has had several", () => {
    const table = partitionTable([PARTITION], [N1, { ...N2, node: "n1" }]);
    expect(table).toContain("n1/01234567 n1/fedcba98:LEARNER");
  });
});
