import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.ts";
import { droppableAtMs, generationAt, generationFor, RUNS_OF_A_SLICE } from "./generation.ts";
import { Generations } from "./generations.ts";
import { START_MS } from "./test/test-node.ts";

const MINUTE_MS = 60_000;
const SLICE_MS = 2 * MINUTE_MS;

function idsOf(generations: readonly { readonly id: number }[]): number[] {
  return generations.map(({ id }) => id);
}

describe("generations", () => {
  it("are looked up newest first, and no longer than something in them can be live", () => {
    const generations = new Generations(0, undefined);
    const first = generationAt(1, START_MS);
    for (let slice = 0; slice < 5; slice += 1)
      generations.add(first + slice * RUNS_OF_A_SLICE, 1, 100);
    const at = (nowMs: number): number[] => idsOf(generations.live(1, nowMs));
    expect(at(START_MS)).toEqual([4, 3, 2, 1, 0].map((slice) => first + slice * RUNS_OF_A_SLICE));
    const overMs = droppableAtMs(first, 0);
    expect(at(overMs - 1)).toContain(first);
    expect(at(overMs)).toEqual([4, 3, 2, 1].map((slice) => first + slice * RUNS_OF_A_SLICE));
    expect(at(overMs + SLICE_MS)).toEqual(
      [4, 3, 2].map((slice) => first + slice * RUNS_OF_A_SLICE),
    );
    expect(generations.live(2, START_MS)).toEqual([]);
  });

  it("include one that begins after the last look-up", () => {
    const generations = new Generations(0, undefined);
    const first = generationAt(1, START_MS);
    expect(generations.live(1, START_MS)).toEqual([]);
    generations.add(first, 1, 100);
    expect(idsOf(generations.live(1, START_MS))).toEqual([first]);
    generations.add(first + RUNS_OF_A_SLICE, 1, 100);
    expect(idsOf(generations.live(1, START_MS))).toEqual([first + RUNS_OF_A_SLICE, first]);
  });

  it("of every class are looked up, whatever the policy has become", () => {
    const generations = new Generations(0, undefined);
    const old = generationAt(1, START_MS);
    const current = generationAt(4, START_MS);
    generations.add(old, 1, 100);
    generations.add(current, 1, 100);
    expect(idsOf(generations.live(1, START_MS))).toEqual([current, old]);
    const overMs = droppableAtMs(old, 0);
    expect(idsOf(generations.live(1, overMs - 1))).toEqual([current, old]);
    expect(idsOf(generations.live(1, overMs))).toEqual([current]);
  });

  it("count records and bytes by namespace, and forget what is retired", () => {
    const generations = new Generations(0, undefined);
    const first = generationAt(1, START_MS);
    generations.add(first, 1, 100);
    generations.add(first, 1, 50);
    generations.add(first + RUNS_OF_A_SLICE, 1, 30);
    generations.add(first, 2, 7);
    expect(generations.totals(1)).toEqual({ records: 3, bytes: 180 });
    generations.remove(first, 1, 50);
    expect(generations.totals(1)).toEqual({ records: 2, bytes: 130 });
    expect(generations.retireOver(droppableAtMs(first, 0) - 1)).toEqual([]);
    const retired = generations.retireOver(droppableAtMs(first, 0));
    expect(retired).toMatchObject([
      { namespaceId: 1, records: 1, bytes: 100, retired: true },
      { namespaceId: 2, records: 1, bytes: 7, retired: true },
    ]);
    expect(generations.totals(1)).toEqual({ records: 1, bytes: 30 });
    expect(generations.totals(2)).toEqual({ records: 0, bytes: 0 });
    expect(generations.remove(first, 1, 100)).toBeUndefined();
    expect(generations.totals(1)).toEqual({ records: 1, bytes: 30 });
    expect(generations.retireNamespace(1)).toHaveLength(1);
    expect(generations.all()).toEqual([]);
  });

  it("stay for the grace after an outage, where they were not over when it began", () => {
    const first = generationAt(1, START_MS);
    const overMs = droppableAtMs(first, 0);
    const resumedAtMs = overMs + 3_600_000;
    const untilMs = resumedAtMs + LIMITS.restartGraceMs.min + 2 * SLICE_MS;
    const generations = new Generations(0, { stoppedAtMs: overMs - 1, resumedAtMs });
    generations.add(first, 1, 100);
    generations.add(first - RUNS_OF_A_SLICE, 1, 100);
    // Over already when serving stopped: no lease in it was running.
    expect(idsOf(generations.live(1, untilMs - 1))).toEqual([first]);
    expect(generations.retireOver(untilMs - 1)).toHaveLength(1);
    expect(generations.live(1, untilMs)).toEqual([]);
    expect(generations.retireOver(untilMs)).toHaveLength(1);
  });

  it("hold on for the allowed clock offset", () => {
    const first = generationAt(1, START_MS);
    const generations = new Generations(500, undefined);
    generations.add(first, 1, 100);
    expect(generations.retireOver(droppableAtMs(first, 0) + 499)).toEqual([]);
    expect(generations.live(1, droppableAtMs(first, 0) + 499)).toHaveLength(1);
    expect(generations.retireOver(droppableAtMs(first, 0) + 500)).toHaveLength(1);
  });

  it("of a slice are begun one after the other, and are over together", () => {
    const generations = new Generations(0, undefined, { first: 4, most: 8 });
    const slice = generationAt(1, START_MS);
    const placed: number[] = [];
    for (let key = 0; key < 30; key += 1) {
      const generation = generations.place(slice, 0);
      const { filter } = generations.add(generation, 1 + (key % 2), 100).generation;
      filter.add(key * 2 ** 27, key);
      placed.push(generation - slice);
    }
    const count = (run: number): number => placed.filter((each) => each === run).length;
    expect([0, 1, 2, 3, 4].map(count)).toEqual([4, 8, 8, 8, 2]);
    expect(idsOf(generations.live(1, START_MS))).toEqual([4, 3, 2, 1, 0].map((n) => slice + n));
    expect(generations.filters(1, START_MS)).toEqual(
      generations.live(1, START_MS).map(({ filter }) => filter),
    );
    const overMs = droppableAtMs(slice, 0);
    expect(generations.retireOver(overMs - 1)).toEqual([]);
    expect(generations.live(1, overMs - 1)).toHaveLength(5);
    expect(generations.live(1, overMs)).toEqual([]);
    expect(generations.retireOver(overMs)).toHaveLength(10);
  });

  it("keep a key where it stands within its slice, and move it on from an older one", () => {
    const generations = new Generations(0, undefined, { first: 1, most: 1 });
    const slice = generationAt(1, START_MS);
    for (let key = 0; key < 3; key += 1) {
      const { generation } = generations.add(generations.place(slice, 0), 1, 100);
      generation.filter.add(key * 2 ** 27, key);
    }
    expect(generations.place(slice, slice + 1)).toBe(slice + 1);
    expect(generations.place(slice, 0)).toBe(slice + 3);
    const next = slice + RUNS_OF_A_SLICE;
    expect(generations.place(next, slice + 1)).toBe(next);
  });

  it("that a start finds go on with the newest run, where it is not full", () => {
    const found = (records: number): Generations => {
      const generations = new Generations(0, undefined, { first: 4, most: 8 });
      const slice = generationAt(1, START_MS);
      generations.found([
        { generation: slice + 1, namespaceId: 1, records: records - 1, bytes: 70 },
        { generation: slice, namespaceId: 1, records: 4, bytes: 40 },
        { generation: slice + 1, namespaceId: 2, records: 1, bytes: 10 },
      ]);
      return generations;
    };
    const slice = generationAt(1, START_MS);
    expect(found(7).place(slice, 0)).toBe(slice + 1);
    expect(found(8).place(slice, 0)).toBe(slice + 2);
    // More than it was for, by a setting that has changed: its filter is for all of them.
    expect(found(1000).get(slice + 1)?.filter.capacity).toBe(1000);
    expect(found(7).totals(1)).toEqual({ records: 10, bytes: 110 });
    expect(
      found(7)
        .filters(1, START_MS)
        .every(({ complete }) => complete),
    ).toBe(false);
  });

  it("don't reuse the number of a run that went with its namespace", () => {
    const generations = new Generations(0, undefined, { first: 4, most: 8 });
    const slice = generationAt(1, START_MS);
    generations.add(generations.place(slice, 0), 1, 100);
    expect(generations.retireNamespace(1)).toHaveLength(1);
    expect(generations.place(slice, 0)).toBe(slice + 1);
  });

  it("are always asked for a record that is live, whatever the time has done", () => {
    const write = fc.record({ afterMs: fc.nat(10 * MINUTE_MS), lifeMs: fc.nat(20 * SLICE_MS) });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 40 }), (writes) => {
        const generations = new Generations(0, undefined);
        const live: { generation: number; untilMs: number }[] = [];
        let nowMs = START_MS;
        for (const { afterMs, lifeMs } of writes) {
          nowMs += afterMs;
          const untilMs = nowMs + lifeMs;
          const generation = generationFor(1, nowMs, untilMs);
          generations.add(generation, 1, 10);
          live.push({ generation, untilMs });
          generations.retireOver(nowMs);
          const asked = idsOf(generations.live(1, nowMs));
          for (const each of live) {
            if (each.untilMs > nowMs) expect(asked).toContain(each.generation);
          }
        }
      }),
    );
  });
});
