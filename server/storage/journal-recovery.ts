/**
 * Opens a journal's directory: finds the segments, checks every byte, cuts a torn tail.
 *
 *     list → check all, in order → rewrite the last → ready
 *              └ damage: refuse, nothing was changed
 *
 * Never repairs, never skips, never guesses: whatever a crash can't have left behind is damage.
 * Nothing on disk is changed before everything was checked.
 *
 * J2  sequences run on without a hole from the first retained segment to the last frame.
 * J3  a torn tail of the last segment is cut; anything else that is wrong stops the start.
 */
import { journalDamage } from "./journal-damage.ts";
import type { JournalLog } from "./journal-log.ts";
import type { Segment } from "./journal-reader.ts";
import type { LogDirectory, LogFile } from "./log-file.ts";
import { makeSegmentFile, REWRITE_NAME, TEMPORARY_NAMES } from "./segment-file.ts";
import {
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
  segmentName,
  segmentSequence,
  writeSegmentHeader,
} from "./segment-header.ts";
import { findLaterFrame, scanSegment, tornBytes } from "./segment-scan.ts";

/** What was found, for the log line at start and for the records' mark. */
export interface Recovered {
  readonly segments: number;
  readonly firstSequence: number;
  /** 0 in a fresh journal. */
  readonly lastSequence: number;
  readonly lastStampMs: number;
  readonly frames: number;
  /** Bytes of a torn tail that were cut. */
  readonly cutBytes: number;
}

export interface RecoveryOptions {
  readonly directory: LogDirectory;
  readonly storeId: Uint8Array;
  readonly random: (bytes: number) => Uint8Array;
  readonly segmentBytes: number;
  readonly log: JournalLog;
}

export interface RecoveredJournal {
  readonly recovered: Recovered;
  /** Oldest first; the last one is written to. */
  readonly segments: Segment[];
  readonly active: Segment;
  readonly file: LogFile;
}

export function newSalt(random: (bytes: number) => Uint8Array): number {
  return Buffer.from(random(4)).readUInt32LE(0);
}

export async function recoverJournal(options: RecoveryOptions): Promise<RecoveredJournal> {
  const { directory, segmentBytes, log } = options;
  const names = await segmentNames(directory, log);
  const segments: Segment[] = [];
  let frames = 0;
  let last: Checked | undefined;
  for (const name of names) {
    last = await checkSegment(options, name, segments.at(-1), name === names.at(-1));
    segments.push(last.segment);
    frames += last.frames;
  }
  for (const name of await directory.list()) {
    if (TEMPORARY_NAMES.includes(name)) await directory.remove(name);
  }
  const active = last?.segment ?? freshSegment(options);
  const content = last?.content ?? freshHead(options, active);
  if (last === undefined) segments.push(active);
  // What the page cache shows need not be on disk: what is answered from now on must be.
  const bytes = Math.max(segmentBytes, content.length);
  const file = await makeSegmentFile(directory, REWRITE_NAME, content, bytes);
  await directory.rename(REWRITE_NAME, active.name);
  await directory.sync();
  const recovered: Recovered = {
    segments: segments.length,
    firstSequence: segments[0]?.firstSequence ?? active.firstSequence,
    lastSequence: active.lastSequence,
    lastStampMs: active.lastStampMs,
    frames,
    cutBytes: last?.cutBytes ?? 0,
  };
  log.info({ ...recovered }, "journal opened");
  return { recovered, segments, active, file };
}

/** In order. Refuses names that may hide a segment; what is none of ours stays as it is. */
async function segmentNames(directory: LogDirectory, log: JournalLog): Promise<string[]> {
  const names: string[] = [];
  for (const name of await directory.list()) {
    if (segmentSequence(name) !== undefined) names.push(name);
    else if (name.includes(".journal")) {
      throw journalDamage(directory, name, 0, "no segment is called so; was it renamed?");
    } else if (!TEMPORARY_NAMES.includes(name)) {
      log.warn({ name, directory: directory.path }, "not a file of the journal: left alone");
    }
  }
  return names.sort();
}

interface Checked {
  readonly segment: Segment;
  readonly frames: number;
  readonly cutBytes: number;
  /** Head and frames. */
  readonly content: Buffer;
}

async function checkSegment(
  options: RecoveryOptions,
  name: string,
  previous: Segment | undefined,
  isLast: boolean,
): Promise<Checked> {
  const { directory, storeId } = options;
  const content = await readWhole(directory, name);
  const head = readSegmentHeader(content);
  if (typeof head === "string") throw journalDamage(directory, name, 0, head);
  if (!Buffer.from(head.storeId).equals(storeId)) {
    throw journalDamage(directory, name, 16, "the segment belongs to another store");
  }
  const { firstSequence, salt } = head;
  if (firstSequence !== segmentSequence(name)) {
    throw journalDamage(directory, name, 32, `the segment begins with sequence ${firstSequence}`);
  }
  if (previous !== undefined && firstSequence !== previous.lastSequence + 1) {
    const next = previous.lastSequence + 1;
    const what = `no valid frame ${next} here, yet ${name} begins with frame ${firstSequence}`;
    throw journalDamage(directory, previous.name, previous.bytes, what);
  }
  const scan = scanSegment(content, head);
  if (isLast) {
    const later = findLaterFrame(content, head, scan);
    if (later !== undefined) {
      const what = `no valid frame ${scan.lastSequence + 1} here, yet one follows at byte ${later}`;
      throw journalDamage(directory, name, scan.end, what);
    }
  }
  const { lastSequence, lastStampMs, end: bytes, frames } = scan;
  return {
    segment: { name, firstSequence, lastSequence, lastStampMs, bytes, salt, readers: 0 },
    frames,
    cutBytes: isLast ? tornBytes(content, bytes) : 0,
    content: content.subarray(0, bytes),
  };
}

async function readWhole(directory: LogDirectory, name: string): Promise<Buffer> {
  const file = await directory.open(name);
  try {
    const content = Buffer.allocUnsafeSlow(await file.size());
    return content.subarray(0, await file.read(content, 0));
  } finally {
    await file.close();
  }
}

function freshSegment(options: RecoveryOptions): Segment {
  return newSegment(1, 0, newSalt(options.random));
}

/** A segment without frames. */
export function newSegment(firstSequence: number, lastStampMs: number, salt: number): Segment {
  return {
    name: segmentName(firstSequence),
    firstSequence,
    lastSequence: firstSequence - 1,
    lastStampMs,
    bytes: SEGMENT_HEADER_BYTES,
    salt,
    readers: 0,
  };
}

function freshHead({ storeId }: RecoveryOptions, segment: Segment): Buffer {
  const { firstSequence, lastStampMs, salt } = segment;
  return writeSegmentHeader({ storeId, firstSequence, lastStampMs, salt });
}
