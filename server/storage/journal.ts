/**
 * The journal: the truth of a node. One writer, one frame per turn, durable before it is answered.
 *
 *     opening (recovery) → open → closing → closed
 *                            └ failed: nothing is appended ever again
 *
 * Never answers for bytes it does not know to be durable: after a failed or short write, or a
 * failed sync, nobody knows what is on disk, so this and every later append rejects with
 * JOURNAL_FAILED; the process ends and comes back by recovery. Never changes a frame once written;
 * old segments go as a whole, oldest first.
 *
 * J1  every answered write is in the journal, synced: `append` resolves after the durable write.
 * J2  replay gives exactly the answered writes and possibly one unanswered turn, never a hole:
 *     one write is under way at a time, and a segment takes its name before its first frame.
 * J3  see journal-recovery.ts.
 */
import { assert, ClaimdError } from "../errors.ts";
import { FRAME_HEADER_BYTES, type FrameBuilder, type JournalFrame } from "./journal-frame.ts";
import { type JournalLog, SILENT_LOG } from "./journal-log.ts";
import { readFrames, type Segment } from "./journal-reader.ts";
import {
  newSalt,
  newSegment,
  type Recovered,
  type RecoveredJournal,
  recoverJournal,
} from "./journal-recovery.ts";
import type { LogDirectory, LogFile } from "./log-file.ts";
import { SPARE_NAME } from "./segment-file.ts";
import { SEGMENT_HEADER_BYTES, STORE_ID_BYTES, writeSegmentHeader } from "./segment-header.ts";
import { SegmentSpare } from "./segment-spare.ts";

/** A second of full load or so; a start rewrites one of them, and the spare is another. */
const SEGMENT_BYTES = 16 * 1024 * 1024;
/** How soon a failed attempt to prepare the spare is repeated. */
const SPARE_RETRY_MS = 1000;

export interface JournalOptions {
  readonly directory: LogDirectory;
  /** 16 bytes; a segment of another store is refused. */
  readonly storeId: Uint8Array;
  readonly random: (bytes: number) => Uint8Array;
  /** Size of new segments, default 16 MiB; older ones may have another. */
  readonly segmentBytes?: number;
  readonly spareRetryMs?: number;
  readonly log?: JournalLog;
}

export class Journal {
  /** What the start found. */
  readonly recovered: Recovered;
  readonly #options: Required<JournalOptions>;
  readonly #segments: Segment[];
  readonly #spare: SegmentSpare;
  #active: Segment;
  #file: LogFile;
  #appending: Promise<number> | undefined;
  /** Of the frame on its way to disk. */
  #appendingBytes = 0;
  #appendedBytes = 0;
  #releasing = false;
  #failure: ClaimdError | undefined;
  #closed: Promise<void> | undefined;

  private constructor(options: Required<JournalOptions>, from: RecoveredJournal) {
    this.#options = options;
    this.recovered = from.recovered;
    this.#segments = from.segments;
    this.#active = from.active;
    this.#file = from.file;
    const { directory, segmentBytes, spareRetryMs, log } = options;
    this.#spare = new SegmentSpare(directory, segmentBytes, spareRetryMs, log);
  }

  /**
   * Recovers what is there, or begins a fresh journal whose first sequence is 1.
   *
   * Throws JOURNAL_DAMAGED with file, offset and advice, or JOURNAL_FAILED when the disk refuses.
   */
  static async open(options: JournalOptions): Promise<Journal> {
    const all = {
      segmentBytes: SEGMENT_BYTES,
      spareRetryMs: SPARE_RETRY_MS,
      log: SILENT_LOG,
      ...options,
    };
    assert(all.storeId.length === STORE_ID_BYTES, "a store id has 16 bytes");
    const least = SEGMENT_HEADER_BYTES + FRAME_HEADER_BYTES;
    assert(all.segmentBytes >= least, "a segment has room for a frame");
    try {
      const journal = new Journal(all, await recoverJournal(all));
      await journal.#spare.prepare();
      return journal;
    } catch (error) {
      if (error instanceof ClaimdError) throw error;
      const what = `cannot open the journal in ${all.directory.path}`;
      throw new ClaimdError("JOURNAL_FAILED", what, { cause: error });
    }
  }

  /** The oldest sequence that can be read; one more than `lastSequence` when there is none. */
  get firstSequence(): number {
    return this.#segments[0]?.firstSequence ?? 1;
  }

  /** The last durable frame; 0 before the first. */
  get lastSequence(): number {
    return this.#active.lastSequence;
  }

  /** Of the last durable frame: a start knows that the node served until then. */
  get lastStampMs(): number {
    return this.#active.lastStampMs;
  }

  /** False while the next segment is still being prepared: see hasRoomFor for what that means. */
  get spareReady(): boolean {
    return this.#spare.ready;
  }

  /** Heads and frames of all segments. */
  get retainedBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Of frames, since this process opened it. */
  get appendedBytes(): number {
    return this.#appendedBytes;
  }

  /** Whether so many bytes can be appended next without waiting for space on the disk. */
  hasRoomFor(bytes: number): boolean {
    const end = this.#active.bytes + this.#appendingBytes + bytes;
    return !this.#spare.failing || end <= this.#options.segmentBytes;
  }

  /** The largest frame that fits a segment. */
  get maxFrameBytes(): number {
    return this.#options.segmentBytes - SEGMENT_HEADER_BYTES;
  }

  /**
   * Resolves with the frame's sequence when it is durable. One at a time.
   *
   * The frame is not to be touched meanwhile. Where it needs a new segment and none is ready, it
   * waits for that. Rejects with JOURNAL_FAILED, then and ever after.
   */
  append(frame: FrameBuilder): Promise<number> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    assert(this.#closed === undefined, "nothing is appended to a closed journal");
    assert(this.#appending === undefined, "one append at a time");
    assert(frame.bytes <= this.maxFrameBytes, "a frame fits a segment");
    this.#appendingBytes = frame.bytes;
    this.#appending = this.#append(frame);
    return this.#appending;
  }

  async #append(frame: FrameBuilder): Promise<number> {
    try {
      if (this.#active.bytes + frame.bytes > this.#options.segmentBytes) await this.#rotate();
      const segment = this.#active;
      const sequence = segment.lastSequence + 1;
      const bytes = frame.seal(sequence, segment.salt);
      await this.#file.write(bytes, segment.bytes);
      segment.bytes += bytes.length;
      this.#appendedBytes += bytes.length;
      segment.lastSequence = sequence;
      segment.lastStampMs = frame.stampMs;
      return sequence;
    } catch (error) {
      throw this.#fail(error);
    } finally {
      frame.unseal();
      this.#appendingBytes = 0;
      this.#appending = undefined;
    }
  }

  /** Goes on in the spare: its head durable first, then its name, then the first frame. */
  async #rotate(): Promise<void> {
    const { directory, storeId, random } = this.#options;
    const { lastSequence, lastStampMs } = this.#active;
    const file = await this.#spare.take();
    const segment = newSegment(lastSequence + 1, lastStampMs, newSalt(random));
    await file.write(writeSegmentHeader({ storeId, ...segment }), 0);
    await directory.rename(SPARE_NAME, segment.name);
    await directory.sync();
    await this.#file.close();
    this.#file = file;
    this.#active = segment;
    this.#segments.push(segment);
    void this.#spare.prepare();
  }

  /**
   * The frames from a retained sequence on, in order, up to the last durable one at the moment of
   * reaching it; usable while appends go on.
   *
   * One segment at a time is in memory; entries are views of it and stay valid. Throws
   * JOURNAL_DAMAGED when what was valid at the start is not any more.
   */
  frames(fromSequence: number): AsyncGenerator<JournalFrame, void, void> {
    assert(fromSequence >= this.firstSequence, "only what is retained can be read");
    return readFrames(this.#options.directory, this.#segments, fromSequence);
  }

  /**
   * Drops whole segments, oldest first, that end before `beforeSequence` and have at least
   * `keepBytes` of journal between them and it. One at a time; stops at a segment being read.
   */
  async release(beforeSequence: number, keepBytes: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    assert(!this.#releasing, "one release at a time");
    this.#releasing = true;
    const { directory } = this.#options;
    try {
      while (this.#oldestMayGo(beforeSequence, keepBytes)) {
        const oldest = this.#segments.shift();
        if (oldest === undefined) break;
        await directory.remove(oldest.name);
        // Durable before the next one goes: a crash in between must not leave a hole.
        await directory.sync();
      }
    } catch (error) {
      throw this.#fail(error);
    } finally {
      this.#releasing = false;
    }
  }

  #oldestMayGo(beforeSequence: number, keepBytes: number): boolean {
    const [oldest, ...others] = this.#segments;
    if (oldest === undefined || oldest === this.#active || oldest.readers > 0) return false;
    if (oldest.lastSequence >= beforeSequence) return false;
    const kept = others
      .filter((segment) => segment.lastSequence < beforeSequence)
      .reduce((sum, segment) => sum + segment.bytes, 0);
    return kept >= keepBytes;
  }

  #fail(cause: unknown): ClaimdError {
    this.#failure ??=
      cause instanceof ClaimdError && cause.code === "JOURNAL_FAILED"
        ? cause
        : new ClaimdError(
            "JOURNAL_FAILED",
            `the journal in ${this.#options.directory.path} failed: nobody knows what is on disk`,
            { cause },
          );
    return this.#failure;
  }

  /** Idempotent. Waits for an append under way; one that waits for a segment rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const spareClosed = this.#spare.close();
    await Promise.allSettled([this.#appending]);
    await spareClosed;
    await this.#file.close();
  }
}
