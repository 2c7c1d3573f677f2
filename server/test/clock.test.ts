/**
 * The wall clock of a real process set back and forward by minutes, days and decades, while it runs
 * and across restarts: no key is forgotten early, no running lease is taken over, an alarm says so,
 * and all is well again when the clock returns.
 */
import { performance } from "node:perf_hooks";
import type { AcceptClockResponse__Output } from "@claimd/proto";
import { afterAll, expect, it } from "vitest";
import { FakeClock } from "./support/faults.ts";
import { KeyAsker, sleep } from "./support/key-asker.ts";
import { describeWith, NEEDS } from "./support/services.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { unary } from "./support/transports.ts";
import { call, deadline } from "./support/wire.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const JUMPS = ["+10m", "+2h", "+3d", "+20y", "-10m", "-2h", "-3d", "-20y"];
afterAll(endNodes);

class Kept {
  readonly running: KeyAsker;
  readonly done: KeyAsker;
  readonly #node: TestNode;

  constructor(node: TestNode) {
    this.#node = node;
    this.running = this.key();
    this.done = this.key();
  }

  key(name?: Buffer): KeyAsker {
    return new KeyAsker(unary(this.#node.claims), "n", name);
  }

  async claim(): Promise<void> {
    await this.running.claim();
    await this.done.claim();
    await this.done.complete();
  }

  /** Through the node's clients of today. */
  async expectKept(): Promise<void> {
    expect(await this.key(this.done.key).claim()).toMatchObject({ status: "COMPLETED" });
    expect(await this.key(this.running.key).claim()).toMatchObject({ status: "IN_PROGRESS" });
    expect(await this.key().claim()).toMatchObject({ status: "GRANTED", attempt: 1 });
  }
}

async function started(clock: FakeClock): Promise<[TestNode, Kept]> {
  const node = await TestNode.start({ env: clock.env });
  // Five minutes: less than any of the jumps, more than any test.
  await node.put({ name: "n", windowMs: 300_000, leaseMs: 300_000, maxWindowMs: 366 * DAY_MS });
  const kept = new Kept(node);
  await kept.claim();
  return [node, kept];
}

async function alarm(node: TestNode, raised: boolean): Promise<number> {
  const until = performance.now() + 20_000;
  for (;;) {
    const { clock } = await node.stats();
    if (clock?.alarm === raised) return clock.offsetMs;
    if (performance.now() > until)
      throw new Error(`alarm is not ${raised}: ${JSON.stringify(clock)}`);
    await sleep(50);
  }
}

describeWith("the wall clock", [NEEDS.faketime], () => {
  it("that jumps while the server runs is not followed, and alarmed until it returns", async () => {
    const clock = new FakeClock();
    const [node, kept] = await started(clock);
    for (const jump of JUMPS) {
      clock.set(jump);
      await kept.expectKept();
      const offsetMs = await alarm(node, true);
      expect(Math.sign(offsetMs), jump).toBe(jump.startsWith("+") ? 1 : -1);
      expect(Math.abs(offsetMs), jump).toBeGreaterThan(9 * 60_000);
      // Time goes on by the monotonic clock: a lease is over when it is over.
      const brief = kept.key();
      await brief.claim(brief.own, { leaseMs: 200 });
      expect(await brief.claim(brief.other)).toMatchObject({ status: "IN_PROGRESS" });
      await sleep(260);
      expect(await brief.claim(brief.other)).toMatchObject({ status: "GRANTED", attempt: 2 });
      await kept.expectKept();
      clock.set("+0");
      await alarm(node, false);
      await kept.expectKept();
    }
    expect(node.server.stderr).toMatch(/clock/i);
    expect(await node.stop()).toEqual({ code: 0, signal: null });
  });

  it("that jumped is followed when an operator accepts it", async () => {
    const clock = new FakeClock();
    const [node, kept] = await started(clock);
    const long = kept.key();
    await long.claim(long.own, { windowMs: 30 * DAY_MS });
    await long.complete();
    clock.set("+3d");
    await alarm(node, true);
    const { movedMs } = await call<AcceptClockResponse__Output>((done) =>
      node.admin.acceptClock({}, deadline(), done),
    );
    expect(Math.abs(movedMs - 3 * DAY_MS)).toBeLessThan(60_000);
    await alarm(node, false);
    expect(await kept.done.claim()).toMatchObject({ status: "GRANTED", attempt: 1 });
    expect(await long.claim(long.other)).toMatchObject({ status: "COMPLETED" });
    await node.stop();
  });

  it.each(["+2h", "+3d", "+20y", "-10m", "-3d", "-20y"])(
    "that jumped by %s across a restart forgets nothing, is alarmed, and recovers",
    async (jump) => {
      const clock = new FakeClock();
      const [node, kept] = await started(clock);
      const { fencingToken } = await kept.running.claim();
      await node.server.kill(jump.endsWith("d") ? "SIGTERM" : "SIGKILL");
      clock.set(jump);
      await node.restart();
      await kept.expectKept();
      await alarm(node, true);
      const own = kept.key(kept.running.key);
      expect(await own.claim(kept.running.own)).toMatchObject({ fencingToken, attempt: 1 });
      expect((await kept.key().claim()).fencingToken).toBeGreaterThan(0);
      clock.set("+0");
      await alarm(node, false);
      await kept.expectKept();
      await node.restart();
      await kept.expectKept();
      await alarm(node, false);
      await node.stop();
    },
  );

  it("that is within an hour ahead at a start is taken", async () => {
    const clock = new FakeClock();
    const [node, kept] = await started(clock);
    const long = kept.key();
    await long.claim(long.own, { windowMs: HOUR_MS });
    await long.complete();
    await node.server.kill("SIGKILL");
    clock.set("+20m");
    await node.restart();
    await alarm(node, false);
    expect(await kept.key(long.key).claim()).toMatchObject({ status: "COMPLETED" });
    expect(await kept.key(kept.done.key).claim()).toMatchObject({ status: "GRANTED", attempt: 1 });
    await node.stop();
  });

  it("that is far ahead at a start is taken with CLAIMD_ACCEPT_CLOCK=1", async () => {
    const clock = new FakeClock();
    const [node, kept] = await started(clock);
    await node.server.kill("SIGKILL");
    clock.set("+3d");
    await node.restart({ env: { ...clock.env, CLAIMD_ACCEPT_CLOCK: "1" } });
    await alarm(node, false);
    expect(await kept.key(kept.done.key).claim()).toMatchObject({ status: "GRANTED", attempt: 1 });
    await node.stop();
  });
});
