/**
 * The keys whose claim is open: running, lapsed, held, or released and waiting to be claimed again.
 * What an operator sees without a scan.
 *
 * Never decides anything: `decide` looks at records. Bounded: beyond its limit keys are left out
 * and `complete` is false, as it is until the background scan after a start has ended.
 *
 * What falls due (a lease, the end of a window) stands in lists by the second, so that a look costs
 * what fell due and not what is there.
 */
import type { ClaimRecord } from "./claim-record.ts";
import { expiresAtMs } from "./claim-record.ts";

export interface UnsettledKey {
  /** namespace prefix (4) and key, one character a byte. */
  readonly id: string;
  readonly namespaceId: number;
  readonly partition: number;
  readonly state: "IN_PROGRESS" | "HELD" | "RELEASED";
  readonly token: number;
  readonly attempt: number;
  readonly hold: boolean;
  readonly holder: string;
  /** When it was granted; of a held or released key, when it was settled. */
  readonly sinceMs: number;
  /** Infinity unless it is IN_PROGRESS. */
  readonly leaseUntilMs: number;
  readonly expiresAtMs: number;
}

/** What a look found: each lapse and each unresolved end is told once. */
export type Due =
  | { readonly type: "lapsed"; readonly key: UnsettledKey }
  | { readonly type: "heldExpired"; readonly key: UnsettledKey };

interface Entry extends UnsettledKey {
  /** The lapse of its lease has been told. */
  lapseTold: boolean;
  /** Doubly linked within the second it is due in. */
  before: Entry | undefined;
  after: Entry | undefined;
  dueSecond: number;
}

const PREFIX_LENGTH = 4;

export function keyOf(entry: UnsettledKey): Buffer {
  return Buffer.from(entry.id.slice(PREFIX_LENGTH), "latin1");
}

export function isUnsettled(record: ClaimRecord | undefined): boolean {
  return record !== undefined && record.state !== "COMPLETED" && record.state !== "FAILED";
}

export class UnsettledIndex {
  readonly #limit: number;
  readonly #entries = new Map<string, Entry>();
  /** Second → the first of its list. */
  readonly #due = new Map<number, Entry>();
  /** Every second before this one has been looked at; 0 = none was. */
  #lookedSecond = 0;
  #scanned = false;
  #overflowed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether every unsettled key is in it. */
  get complete(): boolean {
    return this.#scanned && !this.#overflowed;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(id: string): UnsettledKey | undefined {
    return this.#entries.get(id);
  }

  /** The background scan has ended: all that LevelDB had is in. */
  scanned(): void {
    this.#scanned = true;
  }

  /** The key's record is now this one. */
  update(
    id: string,
    namespaceId: number,
    partition: number,
    record: ClaimRecord | undefined,
    previous: ClaimRecord | undefined,
  ): void {
    if (record === undefined || !isUnsettled(record)) {
      // Before the scan has been there, an unsettled record may be known from LevelDB alone.
      if (isUnsettled(previous)) this.#remove(id);
      return;
    }
    this.#remove(id);
    if (this.#entries.size >= this.#limit) {
      this.#overflowed = true;
      return;
    }
    const entry = entryOf(id, namespaceId, partition, record);
    this.#entries.set(id, entry);
    this.#link(entry);
  }

  removeNamespace(namespaceId: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.namespaceId === namespaceId) this.#remove(entry.id);
    }
  }

  /** All keys, or those of a namespace; in no particular order. */
  *keys(namespaceId?: number): IterableIterator<UnsettledKey> {
    for (const entry of this.#entries.values()) {
      if (namespaceId === undefined || entry.namespaceId === namespaceId) yield entry;
    }
  }

  /**
   * What fell due since the last look, at most `limit` of it; the rest comes with the next look.
   * Keys that are over are removed.
   */
  sweep(nowMs: number, limit: number): Due[] {
    const found: Due[] = [];
    const nowSecond = secondOf(nowMs);
    for (const second of this.#secondsUntil(nowSecond)) {
      let entry = this.#due.get(second);
      while (entry !== undefined) {
        if (found.length >= limit) return found;
        const next: Entry | undefined = entry.after;
        const due = this.#look(entry, nowMs);
        if (due !== undefined) found.push(due);
        entry = next;
      }
    }
    this.#lookedSecond = nowSecond;
    return found;
  }

  /** Seconds with something due, up to and with this one. */
  #secondsUntil(nowSecond: number): number[] {
    const span = nowSecond - this.#lookedSecond;
    if (span > this.#due.size) {
      return [...this.#due.keys()].filter((each) => each <= nowSecond).sort((a, b) => a - b);
    }
    return Array.from({ length: Math.max(0, span + 1) }, (_, at) => this.#lookedSecond + at);
  }

  #look(entry: Entry, nowMs: number): Due | undefined {
    if (nowMs >= entry.expiresAtMs) {
      this.#remove(entry.id);
      const held = entry.state === "HELD" || (entry.state === "IN_PROGRESS" && entry.hold);
      return held ? { type: "heldExpired", key: entry } : undefined;
    }
    if (entry.lapseTold || nowMs < entry.leaseUntilMs) return undefined;
    this.#unlink(entry);
    entry.lapseTold = true;
    entry.dueSecond = secondOf(entry.expiresAtMs);
    this.#link(entry);
    return { type: "lapsed", key: entry };
  }

  #remove(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#unlink(entry);
  }

  #link(entry: Entry): void {
    // What is due already is found by the next look.
    entry.dueSecond = Math.max(entry.dueSecond, this.#lookedSecond);
    const first = this.#due.get(entry.dueSecond);
    entry.before = undefined;
    entry.after = first;
    if (first !== undefined) first.before = entry;
    this.#due.set(entry.dueSecond, entry);
  }

  #unlink(entry: Entry): void {
    const { before, after } = entry;
    if (after !== undefined) after.before = before;
    if (before !== undefined) before.after = after;
    else if (after !== undefined) this.#due.set(entry.dueSecond, after);
    else this.#due.delete(entry.dueSecond);
  }
}

function secondOf(ms: number): number {
  return Math.floor(ms / 1000);
}

function entryOf(id: string, namespaceId: number, partition: number, record: ClaimRecord): Entry {
  const running = record.state === "IN_PROGRESS";
  const leaseUntilMs = running ? record.leaseUntilMs : Number.POSITIVE_INFINITY;
  return {
    id,
    namespaceId,
    partition,
    state: record.state as Entry["state"],
    token: record.token,
    attempt: record.attempt,
    hold: running && record.hold,
    holder: "holder" in record ? record.holder : "",
    sinceMs: running ? record.grantedAtMs : record.settledAtMs,
    leaseUntilMs,
    expiresAtMs: expiresAtMs(record),
    lapseTold: false,
    before: undefined,
    after: undefined,
    dueSecond: secondOf(Math.min(leaseUntilMs, expiresAtMs(record))),
  };
}
