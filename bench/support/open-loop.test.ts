import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Percentiles } from "./latencies.ts";
import { type OpenLoop, openLoop } from "./open-loop.ts";
import type { Pacer } from "./pacer.ts";
import type { Work } from "./work.ts";

/** By the event loop's own timers: late by a millisecond or two, which is nothing here. */
function timerPacer(): Pacer {
  let timer: NodeJS.Timeout | undefined;
  return {
    start: (_, spacingMs, wake) => {
      timer = setInterval(wake, Math.max(spacingMs, 1));
    },
    stop: () => {
      clearInterval(timer);
    },
  };
}

const work = (ask: (key: number) => Promise<unknown>): Work => {
  let key = 0;
  return {
    claimsPerAsk: 1,
    next: () => key++,
    ask,
    note: () => undefined,
    noteUnanswered: () => false,
  };
};
const loop = (options: Partial<OpenLoop>): OpenLoop => ({
  ratePerSecond: 1000,
  warmUpMs: 50,
  measureMs: 400,
  work: work(() => sleep(2)),
  pacer: timerPacer(),
  measureUsage: () => () => ({
    serverCpuSeconds: undefined,
    clientCpuSeconds: 0,
    utilization: 0.1,
  }),
  onSecond: undefined,
  ...options,
});

const atPercentile = (percentiles: Percentiles, wanted: number): number =>
  percentiles.find(([each]) => each === wanted)?.[1] ?? Number.NaN;

describe("openLoop", () => {
  it("asks at the rate, whether or not it is answered", async () => {
    let open = 0;
    let most = 0;
    const ask = async (): Promise<void> => {
      most = Math.max(most, ++open);
      await sleep(300);
      open--;
    };
    const { asks } = await openLoop(loop({ work: work(ask) }));
    expect(asks).toBe(400);
    // 300 ms of a thousand a second: a closed loop would have had its callers and no more.
    expect(most).toBeGreaterThan(200);
    expect(open).toBe(0);
  });

  it("counts what was answered meanwhile", async () => {
    const { answers, asks, seconds } = await openLoop(loop({ work: work(() => sleep(1)) }));
    expect(Math.abs(answers - asks)).toBeLessThan(asks * 0.3);
    expect(seconds).toBeCloseTo(0.4, 1);
  });

  it("gives everybody who had to wait for a pause their share of it", async () => {
    const start = performance.now();
    // For 200 ms in the middle nothing is answered; then all of it at once.
    const pause = async (): Promise<void> => {
      const at = performance.now() - start;
      if (at > 150 && at < 350) await sleep(350 - at);
    };
    const { latency, percentiles } = await openLoop(loop({ work: work(pause) }));
    expect(latency.maxMs).toBeGreaterThan(150);
    // Half of the time was the pause: latencies fall evenly from 200 ms to nothing.
    expect(atPercentile(percentiles, 75)).toBeGreaterThan(60);
    expect(atPercentile(percentiles, 25)).toBeLessThan(30);
  });

  it("times from when an ask was due although the generator itself was held up", async () => {
    const start = performance.now();
    let isHeldUp = false;
    const holdUp = (): Promise<void> => {
      if (!isHeldUp && performance.now() - start > 200) {
        isHeldUp = true;
        while (performance.now() - start < 350);
      }
      return Promise.resolve();
    };
    const result = await openLoop(loop({ work: work(holdUp) }));
    expect(result.asks).toBe(400);
    expect(result.latency.maxMs).toBeGreaterThan(100);
    // Not only the one that held it up: three of eight were due meanwhile.
    expect(atPercentile(result.percentiles, 80)).toBeGreaterThan(30);
    // 150 of 400 were due in the meantime, all but the last ten of them for more than 10 ms.
    expect(result.lateStarts).toBeGreaterThan(100);
    expect(result.saturated).toBe(true);
  });

  it("says that it is saturated when the event loop has no time to spare", async () => {
    const busy = { serverCpuSeconds: undefined, clientCpuSeconds: 0, utilization: 0.97 };
    expect((await openLoop(loop({ measureUsage: () => () => busy }))).saturated).toBe(true);
  });

  it("counts what is refused for want of room, and goes on", async () => {
    const refused: number[] = [];
    const { asks, unanswered } = await openLoop(
      loop({
        work: {
          ...work((key) => (key % 2 === 0 ? Promise.reject(new Error("full")) : sleep(1))),
          noteUnanswered: (key) => refused.push(key) > 0,
        },
      }),
    );
    expect(unanswered).toBe(asks / 2);
    expect(refused.length).toBeGreaterThan(unanswered);
  });

  it("ends with the first error of another kind", async () => {
    const started = performance.now();
    const failing = work(() => Promise.reject(new Error("refused")));
    await expect(openLoop(loop({ measureMs: 60_000, work: failing }))).rejects.toThrow("refused");
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
