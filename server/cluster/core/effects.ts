/**
 * What the protocol wants done. It does nothing by itself: no clock, network, disk or randomness.
 *
 * Writes are made in the order in which they were given, all of them in one journal; `synced` tells
 * when. Nothing that rests on a write leaves before: the protocol sees to that itself.
 */
import type { Incarnation, PartitionRecord } from "../partition-record.ts";
import type { Cut, Hello, LogEntry, MemberReply } from "./messages.ts";
import type { LogPoint } from "./partition-log.ts";

export type DiskWrite<E, S> =
  /** Never removed, never lowered (R2). */
  | { readonly type: "promise"; readonly epoch: number }
  | { readonly type: "entries"; readonly entries: readonly LogEntry<E>[] }
  /** The first entry to go; all behind it go too. */
  | { readonly type: "cut"; readonly from: LogPoint }
  /** A lower bound of what is committed: may be lost, is never wrong. */
  | { readonly type: "commit"; readonly index: number }
  /** Replaces log and state as one. */
  | {
      readonly type: "snapshot";
      readonly upTo: LogPoint;
      readonly stampMs: number;
      readonly state: S;
    }
  /** Log and state go: a snapshot is to take their place. Nothing else of the membership does. */
  | { readonly type: "void" }
  /** A membership begins, with nothing in it. */
  | { readonly type: "join"; readonly join: number }
  /** This membership is over: log and state go, promise and the number of the join stay (R11). */
  | { readonly type: "erase"; readonly join: number };

export type Effect<E, S> =
  | { readonly type: "write"; readonly ticket: number; readonly writes: readonly DiskWrite<E, S>[] }
  | {
      readonly type: "send";
      readonly to: string;
      readonly message: Hello | Cut | MemberReply;
    }
  /** An append with the entries behind `previous` up to `lastIndex`: the log has them. */
  | {
      readonly type: "sendEntries";
      readonly to: string;
      readonly epoch: number;
      readonly join: number;
      readonly round: number;
      readonly previous: LogPoint;
      readonly lastIndex: number;
      readonly commit: number;
    }
  /**
   * A snapshot of what is committed, at the index that is committed when it is made or later, with
   * the highest stamp of what is in it.
   */
  | {
      readonly type: "sendSnapshot";
      readonly to: string;
      readonly epoch: number;
      readonly join: number;
      readonly round: number;
    }
  /** The snapshot that was offered is wanted: told as a `snapshot` when all of it has come. */
  | { readonly type: "fetch"; readonly epoch: number; readonly upTo: LogPoint }
  /**
   * Write the partition's record, guarded on its revision and, where there is a candidate, on that
   * store being ACTIVE at that boot.
   */
  | {
      readonly type: "transact";
      readonly revision: number;
      readonly record: PartitionRecord;
      readonly candidate: Incarnation | undefined;
    }
  /** Read the partition's record and tell it by `observe`. */
  | { readonly type: "read" }
  /** Entries up to here may be applied: they will never be cut. */
  | { readonly type: "committed"; readonly index: number }
  /** Entries behind here are gone; whoever waits for one of them hears "unknown". */
  | { readonly type: "cut"; readonly index: number }
  | { readonly type: "role"; readonly role: Role }
  /** A disk lied: this store must never be in sync again. */
  | { readonly type: "damaged"; readonly reason: string };

/**
 * FOLLOWING: takes what a leader sends. RECOVERING: leads, and brings its members to its log.
 * SERVING: grants. SEALED: grants no more, and hands over when all is committed.
 */
export type Role = "FOLLOWING" | "RECOVERING" | "SERVING" | "SEALED";
