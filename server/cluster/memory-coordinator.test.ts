import { beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../clock.ts";
import { seededRandom, testSeed } from "../test/support/seed.ts";
import type { Coordinator, Versioned } from "./coordinator.ts";
import { MemoryCoordinator, type Timers } from "./memory-coordinator.ts";
import {
  NO_MISBEHAVIOUR,
  randomMisbehaviour,
  ScriptedMisbehaviour,
} from "./memory-coordinator-misbehaviour.ts";
import { CoordinatorState } from "./memory-coordinator-state.ts";
import { coordinatorContract } from "./test/coordinator-contract.ts";
import { agreementProblems, race, settle } from "./test/coordinator-race.ts";
import { bytes, put, shown, textOf } from "./test/coordinator-steps.ts";

/** A clock and timers that stand still until they are told. */
class ManualTime implements Clock, Timers {
  #nowMs = 1_000_000;
  #waiting: { readonly atMs: number; readonly callback: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Disposable {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#waiting.push(timer);
    return {
      [Symbol.dispose]: () => {
        this.#waiting = this.#waiting.filter((each) => each !== timer);
      },
    };
  }

  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#waiting.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#waiting = this.#waiting.filter((each) => each !== next);
      this.#nowMs = next.atMs;
      next.callback();
    }
    this.#nowMs = endMs;
    // What is told is told in a turn of its own.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

coordinatorContract("in memory", () => {
  const time = new ManualTime();
  const state = new CoordinatorState();
  return {
    open: () => new MemoryCoordinator({ state, clock: time, timers: time }),
    leaseMs: 1000,
    leaseSlackMs: 0,
    pass: (ms) => time.pass(ms),
  };
});

const LEASE_MS = 1000;
const UNAVAILABLE = { code: "COORDINATOR_UNAVAILABLE" };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("an in-memory coordinator told to misbehave", () => {
  let time: ManualTime;
  let script: ScriptedMisbehaviour;
  let state: CoordinatorState;
  let open: () => MemoryCoordinator;
  let c: MemoryCoordinator;
  const write = (revision: number, text: string) => [{ key: "a", revision, value: bytes(text) }];
  const revisionOf = async (key: string): Promise<number> => (await c.read(key))?.revision ?? 0;

  beforeEach(() => {
    time = new ManualTime();
    script = new ScriptedMisbehaviour();
    state = new CoordinatorState(script);
    open = () => new MemoryCoordinator({ state, clock: time, timers: time });
    c = open();
  });

  function told(by: Coordinator): Versioned[] {
    const entries: Versioned[] = [];
    by.watch("", (entry) => entries.push(entry));
    return entries;
  }

  it("applies a transaction and loses the answer", async () => {
    script.transactions.push("unanswered", "unanswered");
    expect(await c.transact(write(0, "1"))).toBe("unknown");
    expect(textOf(await c.read("a"))).toBe("1");
    expect(await c.transact(write(0, "2"))).toBe("unknown");
    expect(textOf(await c.read("a"))).toBe("1");
  });

  it("loses a transaction for good", async () => {
    script.transactions.push("lost");
    expect(await c.transact(write(0, "1"))).toBe("unknown");
    await time.pass(1_000_000);
    expect(await c.read("a")).toBeUndefined();
    expect(await c.transact(write(0, "1"))).toBe("applied");
  });

  it("applies a transaction later, if its guards hold then", async () => {
    script.transactions.push({ delayedMs: 500 }, { delayedMs: 500 });
    expect(await c.transact(write(0, "late"))).toBe("unknown");
    expect(await c.transact([{ key: "b", revision: 0, value: bytes("late") }])).toBe("unknown");
    await time.pass(499);
    expect(await c.list("")).toEqual([]);
    expect(await c.transact(write(0, "quick"))).toBe("applied");
    await time.pass(1);
    expect((await c.list("")).map(textOf)).toEqual(["quick", "late"]);
  });

  it("applies what is late in the order of its time", async () => {
    script.transactions.push({ delayedMs: 700 }, { delayedMs: 300 });
    await c.transact(write(0, "second"));
    await c.transact(write(0, "first"));
    await time.pass(1000);
    expect(textOf(await c.read("a"))).toBe("first");
  });

  it("reads and lists what was there so many revisions ago", async () => {
    const first = await put(c, "a", "1");
    const second = await put(c, "a", "2");
    await c.transact([{ key: "a", revision: second, value: "delete" }]);
    script.lags.push(1, 2, 3, 99, 1, 2, 3);
    expect(shown(await c.read("a"))).toEqual({ key: "a", value: "2", revision: second });
    expect(shown(await c.read("a"))).toEqual({ key: "a", value: "1", revision: first });
    expect(await c.read("a")).toBeUndefined();
    expect(await c.read("a")).toBeUndefined();
    expect((await c.list("")).map(textOf)).toEqual(["2"]);
    expect((await c.list("")).map(textOf)).toEqual(["1"]);
    expect(await c.list("")).toEqual([]);
    expect(await c.read("a")).toBeUndefined();
  });

  it("revokes a lease before its time", async () => {
    script.leases.push(300);
    const liveness = await c.register("node", bytes("alive"), LEASE_MS);
    const entries = told(c);
    await time.pass(299);
    expect(await c.read("node")).toBeDefined();
    await time.pass(1);
    expect(await c.read("node")).toBeUndefined();
    expect(entries).toMatchObject([{ key: "node", value: undefined }]);
    expect(await liveness.renew()).toBe(false);
  });

  it("says the wrong thing of a renewal", async () => {
    const liveness = await c.register("node", bytes("alive"), LEASE_MS);
    script.renewals.push(false);
    expect(await liveness.renew()).toBe(false);
    expect(await liveness.renew()).toBe(true);
    await time.pass(LEASE_MS);
    script.renewals.push(true);
    expect(await liveness.renew()).toBe(true);
    expect(await c.read("node")).toBeUndefined();
  });

  it("misses changes", async () => {
    const entries = told(c);
    script.changes.push("missed");
    await put(c, "a", "1");
    await put(c, "a", "2");
    await turn();
    expect(entries.map(textOf)).toEqual(["2"]);
  });

  it("tells changes late, and none before those that came before it", async () => {
    const entries = told(c);
    script.changes.push(500);
    await put(c, "a", "1");
    await put(c, "a", "2");
    await time.pass(499);
    expect(entries).toEqual([]);
    await time.pass(1);
    expect(entries.map(textOf)).toEqual(["1", "2"]);
  });

  it("tells nothing of what was on its way when a watch is disposed of", async () => {
    const entries: Versioned[] = [];
    const watch = c.watch("", (entry) => entries.push(entry));
    script.changes.push(0, 500);
    state.transact(write(0, "on its way"));
    state.transact([{ key: "b", revision: 0, value: bytes("late") }]);
    watch[Symbol.dispose]();
    await turn();
    expect(entries).toEqual([]);
    expect(state.nextDueAtMs).toBeUndefined();
  });

  it("is not there in an outage, in which leases end all the same", async () => {
    const liveness = await c.register("node", bytes("alive"), LEASE_MS);
    script.isOut = true;
    await expect(c.read("node")).rejects.toMatchObject(UNAVAILABLE);
    await expect(c.list("")).rejects.toMatchObject(UNAVAILABLE);
    await expect(c.register("b", bytes(""), LEASE_MS)).rejects.toMatchObject(UNAVAILABLE);
    expect(await c.transact(write(0, "1"))).toBe("unknown");
    expect(await liveness.renew()).toBe(false);
    await time.pass(LEASE_MS);
    script.isOut = false;
    expect(await c.list("")).toEqual([]);
  });

  it("can be cut off from one client alone", async () => {
    const other = open();
    const entries = told(c);
    c.reachable = false;
    await expect(c.read("a")).rejects.toMatchObject(UNAVAILABLE);
    expect(await c.transact(write(0, "1"))).toBe("unknown");
    expect(await other.transact(write(0, "2"))).toBe("applied");
    await turn();
    c.reachable = true;
    expect(entries).toEqual([]);
    expect(textOf(await c.read("a"))).toBe("2");
    expect(await c.transact(write(await revisionOf("a"), "3"))).toBe("applied");
  });
});

describe("an in-memory coordinator that misbehaves at random", () => {
  const seed = testSeed();

  async function run(of: number) {
    const random = seededRandom(of);
    const faults = {
      ...NO_MISBEHAVIOUR,
      ...{ outage: 0.05, lost: 0.1, unanswered: 0.1, delayed: 0.1, mostDelayMs: 50 },
      ...{ stale: 0.2, mostLag: 5, missedChange: 0.1, delayedChange: 0.1 },
    };
    let rates = faults;
    const state = new CoordinatorState(
      randomMisbehaviour(
        () => random.next(),
        () => rates,
      ),
    );
    const time = new ManualTime();
    const open = (): Coordinator => new MemoryCoordinator({ state, clock: time, timers: time });
    const told: Versioned[] = [];
    open().watch("/", (entry) => told.push(entry));
    const made = await race(Array.from({ length: 6 }, open).map(slow), "/", (n) => n < 30);
    rates = { ...faults, outage: 0, lost: 0, unanswered: 0, delayed: 0, stale: 0 };
    const c = open();
    await settle(c, "/", made);
    const listed = await c.list("/");
    await time.pass(1000);
    return { made, listed, after: await c.list("/"), told };

    /** Between what it reads and what it writes time passes, and others write. */
    function slow(coordinator: Coordinator): Coordinator {
      return {
        read: async (key) => {
          const found = await coordinator.read(key);
          await time.pass(random.below(10));
          return found;
        },
        transact: (writes) => coordinator.transact(writes),
        list: (prefix) => coordinator.list(prefix),
        watch: (prefix, onChange) => coordinator.watch(prefix, onChange),
        register: (key, value, leaseMs) => coordinator.register(key, value, leaseMs),
        [Symbol.asyncDispose]: () => coordinator[Symbol.asyncDispose](),
      };
    }
  }

  it(`never hides a lie behind "unknown" (seed ${seed})`, async () => {
    for (let round = 0; round < 20; round++) {
      const { made, listed, after, told } = await run(seed + round);
      expect(agreementProblems(made, listed), `seed ${seed + round}`).toEqual([]);
      expect(after, `seed ${seed + round}`).toEqual(listed);
      const outcomes = new Set(made.map(({ outcome }) => outcome));
      expect(outcomes.size, `seed ${seed + round}`).toBe(3);
      const revisions = told.map(({ revision }) => revision);
      expect(revisions, `seed ${seed + round}`).toEqual(revisions.toSorted((a, b) => a - b));
    }
  });

  it("does the same again with the same seed", async () => {
    const history = async () => {
      const { made, told } = await run(seed);
      return [made.map(({ guardedOn, outcome }) => [guardedOn, outcome]), told.map(textOf)];
    };
    expect(await history()).toEqual(await history());
  });
});
