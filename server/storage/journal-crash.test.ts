/**
 * J1, J2: the machine is switched off in every operation of opening, appending, rotating and
 * releasing, and unsynced bytes and names are lost, kept or torn at random. A failure names the
 * operation and the seed.
 */
import { describe, expect, it } from "vitest";
import type { Journal } from "./journal.ts";
import { MemoryLogDirectory } from "./memory-log-directory.ts";
import {
  appendFrames,
  frameOf,
  openJournal,
  range,
  readAll,
  seeded,
} from "./test/journal-fixtures.ts";

const SEEDS_PER_OPERATION = 12;

interface Life {
  /** The last append that resolved. */
  durable: number;
  /** The last append that was begun. */
  begun: number;
  /** Everything before it may be gone: release was asked for it. */
  released: number;
}

/** Two starts, appends over several segments, a release: until it ends or the machine does. */
async function live(directory: MemoryLogDirectory, life: Life): Promise<void> {
  const opened: Journal[] = [];
  const start = async (): Promise<Journal> => {
    const journal = await openJournal(directory);
    opened.push(journal);
    return journal;
  };
  const append = async (journal: Journal, to: number): Promise<void> => {
    for (let n = journal.lastSequence + 1; n <= to; n++) {
      life.begun = n;
      life.durable = await journal.append(frameOf(n));
    }
  };
  try {
    const first = await start();
    await append(first, 9);
    await first.close();
    const second = await start();
    await append(second, 16);
    life.released = 12;
    await second.release(12, 0);
    await append(second, 20);
    await second.close();
  } catch (error) {
    if (!directory.crashed) throw error;
  } finally {
    for (const journal of opened) await journal.close();
  }
}

/** Everything answered is there, at most one frame more, no hole, and it goes on from there. */
async function check(directory: MemoryLogDirectory, life: Life): Promise<void> {
  const journal = await openJournal(directory);
  const sequences = await readAll(journal);
  const last = journal.lastSequence;
  expect(last).toBeGreaterThanOrEqual(life.durable);
  expect(last).toBeLessThanOrEqual(life.begun);
  expect(sequences).toEqual(range(journal.firstSequence, last));
  if (life.released === 0) expect(journal.firstSequence).toBe(1);
  else expect(journal.firstSequence).toBeLessThanOrEqual(life.released);
  await appendFrames(journal, last + 5);
  await journal.close();
  directory.crash(); // nothing that was answered rests on a page cache
  const again = await openJournal(directory);
  expect(await readAll(again)).toEqual(range(again.firstSequence, last + 5));
  await again.close();
}

async function operationsOfALife(): Promise<number> {
  const directory = new MemoryLogDirectory();
  const life: Life = { durable: 0, begun: 0, released: 0 };
  await live(directory, life);
  expect(life.durable).toBe(20);
  await check(directory, life);
  return directory.operations;
}

describe("a crash in any operation", () => {
  it("loses no answered append and leaves no hole, whatever the disk kept", async () => {
    const operations = await operationsOfALife();
    expect(operations).toBeGreaterThan(50);
    for (let operation = 1; operation <= operations; operation++) {
      for (let seed = 0; seed < SEEDS_PER_OPERATION; seed++) {
        // The first two seeds are the extremes: everything unsynced is lost, or nothing is.
        const random = seed === 0 ? () => 0 : seed === 1 ? () => 1 : seeded(seed);
        const directory = new MemoryLogDirectory();
        const life: Life = { durable: 0, begun: 0, released: 0 };
        try {
          directory.crashAtOperation(operation);
          await live(directory, life);
          directory.crash(random);
          await check(directory, life);
        } catch (error) {
          throw new Error(`operation ${operation}, seed ${seed}`, { cause: error });
        }
      }
    }
  });

  it("during the recovery from a crash is no worse", async () => {
    const operations = await operationsOfALife();
    const random = seeded(7);
    for (let operation = 1; operation <= operations; operation += 3) {
      const directory = new MemoryLogDirectory();
      const life: Life = { durable: 0, begun: 0, released: 0 };
      directory.crashAtOperation(operation);
      await live(directory, life);
      for (let second = 1; second <= 8; second++) {
        directory.crash(random);
        directory.crashAtOperation(directory.operations + second);
        const journal = await openJournal(directory).catch(() => undefined);
        await journal?.close();
      }
      directory.crash(random);
      await check(directory, life);
    }
  });
});
