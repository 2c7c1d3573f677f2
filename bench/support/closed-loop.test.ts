import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type ClosedLoop, closedLoop } from "./closed-loop.ts";
import type { TimelinePoint } from "./load.ts";

const used = { serverCpuSeconds: 0.5, clientCpuSeconds: 2, utilization: 0.3 };
const work = (ask: (key: number) => Promise<unknown>): ClosedLoop["work"] => {
  let key = 0;
  return { claimsPerAsk: 1, next: () => key++, ask, note: () => undefined };
};
const loop = (options: Partial<ClosedLoop>): ClosedLoop => ({
  callers: 4,
  warmUpMs: 20,
  measureMs: 100,
  work: work(() => sleep(5)),
  measureUsage: () => () => used,
  onSecond: undefined,
  ...options,
});

describe("closedLoop", () => {
  it("has never more nor fewer than its callers asking", async () => {
    let asking = 0;
    const seen = new Set<number>();
    const ask = async (): Promise<void> => {
      seen.add(++asking);
      await sleep(5);
      asking--;
    };
    await closedLoop(loop({ work: work(ask) }));
    expect(asking).toBe(0);
    expect(Math.max(...seen)).toBe(4);
  });

  it("gives each answer to the oracle with its key, and leaves none out", async () => {
    const asked: number[] = [];
    const noted: unknown[] = [];
    const { answers } = await closedLoop(
      loop({
        work: {
          ...work(async (key) => {
            asked.push(key);
            await sleep(5);
            return key;
          }),
          note: (key, answer) => {
            expect(answer).toBe(key);
            noted.push(key);
          },
        },
      }),
    );
    expect(noted.sort()).toEqual(asked.sort());
    expect(answers).toBeGreaterThan(0);
    // Those of the warm-up and of the end are noted and not counted.
    expect(answers).toBeLessThan(asked.length);
  });

  it("tells what was used while it measured", async () => {
    let begun = 0;
    const measureUsage = () => {
      begun++;
      return () => used;
    };
    expect((await closedLoop(loop({ measureUsage }))).used).toEqual(used);
    expect(begun).toBe(1);
  });

  it("tells each second as it ends, and keeps them", async () => {
    const told: TimelinePoint[] = [];
    const { timeline, answers, seconds } = await closedLoop(
      loop({ measureMs: 2600, onSecond: (point) => told.push(point) }),
    );
    expect(timeline).toEqual(told);
    expect(told).toHaveLength(3);
    expect(told[2]?.atSeconds).toBeCloseTo(seconds, 1);
    let before = 0;
    let claims = 0;
    for (const { atSeconds, claimsPerSecond, p50Ms, maxMs } of told) {
      claims += claimsPerSecond * (atSeconds - before);
      before = atSeconds;
      expect(p50Ms).toBeGreaterThanOrEqual(4);
      expect(maxMs).toBeGreaterThanOrEqual(p50Ms);
    }
    expect(Math.abs(claims - answers)).toBeLessThan(answers * 0.05 + 4);
  });

  it("ends with the first error", async () => {
    const started = performance.now();
    const failing = loop({
      measureMs: 60_000,
      work: work(() => Promise.reject(new Error("refused"))),
    });
    await expect(closedLoop(failing)).rejects.toThrow("refused");
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
