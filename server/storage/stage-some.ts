/**
 * Stages as many of many records as one turn has room for: pieces that neither hold up a turn nor
 * fill its frame, and that leave the journal's last space to those who wait for an answer.
 */
import { ClaimdError } from "../errors.ts";
import type { Journal } from "./journal.ts";
import type { FrameBuilder } from "./journal-frame.ts";

export interface Piece<T> {
  readonly journal: Pick<Journal, "hasRoomFor" | "maxFrameBytes">;
  readonly mostBytes: number;
  /** About what it takes in a frame. */
  readonly bytesOf: (item: T) => number;
  /** Never throws. */
  readonly stage: (item: T) => void;
}

/** Of a segment: the turn's commands need room behind it. */
const MOST_OF_FRAME = 1 / 2;
const MOST_OF_PIECE = 1 / 4;

/**
 * How many were staged, at least one. Throws DISK_FULL or QUEUE_FULL when not even that has room;
 * then nothing was changed.
 */
export function stageSome<T>(frame: FrameBuilder, items: readonly T[], piece: Piece<T>): number {
  const { journal, mostBytes, bytesOf, stage } = piece;
  const most = Math.min(mostBytes, journal.maxFrameBytes * MOST_OF_PIECE);
  let bytes = 0;
  let staged = 0;
  for (const item of items) {
    const more = bytesOf(item);
    if (staged > 0 && bytes + more > most) break;
    const refused = refusal(journal, frame.bytes + more);
    if (refused !== undefined) {
      if (staged === 0) throw refused;
      break;
    }
    stage(item);
    bytes += more;
    staged += 1;
  }
  return staged;
}

function refusal(journal: Piece<never>["journal"], bytes: number): ClaimdError | undefined {
  if (!journal.hasRoomFor(bytes)) return new ClaimdError("DISK_FULL", "the disk is nearly full");
  if (bytes <= journal.maxFrameBytes * MOST_OF_FRAME) return undefined;
  return new ClaimdError("QUEUE_FULL", "this turn's frame is nearly full");
}
