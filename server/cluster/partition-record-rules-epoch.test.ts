import { describe, expect, it } from "vitest";
import type { PartitionRecord } from "./partition-record.ts";
import {
  A,
  at,
  B,
  C,
  type Change,
  D,
  F,
  LEADER,
  OLD,
  problem,
  PROMOTER,
  SMALL,
} from "./test/partition-record-samples.ts";

describe("recordProblem, of a hand-over", () => {
  const TO_B: Change = { epoch: 8, leader: "b", leaderBoot: 5 };

  it("lets the leader name a member of its set", () => {
    expect(problem(OLD, LEADER, TO_B)).toBeUndefined();
    expect(problem(OLD, LEADER, { epoch: 8, leader: "c", leaderBoot: 2 })).toBeUndefined();
    expect(problem(SMALL, LEADER, TO_B, 3)).toBeUndefined();
  });

  it.each<[string, Change, string]>([
    ["skips an epoch", { epoch: 9 }, "epoch: 7 → 9, a hand-over takes it to 8"],
    ["goes back", { epoch: 6 }, "epoch: 7 → 6, a hand-over takes it to 8"],
    [
      "names another boot",
      { leaderBoot: 6, inSync: [at("a", 3), at("b", 6), at("c", 2)] },
      "inSync: [a at boot 3, b at boot 5, c at boot 2] → " +
        "[a at boot 3, b at boot 6, c at boot 2], it must stay",
    ],
    [
      "names who is not in sync",
      { leader: "f", leaderBoot: 1, inSync: [...OLD.inSync, at("f", 1)] },
      "inSync: [a at boot 3, b at boot 5, c at boot 2] → " +
        "[a at boot 3, b at boot 5, c at boot 2, f at boot 1], it must stay",
    ],
    [
      "drops the old leader",
      { inSync: [at("b", 5), at("c", 2)] },
      "inSync: [a at boot 3, b at boot 5, c at boot 2] → [b at boot 5, c at boot 2], it must stay",
    ],
    [
      "changes replicas",
      { replicas: [A, B, C, D, F] },
      "replicas: [a VOTER 1, b VOTER 2, c VOTER 4, d LEARNER 5, e LEAVING 3, f VOTER 6] → " +
        "[a VOTER 1, b VOTER 2, c VOTER 4, d LEARNER 5, f VOTER 6], it must stay",
    ],
    ["changes joins", { joins: 9 }, "joins: 8 → 9, it must stay"],
    ["clears the goal", { goal: undefined }, "goal: [d, b] → none, it must stay"],
    ["freezes", { frozen: true }, "frozen: false → true, it must stay"],
    [
      "names itself",
      { leader: "a", leaderBoot: 3 },
      "leader: a hands over to itself; it is promoted instead",
    ],
  ])("is refused when it %s", (_, change, text) => {
    expect(problem(OLD, LEADER, { ...TO_B, ...change })).toBe(text);
  });
});

describe("recordProblem, of a promotion", () => {
  const OF_B: Change = { epoch: 8, leader: "b", leaderBoot: 5 };

  it.each<[string, PartitionRecord, Change]>([
    ["changes nothing but the leader", OLD, {}],
    [
      "writes the new leader's current boot",
      OLD,
      { leaderBoot: 6, inSync: [at("a", 3), at("b", 6), at("c", 2)] },
    ],
    ["drops the old leader", OLD, { inSync: [at("b", 5), at("c", 2)] }],
    ["drops another member", OLD, { inSync: [at("a", 3), at("b", 5)] }],
    ["keeps the old leader where nobody may go", SMALL, { inSync: [at("a", 3), at("b", 5)] }],
    ["takes up its own partition again", OLD, { leader: "a", leaderBoot: 3 }],
    [
      "takes it up with a later boot",
      OLD,
      { leader: "a", leaderBoot: 4, inSync: [at("a", 4), at("b", 5), at("c", 2)] },
    ],
  ])("%s", (_, old, change) => {
    expect(problem(old, PROMOTER, { ...OF_B, ...change })).toBeUndefined();
  });

  it("drops the old leader where one replica is enough by intention", () => {
    expect(problem(SMALL, PROMOTER, { ...OF_B, inSync: [at("b", 5)] }, 1)).toBeUndefined();
  });

  it.each<[string, PartitionRecord, Change, string]>([
    ["stays in the epoch", OLD, { epoch: 7 }, "leader: a → b, it must stay"],
    [
      "changes the set only",
      OLD,
      { epoch: 7, leader: "a", leaderBoot: 3, inSync: [at("a", 3), at("b", 5)] },
      "inSync: [a at boot 3, b at boot 5, c at boot 2] → [a at boot 3, b at boot 5], it must stay",
    ],
    ["skips an epoch", OLD, { epoch: 9 }, "epoch: 7 → 9, a promotion takes it to 8"],
    ["goes back", OLD, { epoch: 6 }, "epoch: 7 → 6, a promotion takes it to 8"],
    [
      "promotes who is not in sync",
      OLD,
      { leader: "f", leaderBoot: 1, inSync: [...OLD.inSync, at("f", 1)] },
      "inSync: f was not in it, a promotion adds nobody",
    ],
    [
      "adds a member",
      OLD,
      { inSync: [...OLD.inSync, at("f", 1)] },
      "inSync: f was not in it, a promotion adds nobody",
    ],
    [
      "changes another's boot",
      OLD,
      { inSync: [at("a", 4), at("b", 5), at("c", 2)] },
      "inSync: the boot of a 3 → 4, a promotion changes its leader's",
    ],
    [
      "takes an earlier boot of the new leader",
      OLD,
      { leaderBoot: 4, inSync: [at("a", 3), at("b", 4), at("c", 2)] },
      "inSync: the boot of b 5 → 4, it never falls",
    ],
    [
      "drops the old leader below minInSync",
      SMALL,
      { inSync: [at("b", 5)] },
      "inSync: 1 without a, at least minInSync 2 must stay",
    ],
    [
      "drops another below minInSync",
      SMALL,
      { leader: "a", leaderBoot: 3, inSync: [at("a", 3)] },
      "inSync: 1 without b, at least minInSync 2 must stay",
    ],
    [
      "changes replicas",
      OLD,
      { replicas: [A, B, C, D, F] },
      "replicas: [a VOTER 1, b VOTER 2, c VOTER 4, d LEARNER 5, e LEAVING 3, f VOTER 6] → " +
        "[a VOTER 1, b VOTER 2, c VOTER 4, d LEARNER 5, f VOTER 6], it must stay",
    ],
    ["changes joins", OLD, { joins: 9 }, "joins: 8 → 9, it must stay"],
    ["clears the goal", OLD, { goal: undefined }, "goal: [d, b] → none, it must stay"],
    ["freezes", OLD, { frozen: true }, "frozen: false → true, it must stay"],
  ])("is refused when it %s", (_, old, change, text) => {
    expect(problem(old, PROMOTER, { ...OF_B, ...change })).toBe(text);
  });
});
