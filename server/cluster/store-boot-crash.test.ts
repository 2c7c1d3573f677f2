import { beforeEach, describe, expect, it } from "vitest";
import { testSeed } from "../test/support/seed.ts";
import { NO_MISBEHAVIOUR, randomMisbehaviour } from "./memory-coordinator-misbehaviour.ts";
import { CoordinatorState } from "./memory-coordinator-state.ts";
import { MOST_INTENTS, NO_STARTS } from "./store-boot-file.ts";
import { BootWorld, memoryOf } from "./test/boot-world.ts";
import { Crash, CrashPoint, crashing, crashingFile, MemoryBootFile } from "./test/cluster-world.ts";

const seed = testSeed();
let store: BootWorld;

beforeEach(() => {
  store = new BootWorld(seed);
});

describe("A store that dies while it starts", () => {
  for (const when of ["before", "after"] as const) {
    it(`is started by the next process, whichever step it died ${when}`, async () => {
      let crashes = 0;
      for (let at = 1; at < 12; at++) {
        for (const fate of ["answered", "lost", "unanswered", { delayedMs: 2000 }] as const) {
          store = new BootWorld(seed);
          const file = new MemoryBootFile();
          if (at % 2 === 0) await store.start(file);
          const before = (await store.record())?.boot ?? 0;
          store.world.script.transactions.push(fate);
          const point = new CrashPoint(at, when);
          const coordinator = crashing(store.world.coordinator, point);
          const died = await store.start(crashingFile(file, point), { coordinator }).then(
            () => false,
            (error: unknown) => {
              if (error instanceof Crash) return true;
              throw error;
            },
          );
          if (died) crashes += 1;
          const booted = await store.start(file);
          expect(booted.boot).toBeGreaterThan(before);
          expect(booted.boot).toBeLessThanOrEqual(before + 2);
          await store.world.time.pass(10_000);
          expect((await store.record())?.nonce).toBe(booted.nonce);
          expect(memoryOf(file)).toEqual({ ...NO_STARTS, confirmed: booted.nonce });
        }
      }
      expect(crashes).toBeGreaterThan(20);
    });
  }

  it("keeps its intents until one is confirmed, and not too many of them", async () => {
    const file = new MemoryBootFile();
    const { nonce } = await store.start(file);
    for (let died = 1; died <= MOST_INTENTS + 3; died++) {
      store.world.script.transactions.push("lost");
      const point = new CrashPoint(4, "after");
      const dying = { coordinator: crashing(store.world.coordinator, point) };
      await expect(store.start(crashingFile(file, point), dying)).rejects.toBeInstanceOf(Crash);
      expect(memoryOf(file).intents).toHaveLength(Math.min(died, MOST_INTENTS));
      expect(memoryOf(file).confirmed).toBe(nonce);
    }
    expect(await store.start(file)).toMatchObject({ boot: 2 });
  });

  it("is started although an intent of long ago is applied in the meantime", async () => {
    const file = new MemoryBootFile();
    await store.start(file);
    store.world.script.transactions.push({ delayedMs: 3000 });
    const point = new CrashPoint(4, "after");
    const dying = { coordinator: crashing(store.world.coordinator, point) };
    await expect(store.start(crashingFile(file, point), dying)).rejects.toBeInstanceOf(Crash);
    const late = memoryOf(file).intents[0];
    // Everything of the next start is slower than that.
    store.world.script.transactions.push("lost", "lost", "lost", "lost", "lost", "lost", "lost");
    expect(await store.start(file)).toMatchObject({ boot: 3 });
    expect(late).toBeDefined();
  });
});

describe(`bootStore under a coordinator that misbehaves (seed ${seed})`, () => {
  it("starts every time, and never two copies by one nonce", async () => {
    for (let round = 0; round < 30; round++) {
      let rates = {
        ...NO_MISBEHAVIOUR,
        ...{ outage: 0.1, lost: 0.15, unanswered: 0.15, delayed: 0.15, mostDelayMs: 3000 },
        ...{ stale: 0.3, mostLag: 4 },
      };
      store = new BootWorld(
        seed + round,
        (random) =>
          new CoordinatorState(
            randomMisbehaviour(
              () => random.next(),
              () => rates,
            ),
          ),
      );
      const file = new MemoryBootFile();
      const boots: number[] = [];
      for (let starts = 0; starts < 5; starts++) {
        const point = new CrashPoint(
          1 + store.random.below(12),
          store.random.chance(0.5) ? "before" : "after",
        );
        const dying = { coordinator: crashing(store.world.coordinator, point) };
        const booted = await store
          .start(crashingFile(file, point), dying)
          .catch((error: unknown) => {
            if (!(error instanceof Crash)) throw error;
          });
        if (booted !== undefined) boots.push(booted.boot);
      }
      const copy = file.copy();
      const last = await store.start(file);
      await expect(store.start(copy)).rejects.toMatchObject({ code: "STORE_DAMAGED" });
      rates = { ...NO_MISBEHAVIOUR, ...{ mostDelayMs: 0, mostLag: 0 } };
      await store.world.time.pass(10_000);
      expect(boots, `seed ${seed + round}`).toEqual([...new Set(boots)].sort((a, b) => a - b));
      expect(await store.record()).toMatchObject({ boot: last.boot, nonce: last.nonce });
    }
  });
});
