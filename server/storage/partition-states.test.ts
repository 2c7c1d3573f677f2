import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.ts";
import { PartitionStates } from "./partition-states.ts";

const state = fc.record({
  index: fc.nat(),
  token: fc.nat(),
  epoch: fc.nat(1000),
  stampMs: fc.nat(),
  promised: fc.nat(1000),
  join: fc.nat(1000),
  erasedJoin: fc.nat(1000),
  isVoid: fc.boolean(),
});
const NOTHING = {
  ...{ index: 0, token: 0, epoch: 0, stampMs: 0 },
  ...{ promised: 0, join: 0, erasedJoin: 0, isVoid: false },
};

describe("a partition's state", () => {
  it("never falls, in whatever order it is learned", () => {
    fc.assert(
      fc.property(fc.array(state, { minLength: 1 }), (states) => {
        const partitions = new PartitionStates();
        for (const each of states) {
          const before = partitions.at(9);
          partitions.raise(9, each);
          const after = partitions.at(9);
          expect(after.index).toBe(Math.max(before.index, each.index));
          expect(after.token).toBe(Math.max(before.token, each.token));
          expect(after.epoch).toBe(Math.max(before.epoch, each.epoch));
          expect(after.stampMs).toBe(Math.max(before.stampMs, each.stampMs));
          expect(after.promised).toBe(Math.max(before.promised, each.promised));
          expect(after.isVoid).toBe(each.isVoid);
        }
        expect(partitions.at(8)).toEqual(NOTHING);
      }),
    );
  });

  it("moves its index with every applied entry, its token only with a grant's", () => {
    const partitions = new PartitionStates();
    partitions.handOut(3, 7, 1000);
    partitions.handOut(3, 5, 900);
    partitions.handOut(3, 0, 1100);
    partitions.advance(3, { index: 1, epoch: 0 });
    partitions.advance(3, { index: 2, epoch: 4 });
    const state = { index: 2, token: 7, epoch: 4, stampMs: 1100 };
    expect(partitions.at(3)).toEqual({ ...NOTHING, ...state });
    partitions.skipTokens(100);
    expect(partitions.tokenOf(3)).toBe(107);
    expect(partitions.tokenOf(4)).toBe(100);
  });

  it("keeps its promise over memberships, and knows which are over", () => {
    const partitions = new PartitionStates();
    partitions.promise(3, 5);
    partitions.promise(3, 4);
    partitions.setMembership(3, 2, true);
    partitions.advance(3, { index: 1, epoch: 5 });
    expect(partitions.at(3)).toMatchObject({ promised: 5, join: 2, index: 1, erasedJoin: 0 });
    partitions.setMembership(3, 2, false);
    expect(partitions.at(3)).toMatchObject({ promised: 5, join: 0, index: 0, erasedJoin: 2 });
  });

  it("has nothing when it is void, and its state when that is installed", () => {
    const partitions = new PartitionStates();
    partitions.handOut(3, 7, 1000);
    partitions.setMembership(3, 2, true);
    partitions.advance(3, { index: 1, epoch: 5 });
    partitions.setVoid(3);
    partitions.setVoid(9);
    expect(partitions.voids()).toEqual([3, 9]);
    expect(partitions.at(3)).toMatchObject({ index: 0, epoch: 0, join: 2, token: 7, isVoid: true });
    const state = { index: 90, epoch: 6, token: 50, stampMs: 2000 };
    partitions.setInstalled({ type: "installed", partition: 3, ...state });
    expect(partitions.voids()).toEqual([9]);
    expect(partitions.at(3)).toMatchObject({ ...state, join: 2, isVoid: false });
  });

  it("takes no state back that is older than what it has", () => {
    const partitions = new PartitionStates();
    partitions.raise(3, { ...NOTHING, index: 120, epoch: 8, token: 60, stampMs: 3000 });
    const state = { index: 90, epoch: 6, token: 50, stampMs: 2000 };
    partitions.setInstalled({ type: "installed", partition: 3, ...state });
    expect(partitions.at(3)).toMatchObject({ index: 120, epoch: 8, token: 60, stampMs: 3000 });
  });

  it("takes no entry behind a hole", () => {
    const partitions = new PartitionStates();
    expect(() => {
      partitions.advance(0, { index: 2, epoch: 1 });
    }).toThrow("without a hole");
  });

  it("refuses a partition that is not there, and a token that is no exact number", () => {
    const partitions = new PartitionStates();
    const zero = partitions.at(0);
    expect(() => {
      partitions.raise(256, zero);
    }).toThrow("partition 256");
    expect(() => {
      partitions.handOut(0, LIMITS.token.max + 1, 0);
    }).toThrow("fencing tokens");
  });
});
