/**
 * What nodes say to each other about one partition: the messages of the protocol core with records
 * as payload, and snapshots in chunks.
 *
 *     leader → member   hello · append · cut · chunk
 *     member → leader   ack · shape · stale · refused · leaving · wanted
 *
 * A snapshot is pulled: the leader sends chunk 0 unasked, each further one when it is wanted. So a
 * member never holds more than it can take, and a lost chunk is wanted again.
 */
import type { Append, Cut, Hello, MemberReply, Stale } from "../core/messages.ts";
import type { LogPoint } from "../core/partition-log.ts";
import type { LogRecord } from "../log-record.ts";
import type { Incarnation } from "../partition-record.ts";

/** What a partition's state has beside its records. */
export interface SnapshotHead {
  /** The last fencing token the partition has given. */
  readonly token: number;
  /** The stamp of the last entry in the state. */
  readonly stampMs: number;
}

/** A part of the core's `snapshot`: all of them have the same head. */
export interface SnapshotChunk extends Omit<Hello, "type">, SnapshotHead {
  readonly type: "chunk";
  readonly upTo: LogPoint;
  /** Tells one sending of a snapshot from the next: the leader's incarnation uses it once. */
  readonly transfer: number;
  /** 0, 1, 2, … within the transfer. */
  readonly sequence: number;
  /** Nothing comes behind it. */
  readonly last: boolean;
  readonly records: readonly LogRecord[];
}

/** "I have the chunks before this one: send it." */
export interface ChunkWanted extends Omit<Stale, "type"> {
  readonly type: "wanted";
  readonly transfer: number;
  readonly sequence: number;
}

export type PeerMessage =
  | Hello
  | Append<LogRecord>
  | Cut
  | SnapshotChunk
  | MemberReply
  | ChunkWanted;

export type PeerMessageType = PeerMessage["type"];

export interface Received {
  readonly partition: number;
  readonly message: PeerMessage;
}

/**
 * Who hears what arrives, in the order in which it was sent per partition. Keys and records are
 * views of the frame they came in: whoever keeps one for long copies it.
 */
export type PeerListener = (from: Incarnation, partition: number, message: PeerMessage) => void;
