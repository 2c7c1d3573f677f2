/**
 * The logs of a member's partitions while the journal is replayed: entries wait here for the mark
 * that commits them, or that cuts them.
 *
 * Must stay true: what is left at the end is what was pending when the process ended, in the order
 * of each log and without a hole. An entry that was written forward counts once.
 */
import { ClaimdError } from "../errors.ts";
import type { RecordEntry } from "./journal-entry.ts";
import type { CutEntry } from "./mark-entry.ts";

export class RecoveredLogs {
  readonly #entries = new Map<number, RecordEntry[]>();

  add(entry: RecordEntry): void {
    const { partition, index, epoch } = entry;
    const log = this.#entries.get(partition) ?? [];
    const expected = (log.at(-1)?.index ?? index - 1) + 1;
    const known = log[index - (log[0]?.index ?? index)];
    if (index === expected) log.push(entry);
    else if (known?.epoch !== epoch) {
      const what = `partition ${partition}: entry ${index} of epoch ${epoch}`;
      throw new ClaimdError("JOURNAL_DAMAGED", `${what} follows ${expected - 1}`);
    }
    this.#entries.set(partition, log);
  }

  /** What is committed now, in the order of the log. */
  commit(partition: number, index: number): readonly RecordEntry[] {
    const log = this.#entries.get(partition) ?? [];
    const [first] = log;
    return first === undefined ? [] : log.splice(0, Math.max(0, index - first.index + 1));
  }

  cut({ partition, index, epoch }: CutEntry): void {
    const log = this.#entries.get(partition) ?? [];
    const at = log.findIndex((each) => each.index === index);
    if (at < 0) return;
    if (log[at]?.epoch !== epoch) {
      const what = `partition ${partition}: entry ${index} is cut as of epoch ${epoch}`;
      throw new ClaimdError("JOURNAL_DAMAGED", `${what}, and is of epoch ${log[at]?.epoch}`);
    }
    log.splice(at);
  }

  /** The membership is another: its log begins anew. */
  clear(partition: number): void {
    this.#entries.delete(partition);
  }

  /** Not committed, partition by partition. */
  *pending(): IterableIterator<RecordEntry> {
    for (const log of this.#entries.values()) yield* log;
  }
}
