/**
 * Whether the next write of the journal is made on the event loop or through the thread pool.
 *
 * On a quick disk a durable write takes 0.06 to 0.2 ms, less than two hops between threads on busy
 * cores: on the loop a lone caller waits 12 % less and 64 callers get 5 % more. Nobody is held up,
 * because no answer leaves before that write anyway. On a slow disk the loop must not wait: when
 * writes on it take long on average the next ones go through the pool, for a second; when the
 * attempt that follows takes long again for twice as long, up to a minute. So a slow disk stops the
 * loop for one write a minute. One write that takes long is nothing: a disk that LevelDB writes to
 * as well has a hiccup of some milliseconds every few hundred. A large write, or the zeros of a new
 * segment, takes long by its size alone.
 */

/** Some 2,500 claims. */
const LARGE_BYTES = 256 * 1024;
/** On average over so many writes, the latest counting most. */
const LONG_MS = 1;
const AVERAGED = 16;
const POOL_MS = { first: 1000, most: 60_000 };

export class WritePace {
  readonly #monotonicMs: () => number;
  #poolMs = POOL_MS.first;
  #poolUntilMs = Number.NEGATIVE_INFINITY;
  /** Of the writes on the loop since it was last used. */
  #averageMs: number | undefined;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Makes the write in the way that is due. */
  async write(bytes: number, onLoop: () => void, inPool: () => Promise<void>): Promise<void> {
    const startedMs = this.#monotonicMs();
    if (bytes > LARGE_BYTES || startedMs < this.#poolUntilMs) return inPool();
    onLoop();
    const endedMs = this.#monotonicMs();
    const tookMs = endedMs - startedMs;
    const averageMs = this.#averageMs ?? tookMs;
    this.#averageMs = averageMs + (tookMs - averageMs) / AVERAGED;
    if (this.#averageMs <= LONG_MS) {
      this.#poolMs = POOL_MS.first;
      return;
    }
    this.#averageMs = undefined;
    this.#poolUntilMs = endedMs + this.#poolMs;
    this.#poolMs = Math.min(this.#poolMs * 2, POOL_MS.most);
  }
}
