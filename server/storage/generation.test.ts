import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.ts";
import {
  classesAfterChange,
  classesInUse,
  classFor,
  classOf,
  droppableAtMs,
  endOfMs,
  type GenerationClasses,
  generationAt,
  generationFor,
  isGeneration,
  isLive,
  liveGenerations,
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
    expect(generationAt(1, Date.UTC(2020, 0, 1))).toBe(0x01000000);
    expect(generationAt(1, Date.UTC(2020, 0, 1, 0, 2))).toBe(0x01000001);
    expect(generationAt(10, NOW_MS)).toBe(0x0a000d09);
    expect(endOfMs(0x01000001)).toBe(Date.UTC(2020, 0, 1, 0, 4));
    expect(classOf(0x0a000d09)).toBe(10);
  });

  it("keeps what a clock before 2020 or behind the last slice writes", () => {
    expect(generationAt(1, 0)).toBe(0x01000000);
    const last = generationAt(1, Date.UTC(2100, 0, 1));
    expect(last).toBe(0x01ffffff);
    expect(isLive(last, Date.UTC(9999, 0, 1), 0)).toBe(true);
    expect(endOfMs(last - 1)).toBeGreaterThan(Date.UTC(2083, 0, 1));
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

describe("isGeneration", () => {
  it("knows the classes in use", () => {
    expect(
      [0, 0x00ffffff, 0x01000000, 0x1effffff, 0x1f000000, 0xff000000].map(isGeneration),
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
          expect(generationFor({ current: k }, nowMs, expiresAtMs)).toBe(generation);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("not even a claim that was extended again and again", () => {
    fc.assert(
      fc.property(
        instantMs,
        maxWindowMs,
        maxLeaseMs,
        fc.array(share, { minLength: 1, maxLength: 20 }),
        (startMs, maxWindow, maxLease, pauses) => {
          const classes = { current: classFor(maxWindow, maxLease) };
          let nowMs = startMs;
          for (const pause of pauses) {
            const generation = generationAt(classes.current, nowMs);
            const expiresAtMs = nowMs + maxLease + maxWindow;
            nowMs += Math.floor(maxLease * pause);
            // The next write finds the copy, and the last one is found until it expires.
            expect(liveGenerations(classes, nowMs, 0)).toContain(generation);
            expect(liveGenerations(classes, expiresAtMs, 0)).toContain(generation);
            expect(isLive(generation, expiresAtMs, 0)).toBe(true);
          }
        },
      ),
    );
  });

  it("goes two slices and the slack after the end of its slice, neither sooner nor later", () => {
    const generation = generationAt(4, NOW_MS);
    const atMs = endOfMs(generation) + 2 * sliceMs(4) + 500;
    expect(isLive(generation, atMs - 1, 500)).toBe(true);
    expect(isLive(generation, atMs, 500)).toBe(false);
  });
});

describe("liveGenerations", () => {
  it("is the three newest slices of the class", () => {
    const newest = generationAt(10, NOW_MS);
    expect(liveGenerations({ current: 10 }, NOW_MS, 0)).toEqual([newest, newest - 1, newest - 2]);
  });

  it("asks older slices where records may live longer", () => {
    expect(liveGenerations({ current: 1 }, NOW_MS, 60 * MINUTE_MS)).toHaveLength(33);
  });

  it("stops at the first slice", () => {
    expect(liveGenerations({ current: 1 }, 0, DAY_MS)).toEqual([0x01000000]);
  });

  it("asks the class of before a change until its last record is over", () => {
    const classes = changed({ current: 4 }, 6, NOW_MS);
    const untilMs = NOW_MS + 3 * sliceMs(4);
    const old = generationAt(4, NOW_MS);
    expect(liveGenerations(classes, NOW_MS, 0)).toEqual([
      ...liveGenerations({ current: 6 }, NOW_MS, 0),
      ...[old, old - 1, old - 2],
    ]);
    expect(classesInUse(classes, untilMs - 1)).toEqual([6, 4]);
    expect(classesInUse(classes, untilMs)).toEqual([6]);
  });
});

describe("generationFor", () => {
  const shrunk = changed({ current: 10 }, 1, NOW_MS);

  it("writes a record from before the change where its life fits", () => {
    expect(generationFor(shrunk, NOW_MS, NOW_MS + 4 * MINUTE_MS)).toBe(generationAt(1, NOW_MS));
    expect(generationFor(shrunk, NOW_MS, NOW_MS + 5 * MINUTE_MS)).toBe(generationAt(10, NOW_MS));
  });

  it("refuses one that outlives both classes, or the old one's stay", () => {
    expect(generationFor({ current: 1 }, NOW_MS, NOW_MS + DAY_MS)).toBeUndefined();
    expect(generationFor(shrunk, NOW_MS, NOW_MS + 2 * sliceMs(10) + 1)).toBeUndefined();
    const lateMs = NOW_MS + 2 * sliceMs(10);
    expect(generationFor(shrunk, lateMs, lateMs + sliceMs(10) + 1)).toBeUndefined();
  });

  it("gives a place where the record is found until it expires, whatever the change", () => {
    const k = fc.integer({ min: 1, max: 12 });
    const time = fc.integer({ min: 0, max: 4 * sliceMs(12) });
    fc.assert(
      fc.property(k, k, time, time, share, (before, after, delayMs, lifeMs, at) => {
        const classes = changed({ current: before }, after, NOW_MS);
        const nowMs = NOW_MS + delayMs;
        const generation = generationFor(classes, nowMs, nowMs + lifeMs);
        if (generation === undefined) return;
        // Live below its expiry: at it, the record is absent.
        const laterMs = nowMs + Math.floor(Math.max(lifeMs - 1, 0) * at);
        if (laterMs < nowMs + lifeMs) {
          expect(liveGenerations(classes, laterMs, 0)).toContain(generation);
        }
      }),
      { numRuns: 2000 },
    );
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

  it("loses no record on the way, however often the policy changes", () => {
    const step = fc.record({
      class: fc.integer({ min: 1, max: 8 }),
      pauseMs: fc.integer({ min: 0, max: 2 * sliceMs(8) }),
      life: share,
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        let classes: GenerationClasses = { current: 5 };
        let nowMs = NOW_MS;
        let written: { generation: number; expiresAtMs: number }[] = [];
        for (const { class: wanted, pauseMs, life } of steps) {
          nowMs += pauseMs;
          const change = classesAfterChange(classes, wanted, nowMs);
          if (change.type === "changed") classes = change.classes;
          written = written.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
          const asked = liveGenerations(classes, nowMs, 0);
          for (const { generation } of written) expect(asked).toContain(generation);
          const expiresAtMs = nowMs + Math.ceil(2 * sliceMs(classes.current) * life);
          const generation = generationFor(classes, nowMs, expiresAtMs);
          if (generation !== undefined) written.push({ generation, expiresAtMs });
        }
      }),
      { numRuns: 1000 },
    );
  });
});
