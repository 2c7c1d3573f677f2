/**
 * An append as several, where its entries don't fit one message: each stands behind the last entry
 * of the one before, so that they say the same in order, and what arrives of them is of use.
 */
import type { Append, LogEntry } from "../core/messages.ts";
import type { LogRecord } from "../log-record.ts";
import { entryBytes } from "./peer-messages.ts";

/** An entry that is larger by itself goes alone. */
export function splitAppend(
  append: Append<LogRecord>,
  maxBytes: number,
): readonly Append<LogRecord>[] {
  const parts: Append<LogRecord>[] = [];
  let { previous } = append;
  let entries: LogEntry<LogRecord>[] = [];
  let bytes = 0;
  for (const entry of append.entries) {
    const more = entryBytes(entry);
    const last = entries.at(-1);
    if (last !== undefined && bytes + more > maxBytes) {
      parts.push({ ...append, previous, entries });
      previous = { epoch: last.epoch, index: last.index };
      entries = [];
      bytes = 0;
    }
    entries.push(entry);
    bytes += more;
  }
  return parts.length === 0 ? [append] : [...parts, { ...append, previous, entries }];
}
