import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.ts";
import { PartitionStates } from "./partition-states.ts";

const state = fc.record({
  index: fc.nat(),
  token: fc.nat(),
  epoch: fc.nat(1000),
  stampMs: fc.nat(),
});

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
        }
        expect(partitions.at(8)).toEqual({ index: 0, token: 0, epoch: 0, stampMs: 0 });
      }),
    );
  });

  it("moves its index with every entry, its token only with a grant's", () => {
    const partitions = new PartitionStates();
    partitions.advance(3, 7, 1000);
    partitions.advance(3, 5, 900);
    partitions.advance(3, 0, 1100);
    expect(partitions.at(3)).toEqual({ index: 3, token: 7, epoch: 0, stampMs: 1100 });
    partitions.skipTokens(100);
    expect(partitions.tokenOf(3)).toBe(107);
    expect(partitions.tokenOf(4)).toBe(100);
  });

  it("refuses a partition that is not there, and a token that is no exact number", () => {
    const partitions = new PartitionStates();
    const zero = partitions.at(0);
    expect(() => {
      partitions.raise(256, zero);
    }).toThrow("partition 256");
    expect(() => {
      partitions.advance(0, LIMITS.token.max + 1, 0);
    }).toThrow("fencing tokens");
  });
});
