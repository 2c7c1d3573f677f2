import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LogPoint, PartitionLog } from "./partition-log.ts";

/** The same with an array: epochs by index from the base on. */
class PlainLog {
  base: LogPoint = { epoch: 0, index: 0 };
  epochs: number[] = [];

  get lastIndex(): number {
    return this.base.index + this.epochs.length;
  }

  epochAt(index: number): number | undefined {
    return index === this.base.index ? this.base.epoch : this.epochs[index - this.base.index - 1];
  }
}

type Step =
  | { readonly type: "append"; readonly more: number }
  | { readonly type: "cut" | "release"; readonly at: number }
  | { readonly type: "reset"; readonly epoch: number; readonly index: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("append"), more: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("cut", "release"), at: fc.nat(30) }) },
  fc.record({ type: fc.constant("reset"), epoch: fc.nat(5), index: fc.nat(10) }),
);

function make(steps: readonly Step[]): { log: PartitionLog; plain: PlainLog } {
  const log = new PartitionLog();
  const plain = new PlainLog();
  for (const each of steps) {
    switch (each.type) {
      case "append": {
        const epoch = log.last.epoch + (each.more === 2 ? 1 : 0);
        const point = log.append(epoch);
        plain.epochs.push(epoch);
        expect(point).toEqual({ epoch, index: plain.lastIndex });
        break;
      }
      case "cut":
        if (each.at <= plain.base.index || each.at > plain.lastIndex) break;
        log.cut(each.at);
        plain.epochs.length = each.at - plain.base.index - 1;
        break;
      case "release": {
        const epoch = plain.epochAt(each.at);
        log.release(each.at);
        if (epoch === undefined) break;
        plain.epochs = plain.epochs.slice(each.at - plain.base.index);
        plain.base = { epoch, index: each.at };
        break;
      }
      case "reset":
        log.reset(each);
        plain.base = { epoch: each.epoch, index: each.index };
        plain.epochs = [];
        break;
    }
  }
  return { log, plain };
}

const steps = fc.array(step, { maxLength: 40 });
const indexes = Array.from({ length: 60 }, (_, index) => index);

describe("PartitionLog", () => {
  it("knows the epoch of every entry that an array of epochs knows", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { log, plain } = make(all);
        expect(log.lastIndex).toBe(plain.lastIndex);
        expect(log.base).toMatchObject(plain.base);
        expect(log.last).toEqual({ epoch: plain.epochAt(plain.lastIndex), index: plain.lastIndex });
        for (const index of indexes) expect(log.epochAt(index)).toBe(plain.epochAt(index));
      }),
    );
  });

  it("is the same again from its shape, whatever is done with it afterwards", () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const { log } = make(before);
        const again = new PartitionLog(log.shape());
        log.append(log.last.epoch + after.length);
        again.append(again.last.epoch + after.length);
        expect(again.shape()).toEqual(log.shape());
      }),
    );
  });

  it("finds the last index at which two logs have the same epoch", () => {
    fc.assert(
      fc.property(steps, steps, steps, (common, mine, theirs) => {
        const one = make([...common, ...mine]);
        const other = make([...common, ...theirs]);
        const equal = indexes.findLast((index) => {
          const epoch = one.plain.epochAt(index);
          return epoch !== undefined && epoch === other.plain.epochAt(index);
        });
        expect(one.log.agreement(other.log.shape())).toBe(equal);
      }),
    );
  });

  it("never lets epochs fall, and cuts only what is there", () => {
    const log = new PartitionLog();
    log.append(3);
    expect(() => log.append(2)).toThrow("epochs in a log never fall");
    expect(() => log.cut(2)).toThrow("only what is there is cut");
    expect(() => log.cut(0)).toThrow("only what is there is cut");
  });
});
