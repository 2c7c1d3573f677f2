import { describe, expect, it } from "vitest";
import { seededRandom, testSeed } from "./test/support/seed.ts";
import {
  type ClockAlarm,
  MAX_FOLLOWED_MS,
  MAX_START_GAP_MS,
  NodeClock,
  SYSTEM_TIME,
  type TimeSource,
} from "./clock.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DECADE_MS = 3653 * DAY_MS;
const T0 = Date.UTC(2026, 6, 1);

const JUMPS: readonly (readonly [string, number])[] = [
  ["a minute", MINUTE_MS],
  ["two hours", 2 * HOUR_MS],
  ["a day", DAY_MS],
  ["a decade", DECADE_MS],
  ["three decades", 3 * DECADE_MS],
];

/** A machine whose two clocks are in our hands. */
class Machine implements TimeSource {
  #wallMs: number;
  #monotonicMs = 4711.25;

  constructor(wallMs: number) {
    this.#wallMs = wallMs;
  }

  wallMs(): number {
    return Math.floor(this.#wallMs);
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Time passes; the wall clock runs at `rate`. */
  pass(ms: number, rate = 1): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms * rate;
  }

  setWallBy(ms: number): void {
    this.#wallMs += ms;
  }
}

interface Running {
  readonly machine: Machine;
  readonly clock: NodeClock;
  readonly alarms: (ClockAlarm | undefined)[];
}

function start(
  wallMs: number,
  options: { readonly floorMs?: number; readonly acceptAtStart?: boolean } = {},
): Running {
  const machine = new Machine(wallMs);
  const alarms: (ClockAlarm | undefined)[] = [];
  const clock = new NodeClock(machine, {
    floorMs: options.floorMs ?? 0,
    acceptAtStart: options.acceptAtStart ?? false,
    onAlarm: (alarm) => alarms.push(alarm),
  });
  return { machine, clock, alarms };
}

/** Lets time pass in steps, each with a look at the clock, as turns do. */
function pass({ machine, clock }: Running, ms: number, stepMs = 10, rate = 1): void {
  for (let left = ms; left > 0; left -= stepMs) {
    machine.pass(Math.min(left, stepMs), rate);
    clock.nowMs();
  }
}

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

describe("NodeClock, at start", () => {
  it("takes the wall clock when there is no journal", () => {
    for (const wallMs of [5, T0, T0 + 3 * DECADE_MS]) {
      const node = start(wallMs);
      expect(node.clock.nowMs()).toBe(wallMs);
      expect(node.clock.startGapMs).toBe(0);
      expect(node.alarms).toEqual([]);
    }
  });

  it("takes a wall clock up to an hour ahead of the journal", () => {
    for (const gapMs of [0, 1, MINUTE_MS, MAX_START_GAP_MS]) {
      const node = start(T0 + gapMs, { floorMs: T0 });
      expect(node.clock.nowMs()).toBe(T0 + gapMs);
      expect(node.clock.startGapMs).toBe(gapMs);
      expect(node.alarms).toEqual([]);
    }
  });

  it.each([...JUMPS.slice(1), ["one ms more than an hour", HOUR_MS + 1] as const])(
    "starts at the floor when the wall clock is ahead by %s",
    (_, gapMs) => {
      const node = start(T0 + gapMs, { floorMs: T0 });
      expect(node.clock.nowMs()).toBe(T0);
      expect(node.alarms).toEqual([{ offsetMs: gapMs, atStart: true }]);
      pass(node, MINUTE_MS, 100);
      expect(node.clock.nowMs()).toBe(T0 + MINUTE_MS);
      expect(node.clock.alarm).toBe(true);
      expect(node.clock.accept()).toBe(gapMs);
      expect(node.clock.nowMs()).toBe(T0 + gapMs + MINUTE_MS);
      expect(node.clock.alarm).toBe(false);
    },
  );

  it.each(JUMPS)("starts at the floor when the wall clock is behind by %s", (_, gapMs) => {
    const node = start(T0 - gapMs, { floorMs: T0 });
    expect(node.clock.nowMs()).toBe(T0);
    expect(node.clock.startGapMs).toBe(-gapMs);
    expect(node.alarms).toEqual([{ offsetMs: -gapMs, atStart: true }]);
    pass(node, MINUTE_MS, 100);
    expect(node.clock.nowMs()).toBe(T0 + MINUTE_MS);
    expect(node.clock.accept()).toBe(0);
    pass(node, MINUTE_MS, 100);
    expect(node.clock.nowMs()).toBe(T0 + 2 * MINUTE_MS);
    expect(node.clock.alarm).toBe(false);
  });

  it("stays at the floor, without an alarm, when the wall clock is behind by up to 1 s", () => {
    const node = start(T0 - MAX_FOLLOWED_MS, { floorMs: T0 });
    expect(node.clock.nowMs()).toBe(T0);
    expect(node.alarms).toEqual([]);
    pass(node, 30_000, 10);
    expect(node.clock.offsetMs).toBe(0);
    expect(start(T0 - MAX_FOLLOWED_MS - 1, { floorMs: T0 }).clock.alarm).toBe(true);
  });

  it("takes the wall clock by itself once it is set right", () => {
    for (const wrongMs of [3 * DECADE_MS, -3 * DECADE_MS, 2 * HOUR_MS, -2 * HOUR_MS]) {
      const node = start(T0 + wrongMs, { floorMs: T0 });
      pass(node, MINUTE_MS, 1000);
      // Nobody served for half an hour before the start.
      node.machine.setWallBy(30 * MINUTE_MS - wrongMs);
      expect(node.clock.nowMs()).toBe(T0 + 31 * MINUTE_MS);
      expect(node.clock.alarm).toBe(false);
      expect(node.alarms).toHaveLength(2);
      // From then on it is a clock like any other.
      node.machine.setWallBy(30 * MINUTE_MS);
      expect(node.clock.nowMs()).toBe(T0 + 31 * MINUTE_MS);
      expect(node.clock.alarm).toBe(true);
    }
  });

  it("waits for a wall clock that catches up by itself", () => {
    const node = start(T0 - MINUTE_MS, { floorMs: T0 });
    pass(node, 2 * MINUTE_MS, 100, 1.4);
    expect(node.clock.nowMs()).toBe(T0 + 2 * MINUTE_MS);
    expect(node.clock.alarm).toBe(true);
    pass(node, 29 * SECOND_MS, 100, 1.4);
    expect(node.clock.alarm).toBe(false);
    expect(node.alarms).toHaveLength(2);
  });

  it("does what the operator says: acceptAtStart", () => {
    const ahead = start(T0 + 3 * DECADE_MS, { floorMs: T0, acceptAtStart: true });
    expect(ahead.clock.nowMs()).toBe(T0 + 3 * DECADE_MS);
    expect(ahead.alarms).toEqual([]);
    const behind = start(T0 - 3 * DECADE_MS, { floorMs: T0, acceptAtStart: true });
    pass(behind, MINUTE_MS, 100);
    expect(behind.clock.nowMs()).toBe(T0 + MINUTE_MS);
    expect(behind.alarms).toEqual([]);
  });

  it("needs no onAlarm", () => {
    const clock = new NodeClock(new Machine(T0 + DAY_MS), { floorMs: T0, acceptAtStart: false });
    expect(clock.alarm).toBe(true);
  });
});

describe("NodeClock.nowMs", () => {
  const seed = testSeed();

  it(`never goes back, whatever happens to the wall clock (seed ${seed})`, () => {
    const random = seededRandom(seed);
    let node = start(T0);
    let lastMs = 0;
    /** What has really passed, and by how much accepted jumps and starts moved the clock on. */
    let passedMs = 0;
    let movedMs = 0;
    for (let step = 0; step < 200_000; step++) {
      const jumpMs =
        (random.chance(0.5) ? -1 : 1) * random.pick([3, 900, ...JUMPS.map((j) => j[1])]);
      const what = random.next();
      if (what < 0.02) node.machine.setWallBy(jumpMs);
      else if (what < 0.03) {
        const before = node.clock.nowMs();
        movedMs += node.clock.accept();
        expect(node.clock.nowMs()).toBeGreaterThanOrEqual(before);
      } else if (what < 0.035) {
        const wallMs = node.machine.wallMs() + (random.chance(0.3) ? jumpMs : 0);
        const acceptAtStart = random.chance(0.2);
        node = start(wallMs, { floorMs: lastMs, acceptAtStart });
        movedMs += node.clock.nowMs() - lastMs;
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
        if (onFloor) movedMs += Math.max(0, wentMs - ms);
      }
      const now = node.clock.nowMs();
      if (now < lastMs) expect.fail(`step ${step}: ${now} after ${lastMs}`);
      if (!Number.isInteger(now)) expect.fail(`step ${step}: ${now} is no whole millisecond`);
      lastMs = now;
    }
    expect(lastMs).toBeGreaterThan(T0 + passedMs * 0.94);
    expect(movedMs).toBeGreaterThan(0);
  });

  it("reads the clocks of this machine", () => {
    const clock = new NodeClock(SYSTEM_TIME, { floorMs: 0, acceptAtStart: false });
    expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(SECOND_MS);
    expect(SYSTEM_TIME.monotonicMs()).toBeLessThanOrEqual(SYSTEM_TIME.monotonicMs());
  });
});
