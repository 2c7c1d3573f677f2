import { describe, expect, it } from "vitest";
import {
  A,
  at,
  B,
  C,
  type Change,
  D,
  E,
  F,
  FIRST,
  FOUNDER,
  LEADER,
  OLD,
  PLANNER,
  problem,
  PROMOTER,
  replica,
} from "./test/partition-record-samples.ts";

describe("recordProblem, of the first record", () => {
  it("lets a founder make it, with as many in sync as there are", () => {
    expect(problem(undefined, FOUNDER, {})).toBeUndefined();
    const alone = { inSync: [at("a", 3)], replicas: [A], joins: 1 };
    expect(problem(undefined, FOUNDER, alone)).toBeUndefined();
    expect(problem(undefined, FOUNDER, { goal: ["b"], frozen: true })).toBeUndefined();
  });

  it.each<[Change, string]>([
    [{ epoch: 2 }, "epoch: 2, must be 1 in the first record"],
    [{ joins: 4 }, "joins: 4, must be 3, one a replica"],
    [
      { replicas: [A, B, replica("c", 3, "LEAVING")] },
      "replicas: c is LEAVING in the first record",
    ],
    [{ inSync: [at("b", 5)] }, "inSync: must contain the leader a at boot 3"],
    [{ inSync: [at("a", 3), at("c", 1)] }, "inSync: c is LEARNER, must be VOTER"],
  ])("refuses %j", (change, text) => {
    expect(problem(undefined, FOUNDER, change)).toBe(text);
  });

  it("refuses it from everybody else, and a second one from a founder", () => {
    for (const by of [LEADER, PROMOTER, PLANNER]) {
      expect(problem(undefined, by, {})).toBe("there is no record: a founder makes it");
    }
    expect(problem(OLD, FOUNDER, { ...FIRST, nonce: "new" })).toBe(
      "there is a record of epoch 7: a founder makes the first one only",
    );
  });
});

describe("recordProblem, of every change", () => {
  it.each([LEADER, PROMOTER, PLANNER])("lets $type write what is there with a new nonce", (by) => {
    expect(problem(OLD, by, {})).toBeUndefined();
    const turned = { inSync: OLD.inSync.toReversed(), replicas: OLD.replicas.toReversed() };
    expect(problem(OLD, by, turned)).toBeUndefined();
  });

  it.each([LEADER, PROMOTER, PLANNER])("wants a new nonce from $type", (by) => {
    expect(problem(OLD, by, { nonce: "old" })).toBe("nonce: old is the old one, must be new");
  });

  it.each<[Change, string]>([
    [{ leader: "f" }, "inSync: must contain the leader f at boot 3"],
    [{ leaderBoot: 4 }, "inSync: must contain the leader a at boot 4"],
    [{ inSync: [at("b", 5), at("c", 2)] }, "inSync: must contain the leader a at boot 3"],
    [{ inSync: [...OLD.inSync, at("d", 1)] }, "inSync: d is LEARNER, must be VOTER"],
    [{ inSync: [...OLD.inSync, at("e", 1)] }, "inSync: e is LEAVING, must be VOTER"],
    [{ inSync: [...OLD.inSync, at("g", 1)] }, "inSync: g is no replica, must be VOTER"],
    [{ inSync: [...OLD.inSync, at("b", 6)] }, "inSync: b stands there twice"],
    [{ replicas: [...OLD.replicas, replica("d", 8, "LEARNER")] }, "replicas: d stands there twice"],
    [
      { replicas: [A, B, C, D, E, replica("f", 5, "VOTER")] },
      "replicas: join 5 stands there twice",
    ],
    [{ joins: 5 }, "replicas: f has join 6, at most joins 5"],
    [{ goal: ["a", "a"] }, "goal: a stands there twice"],
    [{ goal: [] }, "goal: [], must be a list of 1 to 14"],
    [{ epoch: 0 }, "epoch: 0, must be a whole number from 1 to 2^53 - 1"],
    [{ leader: "" }, 'leader: "", must be 1 to 64 of [A-Za-z0-9._-]'],
  ])("refuses what no record can be, from anybody: %j", (change, text) => {
    for (const by of [LEADER, PROMOTER, PLANNER]) expect(problem(OLD, by, change)).toBe(text);
  });
});

describe("recordProblem, of a planner's change", () => {
  const G = replica("g", 9, "LEARNER");
  const H = replica("h", 10, "LEARNER");

  it.each<[string, Change]>([
    ["adds a learner with the next join", { replicas: [...OLD.replicas, G], joins: 9 }],
    ["adds two with the next two", { replicas: [G, ...OLD.replicas, H], joins: 10 }],
    [
      "makes a voter leave that is not in sync",
      { replicas: [A, B, C, D, E, { ...F, role: "LEAVING" }] },
    ],
    ["makes a learner leave", { replicas: [A, B, C, { ...D, role: "LEAVING" }, E, F] }],
    ["removes who leaves", { replicas: [A, B, C, D, F] }],
    ["adds one and removes another", { replicas: [A, B, C, D, F, G], joins: 9 }],
    ["sets a goal", { goal: ["g", "a"] }],
    ["clears the goal", { goal: undefined }],
    ["freezes", { frozen: true }],
  ])("%s", (_, change) => {
    expect(problem(OLD, PLANNER, change)).toBeUndefined();
  });

  it.each<[string, Change, string]>([
    [
      "adds a voter",
      { replicas: [...OLD.replicas, { ...G, role: "VOTER" }], joins: 9 },
      "replicas: g is added as VOTER, must be LEARNER",
    ],
    [
      "adds a learner without counting it",
      { replicas: [...OLD.replicas, replica("g", 7, "LEARNER")] },
      "joins: 8 → 8, must be 9 with 1 added",
    ],
    [
      "gives a join that was given, and is free again",
      { replicas: [...OLD.replicas, replica("g", 7, "LEARNER")], joins: 9 },
      "replicas: g is added with join 7, which was given",
    ],
    [
      "skips a join",
      { replicas: [...OLD.replicas, H], joins: 10 },
      "joins: 8 → 10, must be 9 with 1 added",
    ],
    ["counts a join that it does not give", { joins: 9 }, "joins: 8 → 9, must be 8 with 0 added"],
    ["lets joins fall", { joins: 7 }, "joins: 8 → 7, must be 8 with 0 added"],
    [
      "gives another join to who is there",
      { replicas: [A, B, C, { ...D, join: 7 }, E, F] },
      "replicas: the join of d 5 → 7, it is given once",
    ],
    [
      "lets who leaves come back in one step",
      { replicas: [A, B, C, D, replica("e", 8, "LEARNER"), F] },
      "replicas: the join of e 3 → 8, it is given once",
    ],
    [
      "lets who leaves learn again",
      { replicas: [A, B, C, D, { ...E, role: "LEARNER" }, F] },
      "replicas: e LEAVING → LEARNER, who leaves never comes back under its join",
    ],
    [
      "makes a learner a voter",
      { replicas: [A, B, C, { ...D, role: "VOTER" }, E, F] },
      "replicas: d LEARNER → VOTER, a planner only makes replicas LEAVING",
    ],
    [
      "makes a voter a learner",
      { replicas: [A, B, C, D, E, { ...F, role: "LEARNER" }] },
      "replicas: f VOTER → LEARNER, a planner only makes replicas LEAVING",
    ],
    [
      "makes a replica leave that is in sync",
      { replicas: [A, B, { ...C, role: "LEAVING" }, D, E, F] },
      "inSync: c is LEAVING, must be VOTER",
    ],
    [
      "removes a learner at once",
      { replicas: [A, B, C, E, F] },
      "replicas: d is removed as LEARNER, must be LEAVING before",
    ],
    [
      "removes a voter at once",
      { replicas: [A, B, C, D, E] },
      "replicas: f is removed as VOTER, must be LEAVING before",
    ],
    ["removes a member", { replicas: [A, B, D, E, F] }, "inSync: c is no replica, must be VOTER"],
    [
      "drops a member",
      { inSync: [at("a", 3), at("b", 5)] },
      "inSync: [a at boot 3, b at boot 5, c at boot 2] → [a at boot 3, b at boot 5], it must stay",
    ],
    [
      "adds a member",
      { inSync: [...OLD.inSync, at("f", 1)] },
      "inSync: [a at boot 3, b at boot 5, c at boot 2] → " +
        "[a at boot 3, b at boot 5, c at boot 2, f at boot 1], it must stay",
    ],
    ["changes the leader", { leader: "b", leaderBoot: 5 }, "leader: a → b, it must stay"],
    [
      "changes the leader's boot",
      { leaderBoot: 4, inSync: [at("a", 4), at("b", 5), at("c", 2)] },
      "leaderBoot: 3 → 4, it must stay",
    ],
    ["changes the epoch", { epoch: 8 }, "epoch: 7 → 8, it must stay"],
  ])("is refused when it %s", (_, change, text) => {
    expect(problem(OLD, PLANNER, change)).toBe(text);
  });
});
