/**
 * A small journal for tests: tiny segments, entries that say which frame they belong to.
 */
import { FrameBuilder, type JournalFrame } from "../journal-frame.ts";
import { Journal, type JournalOptions } from "../journal.ts";
import type { LogDirectory } from "../log-file.ts";

export const STORE_ID = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);

/** Repeatable randomness (mulberry32), 0 to 1. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomBytes(random: () => number): (bytes: number) => Uint8Array {
  return (bytes) => Uint8Array.from({ length: bytes }, () => random() * 256);
}

export function openJournal(
  directory: LogDirectory,
  options: Partial<JournalOptions> = {},
): Promise<Journal> {
  return Journal.open({
    directory,
    storeId: STORE_ID,
    random: randomBytes(seeded(1)),
    segmentBytes: 1024,
    spareRetryMs: 1,
    ...options,
  });
}

/** Frame `n`: (n mod 3) + 1 entries with the key "key-n". */
export function frameOf(n: number, recordBytes = 40): FrameBuilder {
  const frame = new FrameBuilder();
  frame.reset(1_000_000 + n);
  for (let i = 0; i <= n % 3; i++) {
    frame.addRecord({
      type: "record",
      partition: n % 256,
      index: n,
      epoch: 1,
      namespaceId: 1,
      key: Buffer.from(`key-${n}`),
      generation: 7,
      previousGeneration: 0,
      previousBytes: 0,
      record: Buffer.alloc(recordBytes, n),
      token: n,
    });
  }
  return frame;
}

/** Appends frames n … to, each the frame of its sequence. */
export async function appendFrames(journal: Journal, to: number): Promise<void> {
  for (let n = journal.lastSequence + 1; n <= to; n++) await journal.append(frameOf(n));
}

export async function readAll(journal: Journal, from = journal.firstSequence): Promise<number[]> {
  const sequences: number[] = [];
  for await (const frame of journal.frames(from)) {
    checkFrame(frame);
    sequences.push(frame.sequence);
  }
  return sequences;
}

/** Throws unless the frame is exactly what `frameOf` made. */
export function checkFrame(frame: JournalFrame): void {
  const n = frame.sequence;
  const good =
    frame.stampMs === 1_000_000 + n &&
    frame.entries.length === (n % 3) + 1 &&
    frame.entries.every(
      (entry) =>
        entry.type === "record" &&
        entry.index === n &&
        Buffer.from(entry.key).toString() === `key-${n}` &&
        entry.record?.every((byte) => byte === n % 256),
    );
  if (!good) throw new Error(`frame ${n} was misread`);
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
