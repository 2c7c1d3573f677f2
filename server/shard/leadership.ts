/**
 * What the turns of a member of a cluster ask of it. A single node has none of this: it leads
 * everything, and what is durable is committed.
 *
 * Must stay true: the log that `propose` grows and the one that the store stages into have the same
 * end whenever a partition is served.
 */
import type { Refusal } from "../claim/reply.ts";
import type { Outage } from "../storage/outage.ts";
import type { FrameBuilder } from "../storage/journal-frame.ts";

export interface Leadership {
  /** The epoch under which this node serves the partition; undefined = it does not. */
  epochOf(partition: number): number | undefined;
  /** How far apart the clocks of members may be. */
  readonly maxClockOffsetMs: number;
  /** When nobody served the partition, before this epoch. */
  outageOf(partition: number): Outage | undefined;
  /** No entry of the partition may be stamped earlier. */
  floorMs(partition: number): number;
  /** What a command is told whose partition is not served here. */
  refusal(partition: number): Refusal;
  /** Before anything is staged into a frame: what is committed by now goes into it as marks. */
  beginFrame(frame: FrameBuilder): void;
  /** The turn has staged writes of these partitions, in this frame. */
  propose(partitions: Iterable<number>): void;
  /** The frame of the last `propose` that has not been told yet is durable. */
  proposedAreDurable(): void;
  /** A round asked after this moment: confirmed, nobody else has led before it. */
  askRound(partition: number): number;
  /** How far the partition is committed, and which round is confirmed, at this epoch. */
  commit(partition: number): number;
  confirmedRound(partition: number): number;
  /** Calls back when one of both has moved, or when the epoch is over (then with "over"). */
  onProgress(listener: (partition: number, epoch: "same" | "over") => void): void;
}
