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
    expect(generations.size).toBe(0);
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
