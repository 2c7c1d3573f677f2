/**
 * Closed journals as plain files for tests: written, changed at will, started on.
 */
import { expect } from "vitest";
import { ClaimdError } from "../../errors.ts";
import type { Recovered } from "../journal-recovery.ts";
import { MemoryLogDirectory } from "../memory-log-directory.ts";
import { SEGMENT_HEADER_BYTES } from "../segment-header.ts";
import { appendFrames, frameOf, openJournal, readAll } from "./journal-fixtures.ts";

/** A closed journal's segments. */
export interface Written {
  readonly files: ReadonlyMap<string, Buffer>;
  /** Where each frame of the last segment begins, and at last where they end. */
  readonly offsets: readonly number[];
  readonly name: string;
  readonly firstSequence: number;
}

/** A closed journal with `frames` frames, as files. */
export async function written(frames: number): Promise<Written> {
  const directory = new MemoryLogDirectory();
  const journal = await openJournal(directory);
  await appendFrames(journal, frames);
  await journal.close();
  const names = (await directory.list()).filter((each) => each.endsWith(".journal")).sort();
  const name = names.at(-1) ?? "";
  const firstSequence = Number(name.slice(0, 20));
  const offsets = [SEGMENT_HEADER_BYTES];
  for (let n = firstSequence; n <= frames; n++) offsets.push((offsets.at(-1) ?? 0) + size(n));
  const files = new Map(names.map((each) => [each, Buffer.from(directory.content(each))]));
  return { files, offsets, name, firstSequence };
}

export function size(n: number): number {
  return frameOf(n).bytes;
}

export function directoryOf(files: ReadonlyMap<string, Uint8Array>): MemoryLogDirectory {
  const directory = new MemoryLogDirectory();
  for (const [name, content] of files) directory.put(name, content);
  return directory;
}

/** What a start makes of these files: the frames it recovers, or why it refuses. */
export async function start(
  files: ReadonlyMap<string, Uint8Array>,
): Promise<{ sequences: number[]; recovered: Recovered } | ClaimdError> {
  const directory = directoryOf(files);
  try {
    const journal = await openJournal(directory);
    const sequences = await readAll(journal);
    expect(journal.lastSequence).toBe(sequences.at(-1) ?? 0);
    await journal.close();
    return { sequences, recovered: journal.recovered };
  } catch (error) {
    if (!(error instanceof ClaimdError)) throw error;
    for (const [name, content] of files) expect(directory.content(name).equals(content)).toBe(true);
    return error;
  }
}

export function changed(from: Written, name: string, change: (content: Buffer) => Buffer): Written {
  const content = from.files.get(name);
  if (content === undefined) throw new Error(`no ${name}`);
  const files = new Map([...from.files, [name, change(Buffer.from(content))]]);
  return { ...from, files };
}

export function flipped(from: Written, name: string, at: number, bit = at % 8): Written {
  return changed(from, name, (content) => {
    content[at] = (content[at] ?? 0) ^ (1 << bit);
    return content;
  });
}

export function expectDamage(outcome: unknown, name: string, offset: number): void {
  expect(outcome).toBeInstanceOf(ClaimdError);
  const { code, message } = outcome as ClaimdError;
  expect(code).toBe("JOURNAL_DAMAGED");
  expect(message).toContain(`memory:/${name} at byte ${offset}:`);
  expect(message).toContain("restore the data directory from a backup");
}
