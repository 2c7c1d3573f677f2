import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generationAt, runOf, RUNS_OF_A_SLICE } from "./generation.ts";
import { RUN_KEYS, runCapacity, SliceRuns } from "./slice-runs.ts";
import { START_MS } from "./test/test-node.ts";

const SLICE = generationAt(10, START_MS);

interface TestRun {
  readonly id: number;
  records: number;
  readonly filter: { keys: number; readonly capacity: number };
}

const run = (number: number, keys = 0, records = keys): TestRun => ({
  id: SLICE + number,
  records,
  filter: { keys, capacity: 10 },
});

describe("runCapacity", () => {
  it("doubles up to the most, and follows what stands before when that is much", () => {
    const { first, most } = RUN_KEYS;
    expect(runCapacity(RUN_KEYS, 0, 0)).toBe(first);
    expect(runCapacity(RUN_KEYS, 1, first)).toBe(2 * first);
    expect(runCapacity(RUN_KEYS, 40, 16 * most)).toBe(most);
    expect(runCapacity(RUN_KEYS, 60_000, 16 * most + 1)).toBe(most + 1);
    expect(runCapacity(RUN_KEYS, 60, 1e9)).toBe(1e9 / 16);
  });

  it("keeps the runs of a slice few: 22 at ten million keys, 100 at a billion", () => {
    const runsFor = (keys: number): number => {
      let number = 0;
      for (let held = 0; held < keys; number += 1) held += runCapacity(RUN_KEYS, number, held);
      return number;
    };
    expect(runsFor(1e7)).toBeLessThanOrEqual(22);
    expect(runsFor(1e9)).toBeLessThanOrEqual(100);
  });
});

describe("the runs of a slice", () => {
  it("begin with the first and go on when the newest is full, by records or filter", () => {
    const runs = new SliceRuns<TestRun>();
    expect(runs.next(SLICE)).toBe(SLICE);
    const first = run(0);
    runs.add(first);
    first.filter.keys = 9;
    first.records = 9;
    expect(runs.next(SLICE)).toBe(SLICE);
    first.filter.keys = 10;
    expect(runs.next(SLICE)).toBe(SLICE + 1);
    // Rebuilt after a start: the filter does not have them yet.
    const second = run(1, 0, 10);
    runs.add(second);
    expect(runs.next(SLICE)).toBe(SLICE + 2);
  });

  it("are full for good, though their records are removed", () => {
    const runs = new SliceRuns<TestRun>();
    const first = run(0, 10);
    runs.add(first);
    first.records = 0;
    expect(runs.next(SLICE)).toBe(SLICE + 1);
  });

  it("of different slices don't know of each other", () => {
    const runs = new SliceRuns<TestRun>();
    runs.add(run(0, 10));
    expect(runs.next(SLICE + RUNS_OF_A_SLICE)).toBe(SLICE + RUNS_OF_A_SLICE);
    expect(runs.next(generationAt(4, START_MS))).toBe(generationAt(4, START_MS));
  });

  it("take no further key once they are closed, or a newer one has begun", () => {
    const runs = new SliceRuns<TestRun>();
    const [first, second] = [run(0), run(1)];
    runs.add(first);
    expect(runs.isClosed(first)).toBe(false);
    runs.add(second);
    expect([runs.isClosed(first), runs.isClosed(second)]).toEqual([true, false]);
    runs.close(first);
    expect(runs.next(SLICE)).toBe(SLICE + 1);
    runs.close(second);
    expect(runs.isClosed(second)).toBe(true);
    expect(runs.next(SLICE)).toBe(SLICE + 2);
  });

  it("never get a number twice, whatever is closed meanwhile, but the last of all", () => {
    const steps = fc.array(fc.constantFrom("fill", "close", "find"), { maxLength: 60 });
    const from = fc.constantFrom(0, RUNS_OF_A_SLICE - 5);
    fc.assert(
      fc.property(steps, from, (all, start) => {
        const runs = new SliceRuns<TestRun>();
        const known: TestRun[] = [run(start, 10)];
        runs.add(known[0] as TestRun);
        let highest = start;
        for (const step of all) {
          if (step === "close") {
            const dropped = known.splice(0, 1)[0];
            if (dropped !== undefined) runs.close(dropped);
            continue;
          }
          const next = runOf(runs.next(SLICE));
          expect(next).toBeGreaterThanOrEqual(highest);
          const newest = known.find(({ id }) => runOf(id) === next);
          if (newest !== undefined && next < RUNS_OF_A_SLICE - 1) {
            expect(newest.filter.keys).toBeLessThan(newest.filter.capacity);
          } else if (newest === undefined && next < RUNS_OF_A_SLICE - 1) {
            expect(next).toBe(highest + 1);
          }
          highest = next;
          const begun = newest ?? run(next);
          if (newest === undefined) {
            known.push(begun);
            runs.add(begun);
          }
          if (step === "fill") begun.filter.keys = 10;
        }
      }),
    );
  });

  it("are forgotten with their slice", () => {
    const runs = new SliceRuns<TestRun>();
    runs.add(run(7, 10));
    runs.forget(() => false);
    expect(runs.next(SLICE)).toBe(SLICE + 8);
    runs.forget((slice) => slice === SLICE);
    expect(runs.next(SLICE)).toBe(SLICE);
  });
});
