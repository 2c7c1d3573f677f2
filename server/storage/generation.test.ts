import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.ts";
import {
  classesAfterChange,
  classFor,
  classOf,
  droppableAtMs,
  endOfMs,
  firstRunOf,
  type GenerationClasses,
  generationAt,
  generationFor,
  isGeneration,
  runOf,
  RUNS_OF_A_SLICE,
  sliceMs,
} from "./generation.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const NOW_MS = Date.UTC(2026, 6, 1, 12, 34, 56);

const instantMs = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2120, 0) });
const maxWindowMs = fc.integer({ min: LIMITS.windowMs.min, max: LIMITS.windowMs.max });
const maxLeaseMs = fc.integer({ min: LIMITS.leaseMs.min, max: LIMITS.leaseMs.max });
const slackMs = fc.integer({ min: 0, max: DAY_MS });
const share = fc.double({ min: 0, max: 1, noNaN: true });

function changed(classes: GenerationClasses, newClass: number, nowMs: number): GenerationClasses {
  const change = classesAfterChange(classes, newClass, nowMs);
  if (change.type === "refused") throw new Error(`refused for ${change.waitMs} ms`);
  return change.classes;
}

describe("classFor", () => {
  it("takes the smallest class whose two slices cover lease and window", () => {
    expect(classFor(1000, 100)).toBe(1);
    expect(classFor(3 * MINUTE_MS, MINUTE_MS)).toBe(1);
    expect(classFor(3 * MINUTE_MS, MINUTE_MS + 1)).toBe(2);
    expect(classFor(DAY_MS, 60 * MINUTE_MS)).toBe(10);
    expect(classFor(LIMITS.windowMs.max, LIMITS.leaseMs.max)).toBe(19);
  });
});

describe("generationAt", () => {
  it("counts slices from the beginning of 2020", () => {
    expect(generationAt(1, Date.UTC(2020, 0, 1))).toBe(0x01000000_0000);
    expect(generationAt(1, Date.UTC(2020, 0, 1, 0, 2))).toBe(0x01000001_0000);
    expect(generationAt(10, NOW_MS)).toBe(0x0a000d09_0000);
    expect(endOfMs(0x01000001_0000)).toBe(Date.UTC(2020, 0, 1, 0, 4));
    expect(classOf(0x0a000d09_0000)).toBe(10);
  });

  it("keeps what a clock before 2020 or behind the last slice writes", () => {
    expect(generationAt(1, 0)).toBe(0x01000000_0000);
    const last = generationAt(1, Date.UTC(2100, 0, 1));
    expect(last).toBe(0x01ffffff_0000);
    expect(droppableAtMs(last, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(endOfMs(last - RUNS_OF_A_SLICE)).toBeGreaterThan(Date.UTC(2083, 0, 1));
  });

  it("never goes back while time goes on, and time is inside the slice", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 19 }), instantMs, instantMs, (k, a, b) => {
        const [earlier, later] = a < b ? [a, b] : [b, a];
        expect(generationAt(k, earlier)).toBeLessThanOrEqual(generationAt(k, later));
        expect(endOfMs(generationAt(k, later))).toBeGreaterThan(later);
      }),
    );
  });
});

describe("a run", () => {
  it("is over with its slice, whatever its number", () => {
    const k = fc.integer({ min: 1, max: 19 });
    const run = fc.oneof(fc.nat({ max: 2 ** 16 - 1 }), fc.constant(2 ** 16 - 1));
    fc.assert(
      fc.property(k, instantMs, run, slackMs, (generationClass, nowMs, each, slack) => {
        const first = generationAt(generationClass, nowMs);
        const generation = first + each;
        expect([classOf(generation), runOf(generation)]).toEqual([generationClass, each]);
        expect(firstRunOf(generation)).toBe(first);
        expect(endOfMs(generation)).toBe(endOfMs(first));
        expect(droppableAtMs(generation, slack)).toBe(droppableAtMs(first, slack));
      }),
    );
  });
});

describe("isGeneration", () => {
  it("knows the classes in use", () => {
    expect(
      [0, 0x00ffffff_ffff, 0x01000000_0000, 0x1effffff_ffff, 0x1f000000_0000, 0xff000000_0000].map(
        isGeneration,
      ),
    ).toEqual([false, false, true, true, false, false]);
  });
});

describe("S3: a record is never droppable before it expires", () => {
  it("whatever lease and window within the maxima it was written with", () => {
    fc.assert(
      fc.property(
        instantMs,
        maxWindowMs,
        maxLeaseMs,
        share,
        share,
        slackMs,
        (nowMs, maxWindow, maxLease, ofWindow, ofLease, slack) => {
          const k = classFor(maxWindow, maxLease);
          const expiresAtMs =
            nowMs + Math.ceil(maxLease * ofLease) + Math.ceil(maxWindow * ofWindow);
          const generation = generationAt(k, nowMs);
          expect(droppableAtMs(generation, slack)).toBeGreaterThan(expiresAtMs + slack);
          expect(generationFor(k, nowMs, expiresAtMs)).toBe(generation);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("goes two slices and the slack after the end of its slice", () => {
    const generation = generationAt(4, NOW_MS);
    expect(droppableAtMs(generation, 500)).toBe(endOfMs(generation) + 2 * sliceMs(4) + 500);
  });
});

describe("generationFor", () => {
  it("writes into the slice of now what two slices cover", () => {
    expect(generationFor(1, NOW_MS, NOW_MS + 4 * MINUTE_MS)).toBe(generationAt(1, NOW_MS));
  });

  it("writes what lives longer into a later slice, from before a policy change", () => {
    const later = generationFor(1, NOW_MS, NOW_MS + 4 * MINUTE_MS + 1);
    expect(later).toBeGreaterThan(generationAt(1, NOW_MS));
    expect(generationFor(1, NOW_MS, NOW_MS + 366 * DAY_MS)).toBeGreaterThan(later);
  });

  it("never gives a place that goes before the record expires, and not much later either", () => {
    const k = fc.integer({ min: 1, max: 12 });
    const lifeMs = fc.integer({ min: 1, max: 366 * DAY_MS });
    fc.assert(
      fc.property(k, instantMs, lifeMs, (generationClass, nowMs, life) => {
        const generation = generationFor(generationClass, nowMs, nowMs + life);
        expect(droppableAtMs(generation, 0)).toBeGreaterThanOrEqual(nowMs + life);
        fc.pre(nowMs > Date.UTC(2021, 0) && nowMs < Date.UTC(2080, 0));
        const slackMs = 3 * sliceMs(generationClass) + life / 2;
        expect(droppableAtMs(generation, 0)).toBeLessThanOrEqual(nowMs + life + slackMs);
      }),
      { numRuns: 2000 },
    );
  });

  it("puts long-lived records of a long time into few generations", () => {
    const generations = new Set<number>();
    for (let hour = 0; hour < 24 * 30; hour += 1) {
      const nowMs = NOW_MS + hour * 60 * MINUTE_MS;
      generations.add(generationFor(1, nowMs, nowMs + 30 * DAY_MS));
    }
    expect(generations.size).toBeLessThan(10);
  });
});

describe("classesAfterChange", () => {
  it("changes nothing where the class stays", () => {
    const classes = { current: 10 };
    expect(changed(classes, 10, NOW_MS)).toBe(classes);
  });

  it("keeps the old class for three of its slices and refuses a third one until then", () => {
    const classes = changed({ current: 4 }, 6, NOW_MS);
    const stayMs = 3 * sliceMs(4);
    expect(classes).toEqual({ current: 6, previous: { class: 4, untilMs: NOW_MS + stayMs } });
    expect(classesAfterChange(classes, 8, NOW_MS + 1000)).toEqual({
      type: "refused",
      waitMs: stayMs - 1000,
    });
    expect(changed(classes, 8, NOW_MS + stayMs)).toEqual({
      current: 8,
      previous: { class: 6, untilMs: NOW_MS + stayMs + 3 * sliceMs(6) },
    });
  });

  it("goes back to the class that is still kept", () => {
    const classes = changed({ current: 4 }, 6, NOW_MS);
    expect(changed(classes, 4, NOW_MS + 1000)).toEqual({
      current: 4,
      previous: { class: 6, untilMs: NOW_MS + 1000 + 3 * sliceMs(6) },
    });
  });
});
