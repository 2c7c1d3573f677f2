/**
 * A copy of all keys below a prefix, as of about now: a watch, backed by a full list now and then.
 *
 * A hint like everything read from the coordinator. What it says of one key with its revision was
 * true once; two keys need not have been so at the same time.
 *
 * Must stay true: what is told of a key is never older than what was told before. That a key is
 * missing in a list is believed, but not for ever.
 */
import type { Coordinator, Versioned } from "./coordinator.ts";
import type { Timers } from "./memory-coordinator.ts";
import { pause, resolves } from "./patience.ts";

export interface WatchedKeysOptions {
  readonly coordinator: Coordinator;
  readonly prefix: string;
  /** Called for every change of the copy, within the call that makes it. Never throws. */
  readonly onChange: (entry: Versioned) => void;
  readonly timers: Timers;
  readonly refreshMs?: number;
}

/** A change that a watch has missed is known after so long. */
export const REFRESH_MS = 30_000;
/** After a list that failed. */
const RETRY_MS = 1000;

export class WatchedKeys implements Disposable {
  readonly #options: WatchedKeysOptions;
  readonly #entries = new Map<string, Versioned>();
  readonly #ending = new AbortController();
  readonly #watch: Disposable;
  /** Told by the watch since the list under way was asked for: the list may not know of it. */
  #toldSince = new Set<string>();
  #listing: Promise<void> | undefined;
  /** Begins when that is over. */
  #nextList: Promise<void> | undefined;
  #loaded = false;

  constructor(options: WatchedKeysOptions) {
    this.#options = options;
    this.#watch = options.coordinator.watch(options.prefix, (entry) => {
      this.#toldSince.add(entry.key);
      this.tell(entry);
    });
    void this.#refreshForEver();
  }

  /** Everything has been listed once; nothing may be concluded from a missing key before. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get(key: string): Versioned | undefined {
    const found = this.#entries.get(key);
    return found?.value === undefined ? undefined : found;
  }

  /** What somebody has read elsewhere; an older value than is known says nothing. */
  tell(entry: Versioned): void {
    const known = this.#entries.get(entry.key);
    if (this.#ending.signal.aborted || (known?.revision ?? 0) >= entry.revision) return;
    this.#set(entry);
  }

  /**
   * Lists everything, as it is at the call or later: who asks while a list is under way shares the
   * next one. Rejects with COORDINATOR_UNAVAILABLE.
   */
  refresh(): Promise<void> {
    if (this.#nextList !== undefined) return this.#nextList;
    if (this.#listing === undefined) return this.#startList();
    const startNext = (): Promise<void> => {
      this.#nextList = undefined;
      return this.#startList();
    };
    this.#nextList = this.#listing.then(startNext, startNext);
    return this.#nextList;
  }

  #startList(): Promise<void> {
    const listing = this.#list();
    this.#listing = listing;
    const over = (): void => {
      if (this.#listing === listing) this.#listing = undefined;
    };
    listing.then(over, over);
    return listing;
  }

  [Symbol.dispose](): void {
    this.#ending.abort();
    this.#watch[Symbol.dispose]();
  }

  /** A deleted key stays until the next list, so that what is told late can't bring it back. */
  #set(entry: Versioned): void {
    this.#entries.set(entry.key, entry);
    this.#options.onChange(entry);
  }

  async #list(): Promise<void> {
    const { coordinator, prefix } = this.#options;
    this.#toldSince = new Set();
    const listed = await coordinator.list(prefix);
    if (this.#ending.signal.aborted) return;
    const found = new Set(listed.map(({ key }) => key));
    for (const entry of listed) this.tell(entry);
    for (const { key, value, revision } of [...this.#entries.values()]) {
      if (found.has(key) || this.#toldSince.has(key)) continue;
      if (value === undefined) this.#entries.delete(key);
      // A list may be old too: the same value may come back.
      else this.#set({ key, value: undefined, revision: revision - 1 });
    }
    this.#loaded = true;
  }

  async #refreshForEver(): Promise<void> {
    const { timers, refreshMs = REFRESH_MS } = this.#options;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const done = await resolves(this.refresh()); // If not, what is known stays known.
      await pause(timers, done ? refreshMs : RETRY_MS, signal);
    }
  }
}
