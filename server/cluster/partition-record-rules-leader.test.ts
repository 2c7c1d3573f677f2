import { describe, expect, it } from "vitest";
import type { Incarnation, PartitionRecord } from "./partition-record.ts";
import type { Actor } from "./partition-record-rules.ts";
import {
  A,
  at,
  B,
  C,
  type Change,
  D,
  E,
  F,
  LEADER,
  OLD,
  problem,
  replica,
  SMALL,
} from "./test/partition-record-samples.ts";

describe("recordProblem, of a leader's change", () => {
  it.each<[string, PartitionRecord, Change]>([
    ["re-admits a voter that was out", SMALL, { inSync: OLD.inSync }],
    ["re-admits a later boot", OLD, { inSync: [at("a", 3), at("b", 6), at("c", 2)] }],
    [
      "makes a learner a voter and adds it",
      OLD,
      {
        inSync: [...OLD.inSync, at("d", 1)],
        replicas: [A, B, C, { ...D, role: "VOTER" }, E, F],
      },
    ],
    ["drops one", OLD, { inSync: [at("a", 3), at("c", 2)] }],
    ["drops one for another", SMALL, { inSync: [at("a", 3), at("c", 2)] }],
  ])("%s", (_, old, change) => {
    expect(problem(old, LEADER, change)).toBeUndefined();
  });

  it("drops down to one where one replica is enough by intention", () => {
    expect(problem(OLD, LEADER, { inSync: [at("a", 3)] }, 1)).toBeUndefined();
  });

  it("may add to a set that is too small, and leave it too small", () => {
    const alone = { ...OLD, inSync: [at("a", 3)] };
    expect(problem(alone, LEADER, { inSync: [at("a", 3), at("b", 5)] }, 3)).toBeUndefined();
  });

  it.each<[string, PartitionRecord, Change, string]>([
    [
      "drops below minInSync",
      SMALL,
      { inSync: [at("a", 3)] },
      "inSync: 1 without b, at least minInSync 2 must stay",
    ],
    [
      "drops several below minInSync",
      OLD,
      { inSync: [at("a", 3)] },
      "inSync: 1 without b, c, at least minInSync 2 must stay",
    ],
    [
      "takes an earlier boot back",
      OLD,
      { inSync: [at("a", 3), at("b", 4), at("c", 2)] },
      "inSync: the boot of b 5 → 4, it never falls",
    ],
    [
      "changes its own boot",
      OLD,
      { leaderBoot: 4, inSync: [at("a", 4), at("b", 5), at("c", 2)] },
      "leaderBoot: 3 → 4, it must stay",
    ],
    [
      "hands over without a new epoch",
      OLD,
      { leader: "b", leaderBoot: 5 },
      "leader: a → b, it must stay",
    ],
    [
      "makes a learner a voter without adding it",
      OLD,
      { replicas: [A, B, C, { ...D, role: "VOTER" }, E, F] },
      "replicas: d LEARNER → VOTER, a leader only makes a LEARNER a VOTER, together with " +
        "adding it to inSync",
    ],
    [
      "takes back who leaves",
      OLD,
      {
        inSync: [...OLD.inSync, at("e", 1)],
        replicas: [A, B, C, D, { ...E, role: "VOTER" }, F],
      },
      "replicas: e LEAVING → VOTER, who leaves never comes back under its join",
    ],
    [
      "makes a voter a learner",
      SMALL,
      { replicas: [A, B, { ...C, role: "LEARNER" }, D, E, F] },
      "replicas: c VOTER → LEARNER, a leader only makes a LEARNER a VOTER, together with " +
        "adding it to inSync",
    ],
    [
      "makes a replica leave",
      OLD,
      { replicas: [A, B, C, { ...D, role: "LEAVING" }, E, F] },
      "replicas: d LEARNER → LEAVING, a leader only makes a LEARNER a VOTER, together with " +
        "adding it to inSync",
    ],
    [
      "changes a join",
      OLD,
      { replicas: [A, B, C, { ...D, join: 7 }, E, F] },
      "replicas: the join of d 5 → 7, it is given once",
    ],
    [
      "adds a replica",
      OLD,
      { replicas: [...OLD.replicas, replica("g", 8, "LEARNER")] },
      "replicas: g is added, which a planner does",
    ],
    [
      "removes a replica",
      OLD,
      { replicas: [A, B, C, D, F] },
      "replicas: e is removed, which a planner does",
    ],
    ["changes joins", OLD, { joins: 9 }, "joins: 8 → 9, it must stay"],
    ["clears the goal", OLD, { goal: undefined }, "goal: [d, b] → none, it must stay"],
    ["turns the goal", OLD, { goal: ["b", "d"] }, "goal: [d, b] → [b, d], it must stay"],
    ["freezes", OLD, { frozen: true }, "frozen: false → true, it must stay"],
  ])("is refused when it %s", (_, old, change, text) => {
    expect(problem(old, LEADER, change)).toBe(text);
  });

  it.each<[string, Incarnation, number]>([
    ["another store", at("b", 5), 7],
    ["another boot", at("a", 2), 7],
    ["another epoch", at("a", 3), 6],
  ])("is refused when the record names %s", (_, incarnation, epoch) => {
    const by: Actor = { type: "leader", incarnation, epoch };
    const { store, boot } = incarnation;
    expect(problem(OLD, by, {})).toBe(
      "leader: the record names a at boot 3 for epoch 7, " +
        `the writer is ${store} at boot ${boot} for epoch ${epoch}`,
    );
  });
});
