import { describe, expect, it } from "vitest";
import { Call, shapeOf } from "./call.ts";
import { Deadlines } from "./deadlines.ts";
import { HeldEnvironment } from "./testing/held-environment.ts";

function callOf(timeoutMs: number): Call {
  return new Call({ shape: shapeOf("a", "GET"), key: "k" }, timeoutMs, () => undefined);
}

describe("Deadlines", () => {
  it("count from the end of the moment, however long the process was busy in it", async () => {
    const environment = new HeldEnvironment();
    const deadlines = new Deadlines(environment, () => Infinity);
    const calls = [callOf(50), callOf(20)];
    for (const call of calls) deadlines.watch(call);
    expect(calls.map(({ deadlineAtMs }) => deadlineAtMs)).toEqual([Infinity, Infinity]);
    await environment.advance(100);
    deadlines.endMoment();
    expect(calls.map(({ deadlineAtMs }) => deadlineAtMs)).toEqual([1150, 1120]);
  });

  it("hold one timer, at the earliest of them", async () => {
    const environment = new HeldEnvironment();
    const swept: number[] = [];
    const deadlines = new Deadlines(environment, (nowMs) => {
      swept.push(nowMs);
      return Infinity;
    });
    for (const timeoutMs of [5000, 100, 3000]) {
      deadlines.watch(callOf(timeoutMs));
      deadlines.endMoment();
    }
    expect(environment.timers).toBe(1);
    await environment.advance(200);
    expect(swept).toEqual([1110]);
    expect(environment.timers).toBe(0);
  });
});
