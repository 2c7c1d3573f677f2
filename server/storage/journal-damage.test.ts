import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { ClaimdError } from "../errors.ts";
import { FrameBuilder } from "./journal-frame.ts";
import { MemoryLogDirectory } from "./memory-log-directory.ts";
import { SEGMENT_HEADER_BYTES, segmentName } from "./segment-header.ts";
import { appendFrames, frameOf, openJournal, range } from "./test/journal-fixtures.ts";
import {
  changed,
  directoryOf,
  expectDamage,
  flipped,
  size,
  start,
  written,
} from "./test/journal-files.ts";

describe("a start on damage", () => {
  it("with a bit flipped anywhere loses no frame but the last and never misreads one", async () => {
    const journal = await written(13);
    const { offsets, name, firstSequence } = journal;
    const end = offsets.at(-1) ?? 0;
    const lastFrame = offsets.at(-2) ?? 0;
    for (let at = 0; at < 1024; at++) {
      const outcome = await start(flipped(journal, name, at).files);
      if (at < SEGMENT_HEADER_BYTES) expectDamage(outcome, name, 0);
      else if (at < lastFrame) {
        const frame = offsets.findLast((offset) => offset <= at) ?? 0;
        expectDamage(outcome, name, frame);
        expect((outcome as ClaimdError).message).toContain("yet one follows at byte");
      } else {
        const last = at < end ? 12 : 13;
        expect(outcome).toMatchObject({ sequences: range(1, last) });
      }
    }
    expect(firstSequence).toBe(11);
  });

  it("in a segment that is not the last refuses with a flipped bit in any frame", async () => {
    const journal = await written(13);
    const ends: number[] = [SEGMENT_HEADER_BYTES];
    for (let n = 1; n <= 4; n++) ends.push((ends.at(-1) ?? 0) + size(n));
    const end = ends.at(-1) ?? 0;
    for (let at = 0; at < 1024; at++) {
      const outcome = await start(flipped(journal, segmentName(1), at).files);
      if (at < SEGMENT_HEADER_BYTES) expectDamage(outcome, segmentName(1), 0);
      else if (at < end) {
        expectDamage(outcome, segmentName(1), ends.findLast((offset) => offset <= at) ?? 0);
      } else expect(outcome).toMatchObject({ sequences: range(1, 13) });
    }
  });

  it("refuses when a segment in the middle is missing, cut short or empty", async () => {
    const journal = await written(13);
    const names = [...journal.files.keys()];
    const [first = "", second = ""] = names;
    const without = new Map(journal.files);
    without.delete(second);
    expectDamage(
      await start(without),
      first,
      64 + range(1, 4).reduce((sum, n) => sum + size(n), 0),
    );
    for (const length of [0, 63, 64, 300]) {
      const cut = changed(journal, second, (content) => content.subarray(0, length));
      expect(await start(cut.files)).toMatchObject({ code: "JOURNAL_DAMAGED" });
    }
  });

  it("refuses a last segment without a whole head: a crash can't leave one", async () => {
    const journal = await written(13);
    for (let length = 0; length < SEGMENT_HEADER_BYTES; length++) {
      const cut = changed(journal, journal.name, (content) => content.subarray(0, length));
      expectDamage(await start(cut.files), journal.name, 0);
    }
  });

  it("refuses a segment of another store, of another sequence, of another version", async () => {
    const journal = await written(13);
    const head = (change: (content: Buffer) => void) =>
      start(
        changed(journal, journal.name, (content) => {
          change(content);
          content.writeUInt32LE(crc32(content.subarray(0, 60)), 60);
          return content;
        }).files,
      );
    const store = await head((content) => content.fill(9, 16, 32));
    expectDamage(store, journal.name, 16);
    expect((store as ClaimdError).message).toContain("another store");
    const sequence = await head((content) => content.writeUInt32LE(99, 32));
    expectDamage(sequence, journal.name, 32);
    const version = await head((content) => content.writeUInt32LE(1, 8));
    expectDamage(version, journal.name, 0);
    expect((version as ClaimdError).message).toContain("this claimd reads version 3");
  });

  it("refuses names that may hide a segment, and leaves other files alone", async () => {
    const journal = await written(3);
    const content = journal.files.get(segmentName(1)) ?? Buffer.alloc(0);
    const hidden = new Map([...journal.files, ["1.journal", content]]);
    expectDamage(await start(hidden), "1.journal", 0);
    const directory = directoryOf(
      new Map([...journal.files, ["lost+found", content], ["spare.tmp", content]]),
    );
    directory.put("rewrite.tmp", content);
    const warned: unknown[] = [];
    const log = { info: () => undefined, warn: (details: object) => warned.push(details) };
    const opened = await openJournal(directory, { log });
    expect(warned).toEqual([{ name: "lost+found", directory: "memory:" }]);
    expect((await directory.list()).sort()).toEqual([segmentName(1), "lost+found", "spare.tmp"]);
    expect(directory.content("lost+found").equals(content)).toBe(true);
    await opened.close();
  });

  it("finds one valid header behind sixteen mebibytes of garbage in no time", async () => {
    const { files, offsets } = await written(4);
    const small = files.get(segmentName(1)) ?? Buffer.alloc(0);
    const large = Buffer.alloc(16 * 1024 * 1024);
    for (let at = 0; at < large.length; at += 4) large.writeUInt32LE((at * 2654435761) >>> 0, at);
    small.copy(large, 0, 0, offsets[3]);
    small.copy(large, large.length - 4096, offsets[3], offsets[4]);
    large[offsets[2] ?? 0] = 1;
    const before = performance.now();
    expectDamage(await start(new Map([[segmentName(1), large]])), segmentName(1), offsets[2] ?? 0);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe("bytes of a caller", () => {
  it("that look like frames are not taken for damage when they are torn", async () => {
    const directory = new MemoryLogDirectory();
    const journal = await openJournal(directory, { segmentBytes: 8192 });
    await appendFrames(journal, 2);
    // The attacker guesses everything but the salt, for every sequence and every alignment.
    const forged = range(3, 12).flatMap((sequence) => {
      const frame = frameOf(sequence);
      return [...Buffer.from(frame.seal(sequence, 0x1234_5678))];
    });
    const frame = new FrameBuilder();
    frame.reset(1);
    for (let shift = 0; shift < 2; shift++) {
      frame.addRecord({
        type: "record",
        partition: 1,
        index: 1,
        epoch: 1,
        namespaceId: 1,
        key: Buffer.alloc(2 + shift, "k"),
        generation: 1,
        previousGeneration: 0,
        previousBytes: 0,
        record: Uint8Array.from(forged),
        token: 1,
      });
    }
    const at = journal.retainedBytes;
    await journal.append(frame);
    await journal.close();
    for (const torn of [at, at + 40, at + frame.bytes - 1]) {
      const files = new Map([[segmentName(1), Buffer.from(directory.content(segmentName(1)))]]);
      files.get(segmentName(1))?.fill(0xee, torn, torn + 1);
      expect(await start(files)).toMatchObject({ sequences: [1, 2] });
    }
  });
});
