/**
 * Messages between nodes and what they look like on the wire (proto/claimd/peer/v1/peer.proto).
 * Pure: nothing is sent or kept here.
 *
 * Must stay true: what `messagesOf` gives can be handed to the protocol as it is. Entries stand one
 * behind the other from `previous` on and their epochs never fall, the runs of a shape leave no
 * gap, and a reply is said by nobody but whom the stream's handshake named.
 */
import type { PeerMessages, PeerMessages__Output } from "@claimd/proto";
import { assert, unreachable } from "../../errors.ts";
import type { LogEntry, Shape } from "../core/messages.ts";
import type { LogPoint, LogRun, LogShape } from "../core/partition-log.ts";
import type { LogRecord } from "../log-record.ts";
import type { Incarnation } from "../partition-record.ts";
import {
  columnBytes,
  type Columns,
  ColumnsWriter,
  invalid,
  readColumns,
} from "./message-columns.ts";
import type { PeerMessage, PeerMessageType, Received } from "./peer-message.ts";

/** What a message takes on the wire, as one of many. */
export function wireBytes(message: PeerMessage): number {
  let bytes = columnBytes(message.type, rowsOf(message));
  if (message.type === "append") {
    for (const { payload } of message.entries) bytes += recordBytes(payload);
  } else if (message.type === "chunk") {
    for (const record of message.records) bytes += recordBytes(record);
  }
  return bytes;
}

/** What an entry adds to an append. */
export function entryBytes({ payload }: LogEntry<LogRecord>): number {
  return columnBytes("append", 1) - columnBytes("append", 0) + recordBytes(payload);
}

function recordBytes({ key, record }: LogRecord): number {
  return key.length + (record?.length ?? 0);
}

/** Messages of one type, at least one. Copies keys and records. */
export function wireOf(type: PeerMessageType, sent: readonly Received[]): PeerMessages {
  const rows = sent.reduce((count, { message }) => count + rowsOf(message), 0);
  const columns = new ColumnsWriter(type, sent.length, rows);
  const partitions = columns.column("partitions");
  const epochs = columns.column("epochs");
  const joins = columns.column("joins");
  const rounds = columns.column("rounds");
  for (const { partition, message } of sent) {
    assert(message.type === type, "messages of one type share columns");
    partitions.add(partition);
    epochs.add(message.epoch);
    joins.add(message.join);
    rounds.add(message.round);
    addOwn(columns, message);
  }
  return columns.finish();
}

function rowsOf(message: PeerMessage): number {
  switch (message.type) {
    case "append":
      return message.entries.length;
    case "chunk":
      return message.records.length;
    case "shape":
      return message.shape.runs.length;
    case "hello":
    case "cut":
    case "ack":
    case "stale":
    case "refused":
    case "leaving":
    case "wanted":
      return 0;
    default:
      return unreachable(message);
  }
}

function addOwn(columns: ColumnsWriter, message: PeerMessage): void {
  switch (message.type) {
    case "hello":
    case "stale":
    case "refused":
    case "leaving":
      return;
    case "append":
      addPoint(columns, message.previous);
      columns.column("commits").add(message.commit);
      columns.column("rows").add(message.entries.length);
      addEntries(columns, message.entries);
      return;
    case "cut":
      addPoint(columns, message.from);
      return;
    case "chunk":
      addPoint(columns, message.upTo);
      columns.column("transfers").add(message.transfer);
      columns.column("sequences").add(message.sequence);
      columns.column("lasts").add(message.last ? 1 : 0);
      columns.column("stateTokens").add(message.token);
      columns.column("stateStamps").add(message.stampMs);
      columns.column("rows").add(message.records.length);
      for (const record of message.records) columns.addRecord(record);
      return;
    case "ack":
      columns.column("indexes").add(message.index);
      return;
    case "shape":
      addShape(columns, message);
      return;
    case "wanted":
      columns.column("transfers").add(message.transfer);
      columns.column("sequences").add(message.sequence);
      return;
    default:
      unreachable(message);
  }
}

function addEntries(columns: ColumnsWriter, entries: readonly LogEntry<LogRecord>[]): void {
  const epochs = columns.column("rowEpochs");
  const stamps = columns.column("rowStamps");
  for (const { epoch, stampMs, payload } of entries) {
    epochs.add(epoch);
    stamps.add(stampMs);
    columns.addRecord(payload);
  }
}

function addPoint(columns: ColumnsWriter, { epoch, index }: LogPoint): void {
  columns.column("pointEpochs").add(epoch);
  columns.column("pointIndexes").add(index);
}

function addShape(columns: ColumnsWriter, { shape, commit }: Shape): void {
  addPoint(columns, shape.base);
  columns.column("commits").add(commit);
  columns.column("indexes").add(shape.lastIndex);
  columns.column("rows").add(shape.runs.length);
  for (const { epoch, firstIndex } of shape.runs) {
    columns.column("rowEpochs").add(epoch);
    columns.column("rowIndexes").add(firstIndex);
  }
}

/**
 * All messages of one PeerMessages, said by `from`. Throws INVALID_ARGUMENT that names the field.
 * Keys and records are views of what `wire` holds.
 */
export function messagesOf(
  wire: PeerMessages__Output,
  from: Incarnation,
  partitions: number,
): readonly Received[] {
  const rows = new Rows(readColumns(wire, partitions));
  const { columns } = rows;
  const received: Received[] = [];
  for (let at = 0; at < columns.count; at++) {
    const { partitions: partition, epochs, joins, rounds } = columns.numbers;
    const head = {
      epoch: epochs[at] as number,
      join: joins[at] as number,
      round: rounds[at] as number,
    };
    received.push({ partition: partition[at] as number, message: messageAt(rows, at, head, from) });
  }
  return received;
}

interface Head {
  readonly epoch: number;
  readonly join: number;
  readonly round: number;
}

function messageAt(rows: Rows, at: number, head: Head, from: Incarnation): PeerMessage {
  const { type, numbers } = rows.columns;
  const index = numbers.indexes[at] as number;
  const commit = numbers.commits[at] as number;
  const point = {
    epoch: numbers.pointEpochs[at] as number,
    index: numbers.pointIndexes[at] as number,
  };
  const count = numbers.rows[at] as number;
  const transfer = numbers.transfers[at] as number;
  const sequence = numbers.sequences[at] as number;
  switch (type) {
    case "hello":
      return { type, ...head };
    case "append":
      return { type, ...head, previous: point, entries: rows.entries(point, head, count), commit };
    case "cut":
      return { type, ...head, from: point };
    case "chunk":
      return {
        type,
        ...head,
        upTo: point,
        transfer,
        sequence,
        last: numbers.lasts[at] === 1,
        token: numbers.stateTokens[at] as number,
        stampMs: numbers.stateStamps[at] as number,
        records: rows.records(count),
      };
    case "ack":
      return { type, from, ...head, index };
    case "shape":
      if (commit > index) throw invalid(`commits: ${commit}, the log ends at ${index}`);
      return { type, from, ...head, shape: rows.shape(point, index, count), commit };
    case "stale":
    case "refused":
    case "leaving":
      return { type, from, ...head };
    case "wanted":
      return { type, from, ...head, transfer, sequence };
    default:
      return unreachable(type);
  }
}

/** The rows of a PeerMessages, read once from the first to the last. */
class Rows {
  readonly columns: Columns;
  #row = 0;
  #keysAt = 0;
  #recordsAt = 0;

  constructor(columns: Columns) {
    this.columns = columns;
  }

  entries(previous: LogPoint, head: Head, count: number): readonly LogEntry<LogRecord>[] {
    const { rowEpochs, rowStamps } = this.columns.numbers;
    const entries: LogEntry<LogRecord>[] = [];
    let last = previous;
    for (let left = count; left > 0; left--) {
      const row = this.#row;
      const epoch = rowEpochs[row] as number;
      const index = last.index + 1;
      if (epoch < last.epoch || epoch > head.epoch) {
        throw invalid(`row_epochs: ${epoch} behind ${last.epoch} in epoch ${head.epoch}`);
      }
      if (!Number.isSafeInteger(index)) throw invalid("point_indexes: entries up to 2^53");
      const entry = { epoch, index, stampMs: rowStamps[row] as number, payload: this.#record() };
      entries.push(entry);
      last = entry;
    }
    return entries;
  }

  records(count: number): readonly LogRecord[] {
    return Array.from({ length: count }, () => this.#record());
  }

  shape(base: LogPoint, lastIndex: number, count: number): LogShape {
    const { rowEpochs, rowIndexes } = this.columns.numbers;
    const runs: LogRun[] = [];
    let last = { epoch: base.epoch - 1, firstIndex: base.index };
    for (let left = count; left > 0; left--) {
      const run = {
        epoch: rowEpochs[this.#row] as number,
        firstIndex: rowIndexes[this.#row] as number,
      };
      if (run.epoch <= last.epoch || run.firstIndex <= last.firstIndex) {
        throw invalid(
          `row_indexes: a run of ${run.epoch} at ${run.firstIndex} behind ${last.epoch}`,
        );
      }
      runs.push(run);
      last = run;
      this.#row += 1;
    }
    const first = runs[0]?.firstIndex ?? lastIndex + 1;
    if (first !== base.index + 1 || last.firstIndex > lastIndex) {
      throw invalid(`row_indexes: runs leave a gap between ${base.index} and ${lastIndex}`);
    }
    return { base, runs, lastIndex };
  }

  #record(): LogRecord {
    const { numbers, keys, records } = this.columns;
    const row = this.#row++;
    const keyEnd = this.#keysAt + (numbers.rowKeyBytes[row] as number);
    const key = keys.subarray(this.#keysAt, keyEnd);
    this.#keysAt = keyEnd;
    const recordEnd = this.#recordsAt + (numbers.rowRecordBytes[row] as number);
    const record =
      recordEnd === this.#recordsAt ? undefined : records.subarray(this.#recordsAt, recordEnd);
    this.#recordsAt = recordEnd;
    const namespaceId = numbers.rowNamespaces[row] as number;
    return { namespaceId, key, record, token: numbers.rowTokens[row] as number };
  }
}
