/**
 * What a plan moves when nodes come and go (CLUSTER.md §1).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Member } from "./planner.ts";
import {
  anyReplicas,
  capOf,
  expectSound,
  leadsOf,
  membersOf,
  NOWHERE,
  PARTITIONS,
  planned,
  unexplained,
  zones,
} from "./test/placements.ts";

describe("a join", () => {
  const joins = (zoneCount: number): fc.Arbitrary<readonly Member[]> => membersOf(zoneCount, 2, 12);

  it("moves partitions to the joiner only, and no leader elsewhere", () => {
    fc.assert(
      fc.property(joins(1), anyReplicas, ([joiner, ...members], replicas) => {
        if (joiner === undefined) return;
        const before = planned(members, NOWHERE, replicas);
        const after = planned([...members, joiner], before.goals, replicas);
        expectSound([...members, joiner], after, replicas);
        for (const { from, to } of after.moves) {
          expect(to.filter((store) => !from.includes(store))).toEqual([joiner.store]);
          if (to[0] !== from[0]) expect(to[0]).toBe(joiner.store);
        }
        expect(after.forced).toEqual({ replicas: 0, leaders: 0 });
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it("gives the joiner a share like everybody's", () => {
    fc.assert(
      fc.property(joins(1), fc.integer({ min: 1, max: 3 }), ([joiner, ...members], replicas) => {
        if (joiner === undefined) return;
        const { goals } = planned(members, NOWHERE, replicas);
        const after = planned([...members, joiner], goals, replicas);
        const nodes = members.length + 1;
        const size = Math.min(replicas, nodes);
        const leads = leadsOf(after, joiner.store);
        const holds = after.goals.filter((goal) => goal.includes(joiner.store)).length;
        expect(leads / (PARTITIONS / nodes)).toBeGreaterThan(0.6);
        expect(holds / ((PARTITIONS * size) / nodes)).toBeGreaterThan(0.6);
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it("gives the joiner the share of its zone", () => {
    const members = Array.from({ length: 9 }, (_, at) => ({
      store: `store-${at}`,
      zone: "abc".charAt(at % 3),
    }));
    const { goals } = planned(members, NOWHERE, 3);
    const shares = Array.from({ length: 10 }, (_, at) => {
      const joiner = { store: `joiner-${at}`, zone: "a" };
      const after = planned([...members, joiner], goals, 3);
      expect(after.forced).toEqual({ replicas: 0, leaders: 0 });
      return after.goals.filter((goal) => goal.includes(joiner.store)).length;
    });
    // Each partition is once in zone a, which has four nodes now. The cap of 70 would be too much.
    const mean = shares.reduce((sum, each) => sum + each, 0) / shares.length;
    expect(mean).toBeGreaterThan(60);
    expect(mean).toBeLessThan(67);
  }, 60_000);
});

describe("a leave", () => {
  it("moves what the leaver had, and nothing else", () => {
    fc.assert(
      fc.property(membersOf(1, 2, 12), anyReplicas, (members, replicas) => {
        const [leaver, ...others] = members;
        if (leaver === undefined) return;
        // As even as can be, and nothing like the ring's.
        const stores = members.map(({ store }) => store);
        const size = Math.min(replicas, members.length);
        const current = Array.from({ length: PARTITIONS }, (_, at) =>
          Array.from(
            { length: size },
            (__, follower) => stores[(at + follower) % stores.length] ?? "",
          ),
        );
        const before = planned(members, current, replicas);
        expect(before.moves).toEqual([]);

        const after = planned(others, before.goals, replicas);
        expectSound(others, after, replicas);
        const had = before.goals.filter((goal) => goal.includes(leaver.store)).length;
        expect(after.moves).toHaveLength(had);
        for (const { from, to } of after.moves) {
          expect(from.filter((store) => !to.includes(store))).toEqual([leaver.store]);
          if (to[0] !== from[0]) expect(from[0]).toBe(leaver.store);
          // Who leads has the data already, unless all who have it lead as many as they may.
          if (from.includes(to[0] ?? "")) continue;
          const most = capOf(PARTITIONS / others.length);
          const able = from.filter((store) => store !== leaver.store);
          for (const store of able) expect(leadsOf(after, store), store).toBe(most);
        }
        expect(after.forced).toEqual({ replicas: 0, leaders: 0 });
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it("gives the leaver's partitions to who comes for it", () => {
    fc.assert(
      fc.property(membersOf(1, 3, 12), anyReplicas, ([joiner, ...members], replicas) => {
        if (joiner === undefined) return;
        const [leaver, ...others] = members;
        const before = planned(members, NOWHERE, replicas);
        const after = planned([...others, joiner], before.goals, replicas);
        expectSound([...others, joiner], after, replicas);
        for (const { from, to } of after.moves) {
          for (const store of to.filter((each) => !from.includes(each))) {
            if (store !== joiner.store) expect(from).toContain(leaver?.store);
          }
        }
        expect(after.forced.replicas).toBe(0);
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});

describe("a history of joins and leaves", () => {
  it("keeps every promise, and counts what it had to force", () => {
    const history = zones.chain((count) =>
      fc.tuple(
        membersOf(count, 12, 12),
        fc.array(fc.nat({ max: 11 }), { minLength: 3, maxLength: 8 }),
      ),
    );
    fc.assert(
      fc.property(history, anyReplicas, ([all, toggles], replicas) => {
        let members = all.slice(0, 6);
        let { goals } = planned(members, NOWHERE, replicas);
        for (const at of toggles) {
          const one = all[at];
          if (one === undefined) continue;
          const next = members.includes(one)
            ? members.filter((each) => each !== one)
            : [...members, one];
          if (next.length === 0) continue;
          const result = planned(next, goals, replicas);
          expectSound(next, result, replicas);
          expect(unexplained(members, next, result)).toEqual(result.forced);
          // Seen: none in one zone, up to an eighth of all where a whole zone goes.
          const isInOneZone = new Set(all.map(({ zone }) => zone)).size === 1;
          const most = isInOneZone ? 0 : (PARTITIONS * replicas) / 4;
          expect(result.forced.replicas).toBeLessThanOrEqual(most);
          expect(planned(next, result.goals, replicas).moves).toEqual([]);
          members = next;
          ({ goals } = result);
        }
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});
