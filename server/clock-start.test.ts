import { describe, expect, it } from "vitest";
import { MAX_FOLLOWED_MS, MAX_START_GAP_MS, NodeClock } from "./clock.ts";
import {
  DAY_MS,
  DECADE_MS,
  HOUR_MS,
  JUMPS,
  Machine,
  MINUTE_MS,
  pass,
  SECOND_MS,
  start,
  T0,
} from "./test/support/clock-machine.ts";

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
