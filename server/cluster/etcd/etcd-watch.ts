/**
 * Changes below a prefix, for as long as it is not disposed of, whatever becomes of connections.
 *
 *   connecting → following ── the stream ends, or is silent ──▶ pause → connecting …
 *                    └── what comes next is compacted ──▶ all current values → connecting …
 *
 * Goes on from the last change told: from its revision, not the next, because a stream may end in
 * the middle of a transaction. What was told of it is not told again. Never goes on from what etcd
 * says of its progress: 3.4 says so before it has sent all changes up to there.
 *
 * After a compaction every value that is there is told again, in the order of revisions; keys that
 * were deleted meanwhile are not.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { TimeSource } from "../../clock.ts";
import type { Versioned } from "../coordinator.ts";
import { ETCD, endOfPrefix, revisionOf, type WatchEvent, type WatchRequest } from "./etcd-api.ts";
import type { EtcdCalls } from "./etcd-calls.ts";
import { type EtcdList, versionedOf } from "./etcd-list.ts";
import { followStream } from "./etcd-watch-stream.ts";

export interface EtcdWatchOptions {
  readonly calls: EtcdCalls;
  readonly prefix: string;
  readonly onChange: (entry: Versioned) => void;
  readonly list: () => Promise<EtcdList>;
  readonly time: TimeSource;
}

const BACKOFF_MS = { first: 50, most: 2000 };

export class EtcdWatch implements Disposable {
  readonly #options: EtcdWatchOptions;
  readonly #ending = new AbortController();
  /** Asked for when the stream is opened; 0 = from then on. */
  #from = 0;
  /** Keys whose change at `#from` is told. */
  readonly #told = new Set<string>();

  constructor(options: EtcdWatchOptions) {
    this.#options = options;
    void this.#run();
  }

  [Symbol.dispose](): void {
    this.#ending.abort();
  }

  get #isOver(): boolean {
    return this.#ending.signal.aborted;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    let failures = 0;
    while (!this.#isOver) {
      // One that has worked is replaced soon: another member has what comes next.
      failures = (await this.#connect()) ? 0 : failures + 1;
      const pauseMs = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** failures);
      await delay(pauseMs, undefined, { ref: false, signal }).catch(() => undefined);
    }
  }

  /** One stream, to its end. True if it had begun to tell of changes. */
  async #connect(): Promise<boolean> {
    const { calls, time } = this.#options;
    const opened = await calls.open(ETCD.watch);
    if (opened === undefined) return false;
    let hasWorked = false;
    const end = await followStream({
      opened,
      request: this.#createRequest(),
      time,
      signal: this.#ending.signal,
      onResponse: ({ header, created, canceled, events }) => {
        if (created && !canceled) {
          hasWorked = true;
          if (this.#from === 0) this.#from = revisionOf(header?.revision) + 1;
        }
        for (const event of events) this.#tell(event);
      },
    });
    if (end === "compacted") await this.#tellAll();
    return hasWorked;
  }

  #createRequest(): WatchRequest {
    const { prefix } = this.#options;
    return {
      create_request: {
        key: Buffer.from(prefix),
        range_end: endOfPrefix(prefix),
        start_revision: this.#from,
        // A transaction's changes may be too many for one answer.
        fragment: true,
      },
    };
  }

  #tell({ type, kv }: WatchEvent): void {
    if (kv === null || this.#isOver) return;
    const { key, value, revision } = versionedOf(kv);
    if (revision < this.#from) return;
    if (revision > this.#from) this.#told.clear();
    this.#from = revision;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.onChange({ key, value: type === "DELETE" ? undefined : value, revision });
  }

  async #tellAll(): Promise<void> {
    const listed = await this.#options.list().catch(() => undefined);
    // The next stream finds it compacted again, and all is listed again.
    if (listed === undefined) return;
    this.#from = listed.revision + 1;
    this.#told.clear();
    for (const entry of listed.entries.toSorted((a, b) => a.revision - b.revision)) {
      if (!this.#isOver) this.#options.onChange(entry);
    }
  }
}
