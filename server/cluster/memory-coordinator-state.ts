/**
 * The whole of an in-memory coordinator but for promises and timers: keys, leases, watches, and
 * what its `Misbehaviour` makes of them. Everything happens within the call that asks for it.
 *
 * Its time is what `expire` was told last. Whoever drives it calls `expire` before everything else
 * and at `nextDueAtMs`; `onDue` tells that there may be an earlier one.
 *
 * Must stay true: "applied" and "conflict" are said only when they are so. A change is told after
 * those that came before it, or never.
 */
import { ClaimdError } from "../errors.ts";
import type { GuardedWrite, TransactionOutcome, Versioned } from "./coordinator.ts";
import { assertWrites } from "./coordinator.ts";
import { RevisedKeys } from "./memory-coordinator-keys.ts";
import { type Misbehaviour, WELL_BEHAVED } from "./memory-coordinator-misbehaviour.ts";

interface Lease {
  readonly leaseMs: number;
  untilMs: number;
}

interface DelayedTransaction {
  readonly writes: readonly GuardedWrite[];
  readonly dueAtMs: number;
}

interface Watch {
  readonly prefix: string;
  readonly onChange: (entry: Versioned) => void;
  /** Not told yet: in order, so that the first one's time counts. */
  readonly queue: { readonly entry: Versioned; readonly dueAtMs: number }[];
  isTelling: boolean;
}

export class CoordinatorState {
  readonly #misbehaviour: Misbehaviour;
  readonly #keys = new RevisedKeys();
  readonly #leases = new Map<number, Lease>();
  #lastLease = 0;
  readonly #delayed: DelayedTransaction[] = [];
  readonly #watches = new Set<Watch>();
  readonly #dueListeners = new Set<() => void>();
  #nowMs = 0;

  constructor(misbehaviour: Misbehaviour = WELL_BEHAVED) {
    this.#misbehaviour = misbehaviour;
  }

  /** Of the last change of anything. */
  get revision(): number {
    return this.#keys.revision;
  }

  transact(writes: readonly GuardedWrite[]): TransactionOutcome {
    assertWrites(writes);
    if (this.#misbehaviour.outage()) return "unknown";
    const fate = this.#misbehaviour.transaction();
    if (fate === "lost") return "unknown";
    if (typeof fate === "object") {
      this.#delayed.push({ writes: [...writes], dueAtMs: this.#nowMs + fate.delayedMs });
      this.#tellDue();
      return "unknown";
    }
    const outcome = this.#apply(writes);
    return fate === "answered" ? outcome : "unknown";
  }

  /** Throws COORDINATOR_UNAVAILABLE. */
  read(key: string): Versioned | undefined {
    this.#reach();
    return this.#keys.read(key, this.#keys.revision - this.#misbehaviour.lag());
  }

  /** Throws COORDINATOR_UNAVAILABLE. */
  list(prefix: string): readonly Versioned[] {
    this.#reach();
    return this.#keys.list(prefix, this.#keys.revision - this.#misbehaviour.lag());
  }

  /** Gives the lease's number. Throws COORDINATOR_UNAVAILABLE. */
  register(key: string, value: Uint8Array, leaseMs: number): number {
    this.#reach();
    this.#lastLease += 1;
    const untilMs = this.#nowMs + this.#misbehaviour.leaseMs(leaseMs);
    this.#leases.set(this.#lastLease, { leaseMs, untilMs });
    this.#tell(this.#keys.put(key, value, this.#lastLease));
    return this.#lastLease;
  }

  renew(lease: number): boolean {
    if (this.#misbehaviour.outage()) return false;
    const found = this.#leases.get(lease);
    if (found !== undefined) {
      found.untilMs = this.#nowMs + this.#misbehaviour.leaseMs(found.leaseMs);
      this.#tellDue();
    }
    return this.#misbehaviour.renewal(found !== undefined);
  }

  /** Its owner ends it, or it is revoked before its time. Whether there is an outage or not. */
  revoke(lease: number): void {
    if (this.#leases.delete(lease)) this.#tell(this.#keys.revoke(lease));
  }

  /** `onChange` is called within the call that makes the change, or within `expire`. */
  watch(prefix: string, onChange: (entry: Versioned) => void): Disposable {
    const watch: Watch = { prefix, onChange, queue: [], isTelling: false };
    this.#watches.add(watch);
    return {
      [Symbol.dispose]: () => {
        this.#watches.delete(watch);
        watch.queue.length = 0;
      },
    };
  }

  /** It is now that late: delayed transactions, leases and changes whose time has come. */
  expire(nowMs: number): void {
    for (;;) {
      const delayed = earliest(this.#delayed, ({ dueAtMs }) => dueAtMs);
      const lease = earliest([...this.#leases], ([, { untilMs }]) => untilMs);
      const dueAtMs = Math.min(delayed?.atMs ?? Infinity, lease?.atMs ?? Infinity);
      if (dueAtMs > nowMs) break;
      this.#passTo(dueAtMs);
      if (delayed?.atMs === dueAtMs) {
        this.#delayed.splice(this.#delayed.indexOf(delayed.item), 1);
        this.#apply(delayed.item.writes);
      } else if (lease !== undefined) {
        this.revoke(lease.item[0]);
      }
    }
    this.#passTo(nowMs);
  }

  /** When `expire` will have something to do; undefined = nothing is waiting for time to pass. */
  get nextDueAtMs(): number | undefined {
    const dueAtMs = Math.min(
      ...this.#delayed.map((each) => each.dueAtMs),
      ...[...this.#leases.values()].map(({ untilMs }) => untilMs),
      ...[...this.#watches].flatMap(({ queue }) => queue.slice(0, 1).map((each) => each.dueAtMs)),
    );
    return dueAtMs === Infinity ? undefined : dueAtMs;
  }

  /** `listener` is called when `nextDueAtMs` may be another. */
  onDue(listener: () => void): Disposable {
    this.#dueListeners.add(listener);
    return {
      [Symbol.dispose]: () => {
        this.#dueListeners.delete(listener);
      },
    };
  }

  #reach(): void {
    if (this.#misbehaviour.outage()) throw outageError();
  }

  #apply(writes: readonly GuardedWrite[]): "applied" | "conflict" {
    const changed = this.#keys.transact(writes);
    if (changed === "conflict") return "conflict";
    this.#tell(changed);
    return "applied";
  }

  #passTo(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#tellQueued();
  }

  #tell(changed: readonly Versioned[]): void {
    for (const entry of changed) {
      for (const watch of this.#watches) {
        if (!entry.key.startsWith(watch.prefix)) continue;
        const fate = this.#misbehaviour.change();
        if (fate === "missed") continue;
        watch.queue.push({ entry, dueAtMs: this.#nowMs + fate });
      }
    }
    this.#tellQueued();
    this.#tellDue();
  }

  /** All are queued before any is told: who is told may change something, which comes behind. */
  #tellQueued(): void {
    for (const watch of this.#watches) {
      if (watch.isTelling) continue;
      watch.isTelling = true;
      try {
        for (;;) {
          const next = watch.queue[0];
          if (next === undefined || next.dueAtMs > this.#nowMs) break;
          watch.queue.shift();
          watch.onChange(next.entry);
        }
      } finally {
        watch.isTelling = false;
      }
    }
  }

  #tellDue(): void {
    for (const listener of this.#dueListeners) listener();
  }
}

export function outageError(): ClaimdError {
  return new ClaimdError("COORDINATOR_UNAVAILABLE", "the coordinator can't be reached");
}

/** The first of those that are due first. */
function earliest<T>(
  items: readonly T[],
  atMsOf: (item: T) => number,
): { readonly item: T; readonly atMs: number } | undefined {
  let found: { readonly item: T; readonly atMs: number } | undefined;
  for (const item of items) {
    const atMs = atMsOf(item);
    if (found === undefined || atMs < found.atMs) found = { item, atMs };
  }
  return found;
}
