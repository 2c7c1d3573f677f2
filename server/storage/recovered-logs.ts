/**
 * The logs of a member's partitions while the journal is replayed: entries wait here for the mark
 * that commits them, or that cuts them.
 *
 * Must stay true: what is left at the end is what was pending when the process ended, in the order
 * of each log and without a hole. An entry that was written forward counts once. Where the retained
 * journal begins a log may have holes: what was pending there for long was written forward, what
 * stood behind it was not yet.
 */
import { ClaimdError } from "../errors.ts";
import type { RecordEntry } from "./journal-entry.ts";
import type { CutEntry } from "./mark-entry.ts";

export class RecoveredLogs {
  /** By partition, then by index. */
  readonly #logs = new Map<number, Map<number, RecordEntry>>();
  /** Up to where each is applied, once this replay has seen it. */
  readonly #applied = new Map<number, number>();

  add(entry: RecordEntry): void {
    const { partition, index, epoch } = entry;
    const log = this.#logs.get(partition) ?? new Map<number, RecordEntry>();
    const known = log.get(index);
    if (known !== undefined && known.epoch !== epoch) {
      throw damaged(partition, `entry ${index} is of epoch ${known.epoch} and of ${epoch}`);
    }
    log.set(index, entry);
    this.#logs.set(partition, log);
  }

  /**
   * What is committed now of what is retained, in the order of the log. `mayLack`: not all of it
   * need be retained.
   */
  commit(partition: number, index: number, mayLack: boolean): readonly RecordEntry[] {
    const log = this.#logs.get(partition);
    const taken = inOrder(log).filter((each) => each.index <= index);
    const from = this.#applied.get(partition) ?? (taken[0]?.index ?? index) - 1;
    if (!mayLack) assertRun(partition, taken, from + 1, index);
    for (const each of taken) log?.delete(each.index);
    this.#applied.set(partition, index);
    return taken;
  }

  cut({ partition, index, epoch }: CutEntry): void {
    const log = this.#logs.get(partition);
    const first = log?.get(index);
    if (first !== undefined && first.epoch !== epoch) {
      throw damaged(partition, `entry ${index} of epoch ${first.epoch} is cut as one of ${epoch}`);
    }
    for (const each of [...(log?.keys() ?? [])]) if (each >= index) log?.delete(each);
  }

  /** The log begins anew, behind this index. */
  clear(partition: number, index: number): void {
    this.#logs.delete(partition);
    this.#applied.set(partition, index);
  }

  /** Not committed, partition by partition: each log goes on behind what is applied of it. */
  *pending(appliedOf: (partition: number) => number): IterableIterator<RecordEntry> {
    for (const [partition, log] of this.#logs) {
      const entries = inOrder(log);
      const from = (this.#applied.get(partition) ?? appliedOf(partition)) + 1;
      assertRun(partition, entries, from, from + entries.length - 1);
      yield* entries;
    }
  }
}

/** Throws JOURNAL_DAMAGED unless the entries are those of these indexes, one by one. */
function assertRun(
  partition: number,
  entries: readonly RecordEntry[],
  from: number,
  to: number,
): void {
  let next = from;
  for (const { index } of entries) {
    if (index !== next) throw damaged(partition, `entry ${index} where ${next} should be`);
    next += 1;
  }
  if (next <= to) throw damaged(partition, `entry ${next} is missing`);
}

function inOrder(log: ReadonlyMap<number, RecordEntry> | undefined): RecordEntry[] {
  return [...(log?.values() ?? [])].sort((a, b) => a.index - b.index);
}

function damaged(partition: number, what: string): ClaimdError {
  return new ClaimdError("JOURNAL_DAMAGED", `partition ${partition}: ${what}`);
}
