/**
 * Releases the journal behind what LevelDB has, and never right behind it.
 *
 * S1  What LevelDB can have lost is in its write buffers: batches of its own log vanish without a
 *     trace. So at least two of them and a segment stay in the journal behind the applied mark, and
 *     every start replays them.
 */
import type { ApplierLog } from "./applier.ts";
import type { Journal } from "./journal.ts";

export class JournalRetention {
  readonly #journal: Journal;
  readonly #keepBytes: number;
  readonly #log: ApplierLog;
  #releasing = false;

  constructor(journal: Journal, keepBytes: number, log: ApplierLog) {
    this.#journal = journal;
    this.#keepBytes = keepBytes;
    this.#log = log;
  }

  /** LevelDB has everything up to the frame. Never rejects: a failed journal says so by itself. */
  release(appliedSequence: number): void {
    if (this.#releasing || this.#journal.retainedBytes < this.#keepBytes) return;
    this.#releasing = true;
    this.#journal
      .release(appliedSequence + 1, this.#keepBytes)
      .catch((error: unknown) => {
        this.#log.warn({ error }, "old journal segments can't be removed");
      })
      .finally(() => {
        this.#releasing = false;
      });
  }
}
