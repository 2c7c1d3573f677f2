/**
 * What claimd asks of a consensus engine, and nothing more. Implementations: etcd and an in-memory
 * one that can misbehave on demand; both pass one contract suite (test/coordinator-contract.ts).
 *
 * Only the outcome of a transaction decides. What is read, watched or registered is a hint: it may
 * be old, late or missing. But a value with its revision is a fact of history: at that revision the
 * key had that value, and nothing that was guarded on a lower revision can be applied any more.
 */
import { assert } from "../errors.ts";

export interface Versioned {
  readonly key: string;
  /** Undefined = deleted at this revision; only `watch` tells so. */
  readonly value: Uint8Array | undefined;
  /** Of the last change of the key. Grows with every change of anything. */
  readonly revision: number;
}

export interface GuardedWrite {
  readonly key: string;
  /** Of the key's last change, as read; 0 = the key must not exist. */
  readonly revision: number;
  /** "guard": the key is not written, only its revision must hold. "delete": the key goes. */
  readonly value: Uint8Array | "guard" | "delete";
}

/**
 * applied: all writes are made, as one. conflict: at least one guard did not hold, nothing was
 * written by this request. unknown: nobody can say; it may even be applied later.
 */
export type TransactionOutcome = "applied" | "conflict" | "unknown";

/** A sign of life that goes when its owner goes. A hint: it may go early, or stay too long. */
export interface Liveness extends AsyncDisposable {
  /** Renewed for another lease. Rejects never; false when the registration is gone or unsure. */
  renew(): Promise<boolean>;
}

export interface Coordinator extends AsyncDisposable {
  /** Undefined when there is no such key. Rejects with COORDINATOR_UNAVAILABLE. */
  read(key: string): Promise<Versioned | undefined>;
  /** All keys that begin with `prefix`, in their order. Rejects with COORDINATOR_UNAVAILABLE. */
  list(prefix: string): Promise<readonly Versioned[]>;
  /**
   * 1 to MAX_WRITES writes, each of another key: anything else is a mistake of the caller's and
   * INTERNAL. Never rejects otherwise. Never sends anything twice.
   */
  transact(writes: readonly GuardedWrite[]): Promise<TransactionOutcome>;
  /**
   * Tells of changes below `prefix` from about now on. Changes may come late or be missed: back it
   * by a list now and then. Never throws.
   */
  watch(prefix: string, onChange: (entry: Versioned) => void): Disposable;
  /** Writes the key with a lease; rejects with COORDINATOR_UNAVAILABLE. */
  register(key: string, value: Uint8Array, leaseMs: number): Promise<Liveness>;
}

/** What etcd takes in one transaction as it comes. */
export const MAX_WRITES = 128;

/** Etcd refuses a transaction of another shape; nothing would ever be applied. */
export function assertWrites(writes: readonly GuardedWrite[]): void {
  assert(writes.length >= 1 && writes.length <= MAX_WRITES, `${writes.length} writes in one`);
  const keys = new Set(writes.map(({ key }) => key));
  assert(keys.size === writes.length && !keys.has(""), "a key without a name, or written twice");
}
