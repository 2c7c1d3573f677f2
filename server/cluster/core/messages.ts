/**
 * What the members of one partition say to each other. Plain data: no bytes, no addresses.
 *
 *     leader → member   hello · append · cut · offer · snapshot
 *     member → leader   ack · shape · stale · refused · leaving
 *
 * Must stay true: everything from a leader carries its epoch and the join of whom it is for; every
 * reply carries who says it (store and boot), its join, and the epoch at which it was said.
 */
import type { Incarnation } from "../partition-record.ts";
import type { LogPoint, LogShape } from "./partition-log.ts";

/** An entry of a partition's log; `payload` is the business of whoever applies it. */
export interface LogEntry<E> extends LogPoint {
  /** The leader's clock when it was decided. */
  readonly stampMs: number;
  readonly payload: E;
}

interface FromLeader {
  readonly epoch: number;
  /** Of the replica it is for: an earlier membership of the same store is not meant. */
  readonly join: number;
  /** Grows with every question of the leader "am I still heard?"; replies give it back. */
  readonly round: number;
}

/** "I lead this epoch: what do you have?" */
export interface Hello extends FromLeader {
  readonly type: "hello";
}

/** The leader's entries behind `previous`; none at all is a sign of life. */
export interface Append<E> extends FromLeader {
  readonly type: "append";
  readonly previous: LogPoint;
  readonly entries: readonly LogEntry<E>[];
  /** The leader's commit index. */
  readonly commit: number;
}

/** "Your log goes on behind mine: this entry and what follows must go." */
export interface Cut extends FromLeader {
  readonly type: "cut";
  /** The first entry to go. */
  readonly from: LogPoint;
}

/** "Your log ends before mine begins: here is a snapshot that ends at this entry." */
export interface Offer extends FromLeader {
  readonly type: "offer";
  readonly upTo: LogPoint;
  /** Of the last entry in it, or of one before: no later entry may be stamped earlier. */
  readonly stampMs: number;
}

/** All of what was offered has come: the committed state at an entry. */
export interface Snapshot<S> extends Omit<Offer, "type"> {
  readonly type: "snapshot";
  readonly state: S;
}

export type LeaderMessage<E, S> = Hello | Append<E> | Cut | Offer | Snapshot<S>;

interface Reply {
  readonly from: Incarnation;
  readonly join: number;
  /** The highest epoch the member has promised; only a reply of its own epoch counts. */
  readonly epoch: number;
  readonly round: number;
}

/** "My log equals yours up to `index`, and so far it is synced." */
export interface Ack extends Reply {
  readonly type: "ack";
  readonly index: number;
}

/** What there is and how far it is committed, for the leader to find where logs part. No ack. */
export interface Shape extends Reply {
  readonly type: "shape";
  readonly shape: LogShape;
  readonly commit: number;
}

/** "I have promised a higher epoch." */
export interface Stale extends Reply {
  readonly type: "stale";
}

/** "Your clock is too far ahead of mine." */
export interface Refused extends Reply {
  readonly type: "refused";
}

/** "I am about to stop: count on me no more." Unasked. */
export interface Leaving extends Reply {
  readonly type: "leaving";
}

export type MemberReply = Ack | Shape | Stale | Refused | Leaving;

export function isMemberReply<E, S>(
  message: LeaderMessage<E, S> | MemberReply,
): message is MemberReply {
  return ["ack", "shape", "stale", "refused", "leaving"].includes(message.type);
}
