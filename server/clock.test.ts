import { describe, expect, it } from "vitest";
import { MAX_FOLLOWED_MS, MAX_START_GAP_MS, NodeClock, SYSTEM_TIME } from "./clock.ts";
import {
  DAY_MS,
  JUMPS,
  MINUTE_MS,
  pass,
  SECOND_MS,
  start,
  T0,
} from "./test/support/clock-machine.ts";
import { seededRandom, testSeed } from "./test/support/seed.ts";

describe("NodeClock, running", () => {
  it("gives whole milliseconds of the wall clock", () => {
    const node = start(T0);
    pass(node, 1000, 0.37);
    expect(Number.isInteger(node.clock.nowMs())).toBe(true);
    expect(Math.abs(node.clock.nowMs() - T0 - 1000)).toBeLessThanOrEqual(1);
    expect(node.clock.alarm).toBe(false);
    expect(node.clock.offsetMs).toBe(0);
  });

  it("follows a wall clock that runs a little fast or slow", () => {
    for (const rate of [1.001, 0.999]) {
      const node = start(T0);
      pass(node, 10 * MINUTE_MS, 100, rate);
      expect(Math.abs(node.clock.nowMs() - node.machine.wallMs())).toBeLessThanOrEqual(1);
      expect(node.alarms).toEqual([]);
    }
  });

  it("is pulled by at most 1 ms in 20 ms", () => {
    for (const jumpMs of [800, -800]) {
      const node = start(T0);
      node.machine.setWallBy(jumpMs);
      expect(node.clock.nowMs()).toBe(T0);
      pass(node, 2000, 7);
      expect(node.clock.nowMs()).toBeCloseTo(T0 + 2000 + Math.sign(jumpMs) * 100, -0.5);
      pass(node, 15_000, 7);
      expect(Math.abs(node.clock.offsetMs)).toBeLessThanOrEqual(1);
      expect(node.alarms).toEqual([]);
    }
  });

  it("follows exactly 1 s and no more", () => {
    for (const sign of [1, -1]) {
      const followed = start(T0);
      followed.machine.setWallBy(sign * MAX_FOLLOWED_MS);
      expect(followed.clock.alarm).toBe(false);
      const refused = start(T0);
      refused.machine.setWallBy(sign * (MAX_FOLLOWED_MS + 1));
      expect(refused.clock.alarm).toBe(true);
    }
  });

  it.each(JUMPS)("goes on by monotonic time when the wall clock is set by %s", (_, jumpMs) => {
    for (const byMs of [jumpMs, -jumpMs]) {
      const node = start(T0);
      pass(node, SECOND_MS);
      node.machine.setWallBy(byMs);
      pass(node, 5 * MINUTE_MS, 1000);
      expect(node.clock.nowMs()).toBe(T0 + SECOND_MS + 5 * MINUTE_MS);
      expect(node.clock.alarm).toBe(true);
      expect(node.clock.offsetMs).toBe(byMs);
      expect(node.alarms).toEqual([{ offsetMs: byMs, atStart: false }]);

      node.machine.setWallBy(-byMs);
      pass(node, MINUTE_MS, 1000);
      expect(node.clock.nowMs()).toBe(T0 + SECOND_MS + 6 * MINUTE_MS);
      expect(node.alarms).toHaveLength(2);
      expect(node.alarms[1]).toBeUndefined();
      expect(node.clock.alarm).toBe(false);
    }
  });

  it("stays behind by the pause of a suspended machine until that is accepted", () => {
    const node = start(T0);
    node.machine.setWallBy(10 * MINUTE_MS);
    pass(node, SECOND_MS);
    expect(node.clock.nowMs()).toBe(T0 + SECOND_MS);
    expect(node.clock.alarm).toBe(true);
    expect(node.clock.accept()).toBe(10 * MINUTE_MS);
    expect(node.clock.nowMs()).toBe(node.machine.wallMs());
  });

  it("takes in time that nobody looked at", () => {
    const node = start(T0);
    node.machine.pass(DAY_MS);
    expect(node.clock.nowMs()).toBe(T0 + DAY_MS);
  });
});

describe("NodeClock.accept", () => {
  it.each(JUMPS)("jumps to a wall clock that is ahead by %s", (_, jumpMs) => {
    const node = start(T0);
    node.machine.setWallBy(jumpMs);
    expect(node.clock.alarm).toBe(true);
    expect(node.clock.accept()).toBe(jumpMs);
    expect(node.clock.nowMs()).toBe(T0 + jumpMs);
    expect(node.clock.alarm).toBe(false);
    expect(node.alarms.at(-1)).toBeUndefined();
  });

  it.each(JUMPS)("takes a wall clock that is behind by %s as normal, and goes on", (_, jumpMs) => {
    const node = start(T0);
    node.machine.setWallBy(-jumpMs);
    expect(node.clock.accept()).toBe(0);
    expect(node.clock.alarm).toBe(false);
    pass(node, MINUTE_MS, 100);
    expect(node.clock.nowMs()).toBe(T0 + MINUTE_MS);
    expect(node.clock.offsetMs).toBe(-jumpMs);
    // What was accepted is followed from then on, and only that.
    pass(node, 10 * MINUTE_MS, 100, 1.001);
    expect(node.clock.nowMs() - node.machine.wallMs() - jumpMs).toBeLessThanOrEqual(2);
    node.machine.setWallBy(-2 * SECOND_MS);
    expect(node.clock.alarm).toBe(true);
  });

  it("forgets what it accepted once the wall clock itself is back", () => {
    const node = start(T0);
    node.machine.setWallBy(-DAY_MS);
    node.clock.accept();
    pass(node, MINUTE_MS, 100);
    node.machine.setWallBy(DAY_MS);
    pass(node, MINUTE_MS, 100);
    expect(node.clock.alarm).toBe(false);
    expect(node.clock.offsetMs).toBe(0);
    node.machine.setWallBy(-DAY_MS);
    expect(node.clock.alarm).toBe(true);
  });

  it("changes nothing that matters when the clocks agree", () => {
    const node = start(T0);
    node.machine.setWallBy(-300);
    expect(node.clock.accept()).toBe(0);
    pass(node, 30_000, 10);
    expect(node.clock.offsetMs).toBe(0);
    expect(node.alarms).toEqual([]);
  });
});

describe("NodeClock.nowMs", () => {
  const seed = testSeed();

  it(`never goes back, whatever happens to the wall clock (seed ${seed})`, () => {
    const random = seededRandom(seed);
    let node = start(T0);
    let lastMs = node.clock.nowMs();
    let passedMs = 0;
    for (let step = 0; step < 200_000; step++) {
      const jumpMs =
        (random.chance(0.5) ? -1 : 1) * random.pick([3, 900, ...JUMPS.map((j) => j[1])]);
      const what = random.next();
      if (what < 0.02) node.machine.setWallBy(jumpMs);
      else if (what < 0.03) {
        const before = node.clock.nowMs();
        node.clock.accept();
        expect(node.clock.nowMs()).toBeGreaterThanOrEqual(before);
      } else if (what < 0.035) {
        const wallMs = node.machine.wallMs() + (random.chance(0.3) ? jumpMs : 0);
        const acceptAtStart = random.chance(0.2);
        node = start(wallMs, { floorMs: lastMs, acceptAtStart });
        if (!acceptAtStart) {
          expect(node.clock.nowMs() - lastMs).toBeLessThanOrEqual(MAX_START_GAP_MS);
        }
      } else {
        const ms = random.below(200);
        const onFloor = node.clock.alarm && node.alarms.at(-1)?.atStart === true;
        node.machine.pass(ms);
        passedMs += ms;
        const now = node.clock.nowMs();
        const wentMs = now - lastMs;
        // Nobody accepted anything: at most 5 % faster than time itself, unless it left the floor.
        if (!onFloor && lastMs > 0 && wentMs > ms * 1.05 + 1) {
          expect.fail(`step ${step}: ${wentMs} ms in ${ms} ms`);
        }
      }
      const now = node.clock.nowMs();
      if (now < lastMs) expect.fail(`step ${step}: ${now} after ${lastMs}`);
      if (!Number.isInteger(now)) expect.fail(`step ${step}: ${now} is no whole millisecond`);
      lastMs = now;
    }
    expect(lastMs).toBeGreaterThan(T0 + passedMs * 0.94);
  });

  it("reads the clocks of this machine", () => {
    const clock = new NodeClock(SYSTEM_TIME, { floorMs: 0, acceptAtStart: false });
    expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(SECOND_MS);
    expect(SYSTEM_TIME.monotonicMs()).toBeLessThanOrEqual(SYSTEM_TIME.monotonicMs());
  });
});
