import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type ClosedLoop, closedLoop } from "./closed-loop.ts";

const usage = () => ({ serverCpuSeconds: undefined, clientCpuSeconds: 0 });
const loop = (options: Partial<ClosedLoop>): ClosedLoop => ({
  callers: 4,
  warmUpMs: 20,
  measureMs: 100,
  ask: () => sleep(5),
  usage,
  ...options,
});

describe("closedLoop", () => {
  it("has never more nor fewer than its callers asking", async () => {
    let asking = 0;
    const seen = new Set<number>();
    await closedLoop(
      loop({
        ask: async () => {
          seen.add(++asking);
          await sleep(5);
          asking--;
        },
      }),
    );
    expect(asking).toBe(0);
    expect(Math.max(...seen)).toBe(4);
  });

  it("counts only what was answered while it measured", async () => {
    let asked = 0;
    const { answers } = await closedLoop(
      loop({
        ask: () => {
          asked++;
          return sleep(5);
        },
      }),
    );
    expect(answers).toBeGreaterThan(0);
    expect(answers).toBeLessThan(asked);
  });

  it("looks at the usage when measuring begins and ends, and gives the difference", async () => {
    const looks = [
      { serverCpuSeconds: 1, clientCpuSeconds: 10 },
      { serverCpuSeconds: 1.5, clientCpuSeconds: 12 },
    ];
    const { used } = await closedLoop(loop({ usage: () => looks.shift() ?? usage() }));
    expect(used).toEqual({ serverCpuSeconds: 0.5, clientCpuSeconds: 2 });
  });

  it("ends with the first error", async () => {
    const started = performance.now();
    const failing = loop({ measureMs: 60_000, ask: () => Promise.reject(new Error("refused")) });
    await expect(closedLoop(failing)).rejects.toThrow("refused");
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
