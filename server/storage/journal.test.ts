import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Journal } from "./journal.ts";
import { logDirectoryOnDisk } from "./log-file-on-disk.ts";
import { MemoryLogDirectory } from "./memory-log-directory.ts";
import { segmentName } from "./segment-header.ts";
import { appendFrames, frameOf, openJournal, range, readAll } from "./test/journal-fixtures.ts";

async function memory(): Promise<{ directory: MemoryLogDirectory; journal: Journal }> {
  const directory = new MemoryLogDirectory();
  return { directory, journal: await openJournal(directory) };
}

async function segments(directory: MemoryLogDirectory): Promise<number[]> {
  const names = (await directory.list()).filter((name) => name.endsWith(".journal"));
  return names.map((name) => Number(name.slice(0, 20))).sort((a, b) => a - b);
}

describe("a journal", () => {
  it("begins with sequence 1 and has nothing to read", async () => {
    const { journal } = await memory();
    expect(journal.firstSequence).toBe(1);
    expect(journal.lastSequence).toBe(0);
    expect(journal.spareReady).toBe(true);
    expect(journal.recovered).toEqual({
      segments: 1,
      firstSequence: 1,
      lastSequence: 0,
      lastStampMs: 0,
      frames: 0,
      cutBytes: 0,
    });
    expect(await readAll(journal)).toEqual([]);
  });

  it("numbers frames without a gap over many segments and reads them from anywhere", async () => {
    const { directory, journal } = await memory();
    await appendFrames(journal, 40);
    expect((await segments(directory)).length).toBeGreaterThan(5);
    for (const from of range(1, 41)) expect(await readAll(journal, from)).toEqual(range(from, 40));
    await journal.close();
    const again = await openJournal(directory);
    expect(again.lastSequence).toBe(40);
    expect(again.recovered).toMatchObject({ frames: 40, lastStampMs: 1_000_040, cutBytes: 0 });
    expect(await readAll(again)).toEqual(range(1, 40));
  });

  it("goes on on a real disk, with segments of full size", async () => {
    const path = await mkdtemp(join(tmpdir(), "claimd-journal-"));
    const options = { segmentBytes: 1024 * 1024 };
    try {
      let journal = await openJournal(
        logDirectoryOnDisk(path, () => performance.now()),
        options,
      );
      for (let n = 1; n <= 40; n++) await journal.append(frameOf(n, 20_000));
      expect(await readAll(journal)).toEqual(range(1, 40));
      await journal.close();
      journal = await openJournal(
        logDirectoryOnDisk(path, () => performance.now()),
        options,
      );
      expect(journal.recovered.segments).toBe(2);
      expect(await readAll(journal)).toEqual(range(1, 40));
      await journal.release(41, 0);
      await appendFrames(journal, 41);
      expect(await readAll(journal)).toEqual(range(journal.firstSequence, 41));
      expect(journal.firstSequence).toBeGreaterThan(1);
      await journal.close();
    } finally {
      await rm(path, { recursive: true });
    }
  });

  it("takes frames up to the size of a segment and no larger", async () => {
    const { journal } = await memory();
    const exact = frameOf(3, 1024 - 64 - 32 - 50 - 5);
    expect(exact.bytes).toBe(journal.maxFrameBytes);
    await appendFrames(journal, 2);
    expect(await journal.append(exact)).toBe(3);
    expect(() => journal.append(frameOf(6, 1024))).toThrow("a frame fits a segment");
    await appendFrames(journal, 9);
    expect(await readAll(journal)).toEqual(range(1, 9));
  });

  it("goes on with another segment size than before", async () => {
    const { directory, journal } = await memory();
    await appendFrames(journal, 12);
    await journal.close();
    for (const [segmentBytes, to] of [
      [512, 30],
      [4096, 60],
    ] as const) {
      const again = await openJournal(directory, { segmentBytes });
      await appendFrames(again, to);
      expect(await readAll(again)).toEqual(range(1, to));
      await again.close();
    }
  });

  it("writes one frame at a time, and the builder is free again afterwards", async () => {
    const { journal } = await memory();
    const frame = frameOf(1);
    const first = journal.append(frame);
    expect(() => journal.append(frameOf(2))).toThrow("one append at a time");
    expect(() => {
      frame.reset(1);
    }).toThrow("invariant broken");
    await first;
    frame.reset(1);
  });

  it("shows readers only what is durable, while appends go on", async () => {
    const { journal } = await memory();
    await appendFrames(journal, 3);
    const seen: number[] = [];
    for await (const frame of journal.frames(2)) {
      seen.push(frame.sequence);
      if (frame.sequence < 30) {
        const appending = journal.append(frameOf(journal.lastSequence + 1));
        expect(journal.lastSequence).toBe(frame.sequence + 1);
        await appending;
      }
    }
    expect(seen).toEqual(range(2, 31));
  });

  it("tells a reader of damage that came after the start", async () => {
    const { directory, journal } = await memory();
    await appendFrames(journal, 12);
    directory.content(segmentName(1))[200] = 0xff;
    await expect(readAll(journal)).rejects.toThrow(`${segmentName(1)} at byte`);
    expect(await readAll(journal, 12)).toEqual([12]);
  });
});

describe("a failed disk", () => {
  it.each([
    [
      "write",
      (directory: MemoryLogDirectory) => {
        directory.failNextWrite();
      },
    ],
    [
      "short write",
      (directory: MemoryLogDirectory) => {
        directory.shortNextWrite();
      },
    ],
    [
      "sync",
      (directory: MemoryLogDirectory) => {
        directory.failNextSync();
      },
    ],
  ])("poisons the journal for ever: %s", async (_, fail) => {
    const { directory, journal } = await memory();
    await appendFrames(journal, 4);
    fail(directory);
    await expect(journal.append(frameOf(5))).rejects.toMatchObject({ code: "JOURNAL_FAILED" });
    await expect(journal.append(frameOf(5))).rejects.toMatchObject({ code: "JOURNAL_FAILED" });
    await expect(journal.release(4, 0)).rejects.toMatchObject({ code: "JOURNAL_FAILED" });
    expect(journal.lastSequence).toBe(4);
    expect(await readAll(journal)).toEqual(range(1, 4));
    await journal.close();
    const again = await openJournal(directory);
    expect([range(1, 4), range(1, 5)]).toContainEqual(await readAll(again));
  });

  it("poisons the journal when a new segment's directory can't be synced", async () => {
    const { directory, journal } = await memory();
    await appendFrames(journal, 4);
    // Of the operations of a rotation only the sync of the directory is the third.
    directory.crashAtOperation(directory.operations + 3);
    await expect(journal.append(frameOf(5))).rejects.toMatchObject({ code: "JOURNAL_FAILED" });
    await expect(journal.append(frameOf(5))).rejects.toMatchObject({ code: "JOURNAL_FAILED" });
    expect(await segments(directory).catch(() => "off")).toBe("off");
    await journal.close();
    directory.crash(() => 1);
    expect(await segments(directory)).toEqual([1, 5]);
    expect(await readAll(await openJournal(directory))).toEqual(range(1, 4));
  });

  it("that refuses to open says so", async () => {
    const directory = new MemoryLogDirectory();
    directory.failNextWrite();
    await expect(openJournal(directory)).rejects.toMatchObject({ code: "JOURNAL_FAILED" });
    directory.failNextSync();
    await expect(openJournal(directory)).rejects.toMatchObject({ code: "JOURNAL_FAILED" });
  });
});

describe("the spare segment", () => {
  it("is missing while the disk is full; what fits goes on, the rest waits for space", async () => {
    const { directory, journal } = await memory();
    directory.freeSpaceBytes = 0;
    await appendFrames(journal, 7);
    expect(await segments(directory)).toEqual([1, 5]);
    expect(journal.spareReady).toBe(false);
    let done = false;
    const waiting = appendFrames(journal, 16).then(() => {
      done = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(done).toBe(false);
    directory.freeSpaceBytes = 2 ** 30;
    await waiting;
    await expect.poll(() => journal.spareReady).toBe(true);
    expect(await readAll(journal)).toEqual(range(1, 16));
  });

  it("that can't be had at the start does not keep the journal from opening", async () => {
    const directory = new MemoryLogDirectory();
    directory.freeSpaceBytes = 1024;
    const journal = await openJournal(directory);
    expect(journal.spareReady).toBe(false);
    await appendFrames(journal, 4);
    const waiting = journal.append(frameOf(5));
    await Promise.all([
      expect(waiting).rejects.toMatchObject({ code: "JOURNAL_FAILED" }),
      journal.close(),
    ]);
    await journal.close();
  });
});

describe("release", () => {
  it("drops whole segments that end before the sequence, never the one written to", async () => {
    const { directory, journal } = await memory();
    await appendFrames(journal, 30);
    const before = await segments(directory);
    const third = before[2] ?? 0;
    await journal.release(third - 1, 0);
    expect(journal.firstSequence).toBe(before[1]);
    await journal.release(third, 0);
    expect(journal.firstSequence).toBe(third);
    await journal.release(third, 0);
    expect(await readAll(journal)).toEqual(range(third, 30));
    await journal.release(1000, 0);
    expect(await segments(directory)).toEqual(before.slice(-1));
    expect(journal.firstSequence).toBe(before.at(-1));
    expect(() => journal.frames(third)).toThrow("only what is retained can be read");
    await journal.close();
    const again = await openJournal(directory);
    expect(await readAll(again)).toEqual(range(before.at(-1) ?? 0, 30));
  });

  it("keeps at least the bytes it is told to in front of the sequence", async () => {
    const { directory, journal } = await memory();
    await appendFrames(journal, 60);
    const before = await segments(directory);
    for (const keepBytes of [3000, 2000, 1000, 1]) {
      await journal.release(before[8] ?? 0, keepBytes);
      const kept = before.filter((first) => first >= journal.firstSequence);
      const front = kept.filter((first) => first < (before[8] ?? 0));
      // Each closed segment holds between 900 and 1,024 bytes.
      expect(front.length * 1024).toBeGreaterThanOrEqual(keepBytes);
      expect((front.length - 2) * 900).toBeLessThan(keepBytes);
    }
  });

  it("waits for readers: nothing is dropped under them", async () => {
    const { journal } = await memory();
    await appendFrames(journal, 30);
    const seen: number[] = [];
    for await (const frame of journal.frames(1)) {
      seen.push(frame.sequence);
      if (frame.sequence % 4 === 0) await journal.release(31, 0);
      expect(journal.firstSequence).toBeLessThanOrEqual(frame.sequence);
    }
    expect(seen).toEqual(range(1, 30));
    expect(journal.firstSequence).toBeGreaterThan(6);
  });
});
