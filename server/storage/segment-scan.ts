/**
 * Finds the frames of a segment's bytes, and tells a torn tail from damage.
 *
 * Never decides what to do about it (journal-recovery.ts does). Pure: bytes in, places out.
 *
 * J3  A torn tail is the last frame that was begun and not finished: no frame was ever written
 *     behind it, because each write waits for the one before. So a valid header of a higher
 *     sequence anywhere behind an invalid frame proves that what is invalid was once durable.
 */
import {
  FRAME_ALIGNMENT_BYTES,
  FRAME_HEADER_BYTES,
  frameIsWhole,
  readFrameHeader,
} from "./journal-frame.ts";
import { SEGMENT_HEADER_BYTES, type SegmentHeader } from "./segment-header.ts";

export interface SegmentScan {
  readonly frames: number;
  /** One less than the segment's first sequence when it holds no frame. */
  readonly lastSequence: number;
  readonly lastStampMs: number;
  /** Where the next frame would begin. */
  readonly end: number;
}

/** The whole frames in order from the start of the segment, up to the first that is not one. */
export function scanSegment(content: Buffer, head: SegmentHeader): SegmentScan {
  let lastSequence = head.firstSequence - 1;
  let { lastStampMs } = head;
  let end = SEGMENT_HEADER_BYTES;
  let frames = 0;
  for (;;) {
    const header = readFrameHeader(content, end, head.salt);
    if (header?.sequence !== lastSequence + 1) break;
    if (!frameIsWhole(content, end, header, head.salt)) break;
    ({ sequence: lastSequence, stampMs: lastStampMs } = header);
    end += header.bytes;
    frames += 1;
  }
  return { frames, lastSequence, lastStampMs, end };
}

/** Where, behind the invalid frame at `scan.end`, a valid header of a higher sequence stands. */
export function findLaterFrame(
  content: Buffer,
  head: SegmentHeader,
  scan: SegmentScan,
): number | undefined {
  const torn = readFrameHeader(content, scan.end, head.salt);
  // The header of the frame that was being written is good: only what lies behind it can be later.
  const isTornFrame = torn?.sequence === scan.lastSequence + 1;
  const from = scan.end + (isTornFrame ? torn.bytes : 0);
  const lowest = scan.lastSequence + (isTornFrame ? 2 : 1);
  const highest = lowest + content.length / FRAME_HEADER_BYTES;
  for (let at = from; at + FRAME_HEADER_BYTES <= content.length; at += FRAME_ALIGNMENT_BYTES) {
    // Cheap tests first: 16 MiB of zeros pass in milliseconds.
    const sequence = content.readUInt32LE(at + 12) * 2 ** 32 + content.readUInt32LE(at + 8);
    if (sequence < lowest || sequence > highest) continue;
    if (readFrameHeader(content, at, head.salt) !== undefined) return at;
  }
  return undefined;
}

/** How many bytes from `end` on are not zero up to the last that is not. */
export function tornBytes(content: Buffer, end: number): number {
  let last = content.length;
  while (last > end && content[last - 1] === 0) last -= 1;
  return last - end;
}
