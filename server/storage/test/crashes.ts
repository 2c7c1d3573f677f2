/** What a crash at some moment leaves of a node: its journal up to a frame, an older LevelDB. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FRAME_HEADER_BYTES, frameIsWhole, readFrameHeader } from "../journal-frame.ts";
import { MemoryLogDirectory } from "../memory-log-directory.ts";
import { readSegmentHeader, SEGMENT_HEADER_BYTES } from "../segment-header.ts";
import type { TestNode } from "./test-node.ts";

/** The same journal once more, without the frames behind this one. */
export async function journalUpTo(
  directory: MemoryLogDirectory,
  sequence: number,
): Promise<MemoryLogDirectory> {
  const cut = new MemoryLogDirectory();
  for (const name of (await directory.list()).filter((each) => each.endsWith(".journal"))) {
    const content = Buffer.from(directory.content(name));
    const head = readSegmentHeader(content);
    if (typeof head === "string") throw new Error(`${name}: ${head}`);
    const { firstSequence, salt } = head;
    if (firstSequence > sequence && firstSequence > 1) continue;
    let at = SEGMENT_HEADER_BYTES;
    while (at + FRAME_HEADER_BYTES <= content.length) {
      const header = readFrameHeader(content, at, salt);
      if (header === undefined || header.sequence > sequence) break;
      if (!frameIsWhole(content, at, header, salt)) throw new Error(`${name}: no frame at ${at}`);
      at += header.bytes;
    }
    cut.put(name, content.fill(0, at));
  }
  return cut;
}

export interface Copy {
  readonly path: string;
  /** LevelDB may have this frame: a journal that goes with it must. */
  readonly applied: number;
}

/**
 * Batches of a LevelDB's own log vanish, as they may with the power: those behind a byte, or of
 * one of its blocks.
 */
export async function spoilLog({ path }: Copy, random: () => number): Promise<void> {
  const log = (await readdir(path)).find((name) => name.endsWith(".log"));
  if (log === undefined) return;
  const whole = await readFile(join(path, log));
  const at = Math.floor(random() * whole.length);
  if (random() < 0.5) {
    await writeFile(join(path, log), whole.subarray(0, at));
  } else if (whole.length > 0) {
    whole[at] = (whole[at] as number) ^ 0x55;
    await writeFile(join(path, log), whole);
  }
}

/** LevelDB as a kill at this moment would leave it. */
export async function copyOf(node: TestNode, from: string, to: string): Promise<Copy> {
  await node.copyRecords(from, to);
  return { path: to, applied: node.journal.lastSequence };
}
