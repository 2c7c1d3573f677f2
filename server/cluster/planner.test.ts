import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plan, type PlanOptions } from "./planner.ts";
import {
  anyMembers,
  anyReplicas,
  expectSound,
  NOWHERE,
  PARTITIONS,
  planned,
} from "./test/placements.ts";

describe("plan", () => {
  it("gives every partition its replicas, in zones apart, within the caps", () => {
    fc.assert(
      fc.property(anyMembers, anyReplicas, (members, replicas) => {
        const result = planned(members, NOWHERE, replicas);
        expectSound(members, result, replicas);
        expect(result.forced).toEqual({ replicas: 0, leaders: 0 });
        expect(result.moves).toHaveLength(PARTITIONS);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it("is the same for any order of members", () => {
    const orders = anyMembers.chain((members) =>
      fc.tuple(
        fc.constant(members),
        fc.shuffledSubarray([...members], { minLength: members.length }),
      ),
    );
    fc.assert(
      fc.property(orders, anyReplicas, ([members, shuffled], replicas) => {
        const result = planned(members, NOWHERE, replicas);
        expect(planned(shuffled, NOWHERE, replicas)).toEqual(result);
        const fewer = members.slice(1);
        const others = shuffled.filter(({ store }) => store !== members[0]?.store);
        const left = planned(fewer, result.goals, replicas);
        expect(planned(others, result.goals, replicas)).toEqual(left);
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  it("gives no moves for its own result", () => {
    fc.assert(
      fc.property(anyMembers, anyReplicas, (members, replicas) => {
        const { goals } = planned(members, NOWHERE, replicas);
        const again = planned(members, goals, replicas);
        expect(again).toEqual({ goals, moves: [], forced: { replicas: 0, leaders: 0 } });
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  it("makes something sound of any placement, and stays with it", () => {
    const placements = anyMembers.chain((members) => {
      const stores = [...members.map(({ store }) => store), "gone-1", "gone-2"];
      const list = fc.array(fc.constantFrom(...stores), { maxLength: 6 });
      return fc.tuple(fc.constant(members), fc.array(list, { maxLength: PARTITIONS, size: "max" }));
    });
    fc.assert(
      fc.property(placements, anyReplicas, ([members, current], replicas) => {
        const result = planned(members, current, replicas);
        expectSound(members, result, replicas);
        const moved = result.goals.flatMap((goal, partition) => {
          const now = current[partition] ?? [];
          const isSame = now[0] === goal[0] && now.toSorted().join() === goal.toSorted().join();
          return isSame ? [] : [{ partition, from: now, to: goal }];
        });
        expect(result.moves).toEqual(moved);
        expect(planned(members, result.goals, replicas).moves).toEqual([]);
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  it("is sound for many nodes too, in zones of different sizes", () => {
    const members = Array.from({ length: 50 }, (_, at) => ({
      store: `store-${at}`,
      zone: "aaabbcde".charAt(at % 8),
    }));
    const first = planned(members, NOWHERE, 3);
    expectSound(members, first, 3);
    const fewer = members.slice(5);
    const second = planned(fewer, first.goals, 3);
    expectSound(fewer, second, 3);
    expect(planned(fewer, second.goals, 3).moves).toEqual([]);
  }, 60_000);

  it("moves nothing while there is nobody to move it to", () => {
    const current = [["a", "b"], ["b"]];
    const options: PlanOptions = { partitions: 3, replicas: 2 };
    expect(plan([], current, options)).toEqual({
      goals: [["a", "b"], ["b"], []],
      moves: [],
      forced: { replicas: 0, leaders: 0 },
    });
  });

  it("takes surplus replicas away from the followers", () => {
    const members = ["a", "b", "c", "d"].map((store) => ({ store, zone: "z" }));
    const { goals } = planned(members, NOWHERE, 4);
    const fewer = planned(members, goals, 2);
    expectSound(members, fewer, 2);
    expect(fewer.forced).toEqual({ replicas: 0, leaders: 0 });
    for (const { from, to } of fewer.moves) expect(to[0]).toBe(from[0]);
  });

  it("takes leaders away where one has too many, and counts it", () => {
    const members = ["a", "b", "c"].map((store) => ({ store, zone: "z" }));
    const current = new Array<readonly string[]>(PARTITIONS).fill(["a", "b", "c"]);
    const result = planned(members, current, 3);
    expectSound(members, result, 3);
    expect(result.forced).toEqual({ replicas: 0, leaders: PARTITIONS - 93 });
    expect(result.moves).toHaveLength(PARTITIONS - 93);
  });

  it("takes replicas away where one has too many, and counts it", () => {
    const members = ["a", "b", "c", "d"].map((store) => ({ store, zone: "z" }));
    const current = Array.from({ length: PARTITIONS }, (_, at) =>
      at < 252 ? ["abc".charAt(at % 3), "abc".charAt((at + 1) % 3)] : ["d", "a"],
    );
    const result = planned(members, current, 2);
    expectSound(members, result, 2);
    // 64 for each to lead and 128 to hold, a tenth more allowed: 70 and 140.
    const [few, many] = [256 - 3 * 70, 512 - 3 * 140];
    expect(result.forced.leaders).toBe(few - 4);
    expect(result.forced.replicas).toBe(many - 4);
  });

  it("counts a store once that stands in a placement twice", () => {
    const members = ["a", "b"].map((store) => ({ store, zone: "z" }));
    const result = plan(
      members,
      [
        ["a", "a"],
        ["b", "a"],
      ],
      { partitions: 2, replicas: 2 },
    );
    expect(result.goals[0]).toEqual(["a", "b"]);
    expect(result.forced).toEqual({ replicas: 0, leaders: 0 });
  });

  it("keeps the order of what stays and puts what comes behind", () => {
    const members = ["a", "b", "c"].map((store) => ({ store, zone: "z" }));
    const options: PlanOptions = { partitions: 3, replicas: 3 };
    const current = [
      ["b", "c", "a"],
      ["a", "gone", "c"],
      ["c", "b"],
    ];
    expect(plan(members, current, options).goals).toEqual([
      ["b", "c", "a"],
      ["a", "c", "b"],
      ["c", "b", "a"],
    ]);
  });

  it("refuses a member that is named twice", () => {
    const twice = [
      { store: "a", zone: "x" },
      { store: "a", zone: "y" },
    ];
    expect(() => planned(twice, NOWHERE, 1)).toThrow("each store is a member once");
  });
});
