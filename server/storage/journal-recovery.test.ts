import { describe, expect, it } from "vitest";
import { MemoryLogDirectory } from "./memory-log-directory.ts";
import { SEGMENT_HEADER_BYTES, segmentName } from "./segment-header.ts";
import { appendFrames, frameOf, openJournal, range, readAll } from "./test/journal-fixtures.ts";
import { changed, directoryOf, start, type Written, written } from "./test/journal-files.ts";

function sameFrame(one: Written, other: Written, from: number, to = from): boolean {
  const [bytes, otherBytes] = [one, other].map(({ files, name }) => files.get(name));
  return bytes?.subarray(from, to).equals(otherBytes?.subarray(from, to) ?? bytes) ?? false;
}

describe("a start after a crash", () => {
  it("recovers exactly the whole frames when the file ends anywhere in them", async () => {
    const journal = await written(13);
    const { offsets, name, firstSequence } = journal;
    expect(journal.files.size).toBeGreaterThan(2);
    for (let end = SEGMENT_HEADER_BYTES; end <= (offsets.at(-1) ?? 0); end++) {
      const whole = offsets.filter((offset) => offset <= end).length - 1;
      const cut = changed(journal, name, (content) => content.subarray(0, end));
      const outcome = await start(cut.files);
      expect(outcome).toMatchObject({ sequences: range(1, firstSequence - 1 + whole) });
    }
  });

  it("recovers exactly the whole frames when zeros follow from anywhere in them", async () => {
    const journal = await written(13);
    const { offsets, name, firstSequence } = journal;
    for (let end = SEGMENT_HEADER_BYTES; end <= (offsets.at(-1) ?? 0); end++) {
      const cut = changed(journal, name, (content) => content.fill(0, end));
      const outcome = await start(cut.files);
      // A frame that ends in zeros is whole when only those were "lost".
      const lost = offsets.findIndex(
        (offset, i) => !sameFrame(journal, cut, offset, offsets[i + 1]),
      );
      const last = firstSequence - 1 + (lost < 0 ? offsets.length - 1 : lost);
      expect(outcome).toMatchObject({ sequences: range(1, last) });
    }
  });

  it("goes on behind a cut tail, and nothing of it comes back", async () => {
    const { files, offsets, name, firstSequence } = await written(13);
    const end = (offsets.at(-1) ?? 0) - 9;
    const directory = directoryOf(files);
    directory.content(name).fill(0xff, end);
    let journal = await openJournal(directory);
    expect(journal.recovered).toMatchObject({
      segments: files.size,
      firstSequence: 1,
      lastSequence: 12,
      lastStampMs: 1_000_012,
      frames: 12,
    });
    expect(journal.recovered.cutBytes).toBe(1024 - (offsets.at(-2) ?? 0));
    expect(firstSequence).toBe(11);
    await appendFrames(journal, 30);
    await journal.close();
    journal = await openJournal(directory);
    expect(await readAll(journal)).toEqual(range(1, 30));
    expect(journal.recovered.cutBytes).toBe(0);
    await journal.close();
  });

  it("makes durable what was only in the page cache before anything is answered", async () => {
    const directory = new MemoryLogDirectory();
    let journal = await openJournal(directory);
    await appendFrames(journal, 3);
    directory.failNextSync();
    await expect(journal.append(frameOf(4))).rejects.toThrow("nobody knows");
    await journal.close();
    journal = await openJournal(directory);
    expect(journal.lastSequence).toBe(4);
    directory.crash();
    journal = await openJournal(directory);
    expect(await readAll(journal)).toEqual([1, 2, 3, 4]);
    await journal.close();
  });

  it("keeps sequence and stamp between a new segment and its first frame", async () => {
    const directory = new MemoryLogDirectory();
    const journal = await openJournal(directory);
    await appendFrames(journal, 4);
    // The first segment is full. The new one's head, its name, the directory, then the frame.
    directory.crashAtOperation(directory.operations + 4);
    await expect(journal.append(frameOf(5))).rejects.toThrow("nobody knows");
    directory.crash();
    await directory.remove(segmentName(1));
    const later = await openJournal(directory);
    expect(later.recovered).toMatchObject({ firstSequence: 5, lastSequence: 4, frames: 0 });
    expect(later.recovered.lastStampMs).toBe(1_000_004);
    await appendFrames(later, 8);
    expect(await readAll(later)).toEqual([5, 6, 7, 8]);
  });
});
