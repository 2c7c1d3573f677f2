/**
 * The journal entries that say something of a partition's log and hold no record. All have one
 * layout of 16 bytes, one goes on behind it; integers are little-endian, and what a type does not
 * use is 0.
 *
 *     type (1) | begins (1) | partition (2) | epoch (4) | index or join (8)
 *
 *     cut         3   epoch, index
 *     commit      4   index
 *     promise     5   epoch
 *     membership  6   begins, join
 *     void        7
 *     installed   8   epoch, index, then: token (8) | stamp in ms (8)
 */
import { unreachable } from "../errors.ts";
import { readUint53, writeUint16, writeUint32, writeUint53 } from "./byte-integers.ts";

/** The partition's log ends before this entry of its; it and what stood behind it are void. */
export interface CutEntry {
  readonly type: "cut";
  readonly partition: number;
  /** < 2^32. */
  readonly epoch: number;
  readonly index: number;
}

/** The partition's log is committed up to this index. */
export interface CommitEntry {
  readonly type: "commit";
  readonly partition: number;
  readonly index: number;
}

/** From here on no leader of a lower epoch is listened to. */
export interface PromiseEntry {
  readonly type: "promise";
  readonly partition: number;
  /** < 2^32. */
  readonly epoch: number;
}

/** The store becomes a replica of the partition with nothing in it, or is one no more. */
export interface MembershipEntry {
  readonly type: "membership";
  readonly partition: number;
  /** Tells this membership from earlier and later ones; < 2^53. */
  readonly join: number;
  readonly begins: boolean;
}

/**
 * The partition has nothing from here on: its log begins anew, and what stands of its records is
 * nobody's, until a mark says that it is installed.
 */
export interface VoidEntry {
  readonly type: "void";
  readonly partition: number;
}

/**
 * What stands of the partition's records is its state as of this entry of its log. All numbers are
 * 0 where nothing stands: what was void is erased.
 */
export interface InstalledEntry {
  readonly type: "installed";
  readonly partition: number;
  /** < 2^32. */
  readonly epoch: number;
  readonly index: number;
  /** The highest fencing token handed out in the partition. */
  readonly token: number;
  /** Of the last entry in the state, < 2^53. */
  readonly stampMs: number;
}

export type PartitionMark =
  | CutEntry
  | CommitEntry
  | PromiseEntry
  | MembershipEntry
  | VoidEntry
  | InstalledEntry;

const MARK_BYTES = 16;
const INSTALLED_BYTES = 32;

const CUT = 3;
const COMMIT = 4;
const PROMISE = 5;
const MEMBERSHIP = 6;
const VOID = 7;
const INSTALLED = 8;

export function markBytes({ type }: PartitionMark): number {
  return type === "installed" ? INSTALLED_BYTES : MARK_BYTES;
}

export function writeMark(into: Buffer, mark: PartitionMark, at: number): void {
  switch (mark.type) {
    case "cut":
      write(into, at, CUT, mark.partition, mark.epoch, mark.index);
      return;
    case "commit":
      write(into, at, COMMIT, mark.partition, 0, mark.index);
      return;
    case "promise":
      write(into, at, PROMISE, mark.partition, mark.epoch, 0);
      return;
    case "membership":
      write(into, at, MEMBERSHIP, mark.partition, 0, mark.join);
      into[at + 1] = mark.begins ? 1 : 0;
      return;
    case "void":
      write(into, at, VOID, mark.partition, 0, 0);
      return;
    case "installed":
      write(into, at, INSTALLED, mark.partition, mark.epoch, mark.index);
      writeUint53(into, mark.token, at + MARK_BYTES);
      writeUint53(into, mark.stampMs, at + MARK_BYTES + 8);
      return;
    default:
      unreachable(mark);
  }
}

function write(
  into: Buffer,
  at: number,
  type: number,
  partition: number,
  epoch: number,
  number: number,
): void {
  into[at] = type;
  into[at + 1] = 0;
  writeUint16(into, partition, at + 2);
  writeUint32(into, epoch, at + 4);
  writeUint53(into, number, at + 8);
}

/** Undefined when these bytes are no mark. */
export function readMark(from: Buffer, at: number): PartitionMark | undefined {
  if (at + MARK_BYTES > from.length) return undefined;
  const type = from[at] ?? 0;
  const flag = from[at + 1] ?? 0;
  const partition = from.readUInt16LE(at + 2);
  const epoch = from.readUInt32LE(at + 4);
  const number = readUint53(from, at + 8);
  if (number === undefined || flag > 1 || (flag === 1 && type !== MEMBERSHIP)) return undefined;
  if (epoch !== 0 && (type === COMMIT || type === MEMBERSHIP || type === VOID)) return undefined;
  switch (type) {
    case CUT:
      return { type: "cut", partition, epoch, index: number };
    case COMMIT:
      return { type: "commit", partition, index: number };
    case PROMISE:
      return number === 0 ? { type: "promise", partition, epoch } : undefined;
    case MEMBERSHIP:
      return { type: "membership", partition, join: number, begins: flag === 1 };
    case VOID:
      return number === 0 ? { type: "void", partition } : undefined;
    case INSTALLED:
      return readInstalled(from, at, { partition, epoch, index: number });
    default:
      return undefined;
  }
}

function readInstalled(
  from: Buffer,
  at: number,
  mark: Omit<InstalledEntry, "type" | "token" | "stampMs">,
): PartitionMark | undefined {
  if (at + INSTALLED_BYTES > from.length) return undefined;
  const token = readUint53(from, at + MARK_BYTES);
  const stampMs = readUint53(from, at + MARK_BYTES + 8);
  if (token === undefined || stampMs === undefined) return undefined;
  return { type: "installed", ...mark, token, stampMs };
}
