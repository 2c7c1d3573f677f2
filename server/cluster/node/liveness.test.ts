import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Liveness } from "./liveness.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Around {
  isStuck = false;
  refused = false;
  errors = 0;
  readonly liveness = new Liveness({
    change: (stage) =>
      this.isStuck ? new Promise(() => undefined) : Promise.resolve(stage(undefined as never, 0)),
    monotonicMs: () => Date.now(),
    isRefused: () => this.refused,
    log: {
      error: () => {
        this.errors += 1;
      },
    } as never,
  });
}

it("is well as long as the disk syncs", async () => {
  const around = new Around();
  using liveness = around.liveness;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(liveness.isWell).toBe(true);
  around.isStuck = true;
  await vi.advanceTimersByTimeAsync(6000);
  expect(liveness.isWell).toBe(false);
  around.isStuck = false;
  await vi.advanceTimersByTimeAsync(2000);
  expect(liveness.isWell).toBe(true);
});

it("is not well for a while when its clock is refused, and for longer the next time", async () => {
  const around = new Around();
  using liveness = around.liveness;
  const wellAfter = async (ms: number): Promise<boolean> => {
    around.refused = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(liveness.isWell).toBe(false);
    around.refused = false;
    await vi.advanceTimersByTimeAsync(ms);
    return liveness.isWell;
  };
  expect(await wellAfter(58_000)).toBe(false);
  await vi.advanceTimersByTimeAsync(3000);
  expect(liveness.isWell).toBe(true);
  expect(await wellAfter(118_000)).toBe(false);
  await vi.advanceTimersByTimeAsync(3000);
  expect(liveness.isWell).toBe(true);
  expect(around.errors).toBe(2);
});
