/**
 * Keys with revisions, counted as etcd does: one number for all of it, + 1 with every transaction
 * that changes something, and each key knows the one of its last change.
 *
 * Keeps what was changed lately, so that it can be read as it was. Knows no time: a lease is a
 * number that some keys carry.
 *
 * Must stay true: the revision never falls; what a transaction changes has one revision.
 */
import { assertWrites, type GuardedWrite, type Versioned } from "./coordinator.ts";

interface Entry {
  readonly value: Uint8Array;
  readonly revision: number;
  /** 0 = none. */
  readonly lease: number;
}

interface Change {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

interface PastChange {
  readonly key: string;
  readonly before: Entry | undefined;
  readonly revision: number;
}

/** Who reads is seldom that far behind; the memory of a node that runs for months is bounded. */
const PAST_CHANGES = 4096;

export class RevisedKeys {
  /** As an empty etcd: what is written first gets 2. */
  #revision = 1;
  readonly #entries = new Map<string, Entry>();
  readonly #past: PastChange[] = [];

  get revision(): number {
    return this.#revision;
  }

  /** What has changed; "conflict" = a guard did not hold and nothing has. */
  transact(writes: readonly GuardedWrite[]): readonly Versioned[] | "conflict" {
    assertWrites(writes);
    const holds = ({ key, revision }: GuardedWrite): boolean =>
      (this.#entries.get(key)?.revision ?? 0) === revision;
    if (!writes.every(holds)) return "conflict";
    const changes = writes.flatMap(({ key, value }) => {
      if (value === "guard") return [];
      return [{ key, value: value === "delete" ? undefined : value }];
    });
    return this.#change(changes, 0);
  }

  /** Whatever was there before. */
  put(key: string, value: Uint8Array, lease: number): readonly Versioned[] {
    return this.#change([{ key, value }], lease);
  }

  /** All keys that carry the lease go, as one. */
  revoke(lease: number): readonly Versioned[] {
    const gone = [...this.#entries].filter(([, entry]) => entry.lease === lease);
    return this.#change(
      gone.map(([key]) => ({ key, value: undefined })),
      0,
    );
  }

  /** By default as it is; else as it was at that revision, or as far back as is kept. */
  read(key: string, revision = this.#revision): Versioned | undefined {
    const entry = this.#entriesAt(revision).get(key);
    return entry && { key, value: entry.value, revision: entry.revision };
  }

  /** In the order of the keys' bytes, as etcd has them. */
  list(prefix: string, revision = this.#revision): readonly Versioned[] {
    return [...this.#entriesAt(revision)]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([key, entry]) => ({ key, value: entry.value, revision: entry.revision }));
  }

  #change(changes: readonly Change[], lease: number): readonly Versioned[] {
    const real = changes.filter(({ key, value }) => value !== undefined || this.#entries.has(key));
    if (real.length === 0) return [];
    this.#revision += 1;
    const revision = this.#revision;
    const changed = real.map(({ key, value }): Versioned => {
      this.#past.push({ key, before: this.#entries.get(key), revision });
      if (value === undefined) {
        this.#entries.delete(key);
        return { key, value, revision };
      }
      // A copy: what the caller does with its bytes afterwards is none of history's business.
      const kept = Uint8Array.from(value);
      this.#entries.set(key, { value: kept, revision, lease });
      return { key, value: kept, revision };
    });
    if (this.#past.length > 2 * PAST_CHANGES) this.#past.splice(0, PAST_CHANGES);
    return changed;
  }

  #entriesAt(revision: number): ReadonlyMap<string, Entry> {
    if (revision >= this.#revision) return this.#entries;
    const entries = new Map(this.#entries);
    for (const change of this.#past.toReversed()) {
      if (change.revision <= revision) break;
      if (change.before === undefined) entries.delete(change.key);
      else entries.set(change.key, change.before);
    }
    return entries;
  }
}
