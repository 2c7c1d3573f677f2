/**
 * What an operator asks of a node: records of a namespace, numbers, what fell due. Nothing here
 * decides or writes; Resolve and Forget are commands like any other.
 */

import type { RecordView } from "../claim/reply.ts";
import { viewOf } from "../claim/views.ts";
import type { Outage } from "../storage/outage.ts";
import type { RecordStore } from "../storage/record-store.ts";
import { keyOf, type UnsettledKey } from "../storage/unsettled-index.ts";
import type { Namespace } from "./namespace.ts";
import type { Namespaces } from "./namespaces.ts";

export type RecordFilter =
  | "ALL"
  | "IN_PROGRESS"
  | "RELEASED"
  | "COMPLETED"
  | "FAILED"
  | "HELD"
  | "EXHAUSTED"
  | "LAPSED";

export interface RecordQuery {
  readonly namespace: Namespace;
  readonly filter: RecordFilter;
  /** Of the key; empty = every key. */
  readonly prefix: Uint8Array;
  /** 0 = no limit. */
  readonly limit: number;
}

export interface ListedRecord {
  readonly key: Uint8Array;
  readonly view: RecordView;
}

export interface OperatorParts {
  readonly store: RecordStore;
  readonly namespaces: Namespaces;
  readonly nowMs: () => number;
  readonly outage: Outage | undefined;
  /** As in a Turn. */
  readonly maxClockOffsetMs: number;
  readonly onDue: (namespace: Namespace, key: Buffer, due: "lapsed" | "heldExpired") => void;
}

/** Keys looked at in one sweep: some milliseconds. */
const SWEEP_KEYS = 10_000;

const MATCHES: Readonly<Record<RecordFilter, (view: RecordView) => boolean>> = {
  ALL: () => true,
  IN_PROGRESS: (view) => view.state === "IN_PROGRESS",
  RELEASED: (view) => view.state === "RELEASED",
  COMPLETED: (view) => view.state === "COMPLETED",
  FAILED: (view) => view.state === "FAILED",
  HELD: (view) => view.next === "HELD",
  EXHAUSTED: (view) => view.next === "EXHAUSTED",
  LAPSED: (view) => view.lapsed,
};

export class Operator {
  readonly #parts: OperatorParts;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  /** Live records that match, as they were when the listing reached them. */
  async *listRecords({
    namespace,
    filter,
    prefix,
    limit,
  }: RecordQuery): AsyncGenerator<ListedRecord> {
    const { store, nowMs, outage, maxClockOffsetMs } = this.#parts;
    let listed = 0;
    const keys = { namespaceId: namespace.id, classes: namespace.classes };
    for await (const { key, record } of store.list(keys, prefix)) {
      const { policy } = namespace;
      const view = viewOf(record, { nowMs: nowMs(), policy, outage, maxClockOffsetMs });
      if (view === undefined || !MATCHES[filter](view)) continue;
      yield { key, view };
      listed += 1;
      if (listed === limit) return;
    }
  }

  /** Counts the leases that lapsed and the held keys that were forgotten since the last sweep. */
  sweep(): void {
    const { store, namespaces, nowMs, onDue } = this.#parts;
    for (const { type, key } of store.unsettled.sweep(nowMs(), SWEEP_KEYS)) {
      const namespace = namespaces.byId(key.namespaceId);
      if (namespace === undefined) continue;
      if (type === "lapsed") namespace.counts.lapses += 1;
      else namespace.counts.heldExpired += 1;
      onDue(namespace, keyOf(key), type);
    }
  }

  /** Unsettled keys by namespace id; undefined until the index is complete. */
  unsettled(): ReadonlyMap<number, UnsettledCounts> | undefined {
    const { store, namespaces, nowMs } = this.#parts;
    if (!store.unsettled.complete) return undefined;
    const now = nowMs();
    const counts = new Map<number, UnsettledCounts>();
    for (const key of store.unsettled.keys()) {
      const namespace = namespaces.byId(key.namespaceId);
      if (namespace === undefined || key.expiresAtMs <= now) continue;
      let sum = counts.get(namespace.id);
      if (sum === undefined) {
        counts.set(namespace.id, (sum = { leases: 0, held: 0, exhausted: 0, oldestLeaseMs: 0 }));
      }
      countKey(sum, key, namespace, now);
    }
    return counts;
  }
}

export interface UnsettledCounts {
  leases: number;
  held: number;
  exhausted: number;
  oldestLeaseMs: number;
}

function countKey(
  sum: UnsettledCounts,
  { state, leaseUntilMs, hold, attempt, sinceMs }: UnsettledKey,
  { policy }: Namespace,
  nowMs: number,
): void {
  const running = state === "IN_PROGRESS" && leaseUntilMs > nowMs;
  const usedUp = policy.maxAttempts > 0 && attempt >= policy.maxAttempts;
  if (running) {
    sum.leases += 1;
    sum.oldestLeaseMs = Math.max(sum.oldestLeaseMs, nowMs - sinceMs);
  } else if (state === "HELD" || (state === "IN_PROGRESS" && hold)) sum.held += 1;
  else if (usedUp) sum.exhausted += 1;
}
