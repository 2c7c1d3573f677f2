/**
 * Which partitions are committed further than the journal says: the next frame says it, whether a
 * turn writes one anyway or not, and with that what was pending is applied.
 *
 * Must stay true: the entry that is applied is the one that is committed. A replica knows of a cut
 * and of what follows it before both are staged.
 */
import type { FrameBuilder } from "../../storage/journal-frame.ts";
import type { TurnChange } from "../../storage/partition-erasing.ts";
import type { RecordStore } from "../../storage/record-store.ts";

export interface CommitMarksParts {
  readonly store: Pick<RecordStore, "logEnd"> & {
    readonly partitions: Pick<RecordStore["partitions"], "indexOf">;
    readonly replicated: Pick<RecordStore["replicated"], "commit">;
  };
  readonly commitOf: (partition: number) => number;
  /** What is staged of its log is about to be cut: an index may name another entry there. */
  readonly isCutting: (partition: number) => boolean;
  /** Stages between two turns; resolves when that is durable. */
  readonly change: TurnChange;
}

/** How long a mark waits for a turn that writes anyway. */
const MARK_MS = 20;

export class CommitMarks {
  readonly #parts: CommitMarksParts;
  readonly #moved = new Set<number>();
  #soon: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: CommitMarksParts) {
    this.#parts = parts;
  }

  moved(partition: number): void {
    this.#moved.add(partition);
    if (this.#closed) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      // Refused while the node stops: then a replay finds it out.
      if (this.#moved.size > 0) this.#parts.change(() => undefined).catch(() => undefined);
    }, MARK_MS);
  }

  /** What is committed and not staged yet is marked by a later frame. */
  stage(frame: FrameBuilder): void {
    const { store, commitOf } = this.#parts;
    for (const partition of this.#moved) {
      if (this.#parts.isCutting(partition)) continue;
      const commit = commitOf(partition);
      const index = Math.min(commit, store.logEnd(partition));
      if (index > store.partitions.indexOf(partition)) {
        store.replicated.commit(frame, partition, index);
      }
      if (index === commit) this.#moved.delete(partition);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#soon);
  }
}
