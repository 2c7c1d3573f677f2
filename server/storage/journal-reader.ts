/**
 * Reads retained frames in order, while others are appended and old segments are dropped.
 *
 * Holds one segment in memory at a time. Never reads what is not durable yet, never passes a frame
 * whose bytes are not as they were written.
 */
import { assert, ClaimdError } from "../errors.ts";
import { journalDamage } from "./journal-damage.ts";
import { frameIsWhole, type JournalFrame, readFrame, readFrameHeader } from "./journal-frame.ts";
import type { LogDirectory } from "./log-file.ts";
import { SEGMENT_HEADER_BYTES } from "./segment-header.ts";

/** What the journal knows of a segment file. */
export interface Segment {
  readonly name: string;
  readonly firstSequence: number;
  /** One less than `firstSequence` while there is no frame. */
  lastSequence: number;
  lastStampMs: number;
  /** Head and frames, without the zeros behind them: where the next frame will begin. */
  bytes: number;
  readonly salt: number;
  /** Readers that stand in it: it is not dropped under them. */
  readers: number;
}

/**
 * The frames from a retained sequence on, up to the last one at the moment of reaching it.
 *
 * `segments` is the journal's own list, oldest first, and changes meanwhile.
 */
export async function* readFrames(
  directory: LogDirectory,
  segments: readonly Segment[],
  fromSequence: number,
): AsyncGenerator<JournalFrame, void, void> {
  let next = fromSequence;
  let last: Segment | undefined;
  let at = 0;
  while (next <= (segments.at(-1)?.lastSequence ?? 0)) {
    const segment = segments.findLast((each) => each.firstSequence <= next);
    assert(segment !== undefined && segment.lastSequence >= next, "segments have no hole");
    if (segment !== last) at = SEGMENT_HEADER_BYTES;
    last = segment;
    segment.readers += 1;
    try {
      const content = await readPart(directory, segment, at);
      let offset = 0;
      while (offset < content.length) {
        const header = readFrameHeader(content, offset, segment.salt);
        if (header === undefined || !frameIsWhole(content, offset, header, segment.salt)) {
          throw journalDamage(directory, segment.name, at + offset, "this frame was valid before");
        }
        if (header.sequence === next) {
          const frame = decode(directory, segment, at + offset, () =>
            readFrame(content, offset, header),
          );
          next += 1;
          yield frame;
        }
        offset += header.bytes;
      }
      at += content.length;
    } finally {
      segment.readers -= 1;
    }
  }
}

/** What the segment holds from `at` on, in a buffer of its own: the entries are views of it. */
async function readPart(directory: LogDirectory, segment: Segment, at: number): Promise<Buffer> {
  const content = Buffer.allocUnsafeSlow(segment.bytes - at);
  const file = await directory.open(segment.name);
  try {
    const bytes = await file.read(content, at);
    if (bytes === content.length) return content;
    throw journalDamage(directory, segment.name, at + bytes, "the file is shorter than before");
  } finally {
    await file.close();
  }
}

function decode(
  directory: LogDirectory,
  segment: Segment,
  at: number,
  read: () => JournalFrame,
): JournalFrame {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ClaimdError)) throw error;
    throw journalDamage(
      directory,
      segment.name,
      at,
      `a frame of another format (${error.message})`,
    );
  }
}
