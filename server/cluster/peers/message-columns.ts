/**
 * The columns of peer.proto's PeerMessages: which types have which, what may stand in them, and the
 * checksum over all of them. Here a message is rows and columns; what they mean stands in
 * peer-messages.ts.
 *
 * Never gives a column that is damaged, too long, too short, or holds a number out of bounds: what
 * `readColumns` gives can be read without looking again.
 */
import { crc32 } from "node:zlib";
import type { PeerMessages, PeerMessages__Output } from "@claimd/proto";
import { assert, ClaimdError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import type { LogRecord } from "../log-record.ts";
import { NUMBER_BYTES, NumberColumn, numbersOf, outOfBounds } from "./number-column.ts";
import type { PeerMessageType } from "./peer-message.ts";

const MAX = Number.MAX_SAFE_INTEGER;

/** Smallest and largest of each, in the order of their numbers in the proto file. */
const BOUNDS = {
  partitions: [0, LIMITS.partitions.max - 1],
  epochs: [1, MAX],
  joins: [0, MAX],
  rounds: [0, MAX],
  pointEpochs: [0, MAX],
  pointIndexes: [0, MAX],
  commits: [0, MAX],
  indexes: [0, MAX],
  transfers: [0, MAX],
  sequences: [0, MAX],
  lasts: [0, 1],
  stateTokens: [0, MAX],
  stateStamps: [0, MAX],
  rows: [0, LIMITS.messageBytes.max / NUMBER_BYTES],
  rowEpochs: [1, MAX],
  rowIndexes: [1, MAX],
  rowStamps: [0, MAX],
  rowNamespaces: [0, 2 ** 32 - 1],
  rowTokens: [0, MAX],
  rowKeyBytes: [LIMITS.keyBytes.min, LIMITS.keyBytes.max],
  rowRecordBytes: [0, LIMITS.recordBytes.max],
} as const satisfies Record<string, readonly [min: number, max: number]>;

export type ColumnName = keyof typeof BOUNDS;
const NAMES = Object.keys(BOUNDS) as readonly ColumnName[];

const HEAD = ["partitions", "epochs", "joins", "rounds"] as const;
const POINT = ["pointEpochs", "pointIndexes"] as const;
const TRANSFER = ["transfers", "sequences"] as const;
const STATE = ["lasts", "stateTokens", "stateStamps"] as const;
const RECORD = ["rowNamespaces", "rowTokens", "rowKeyBytes", "rowRecordBytes"] as const;

interface Layout {
  readonly message: readonly ColumnName[];
  readonly row: readonly ColumnName[];
}

const LAYOUTS: Readonly<Record<PeerMessageType, Layout>> = {
  hello: { message: HEAD, row: [] },
  append: {
    message: [...HEAD, ...POINT, "commits", "rows"],
    row: ["rowEpochs", "rowStamps", ...RECORD],
  },
  cut: { message: [...HEAD, ...POINT], row: [] },
  chunk: { message: [...HEAD, ...POINT, ...TRANSFER, ...STATE, "rows"], row: RECORD },
  ack: { message: [...HEAD, "indexes"], row: [] },
  shape: {
    message: [...HEAD, ...POINT, "commits", "indexes", "rows"],
    row: ["rowEpochs", "rowIndexes"],
  },
  stale: { message: HEAD, row: [] },
  refused: { message: HEAD, row: [] },
  leaving: { message: HEAD, row: [] },
  wanted: { message: [...HEAD, ...TRANSFER], row: [] },
};

/** What a PeerMessages takes beside its columns: tags and lengths, each at its longest. */
export const COLUMNS_OVERHEAD_BYTES = 200;

/** What a message with so many rows takes on the wire, keys and records not counted. */
export function columnBytes(type: PeerMessageType, rows: number): number {
  const { message, row } = LAYOUTS[type];
  return NUMBER_BYTES * (message.length + rows * row.length);
}

export class ColumnsWriter {
  readonly #type: PeerMessageType;
  readonly #columns = new Map<ColumnName, NumberColumn>();
  /** Those of RECORD, or none. */
  readonly #record: readonly NumberColumn[];
  readonly #keys: Uint8Array[] = [];
  readonly #records: Uint8Array[] = [];

  constructor(type: PeerMessageType, messages: number, rows: number) {
    this.#type = type;
    const { message, row } = LAYOUTS[type];
    for (const name of message) this.#columns.set(name, new NumberColumn(messages));
    for (const name of row) this.#columns.set(name, new NumberColumn(rows));
    this.#record = RECORD.flatMap((name) => this.#columns.get(name) ?? []);
  }

  column(name: ColumnName): NumberColumn {
    const column = this.#columns.get(name);
    assert(column !== undefined, `${this.#type} has a column ${name}`);
    return column;
  }

  addRecord({ namespaceId, key, record, token }: LogRecord): void {
    assert(key.length > 0 && record?.length !== 0, "a log record has a key, and no empty record");
    const [namespaces, tokens, keyBytes, recordBytes] = this.#record;
    namespaces?.add(namespaceId);
    tokens?.add(token);
    keyBytes?.add(key.length);
    recordBytes?.add(record?.length ?? 0);
    this.#keys.push(key);
    if (record !== undefined) this.#records.push(record);
  }

  /** Copies keys and records. */
  finish(): PeerMessages {
    const columns = new Map([...this.#columns].map(([name, column]) => [name, column.bytes]));
    const keys = Buffer.concat(this.#keys);
    const records = Buffer.concat(this.#records);
    return {
      type: WIRE_TYPES[this.#type],
      checksum: checksumOf(this.#type, (name) => columns.get(name), keys, records),
      ...Object.fromEntries(columns),
      keys,
      records,
    };
  }
}

const WIRE_TYPES = {
  hello: "HELLO",
  append: "APPEND",
  cut: "CUT",
  chunk: "CHUNK",
  ack: "ACK",
  shape: "SHAPE",
  stale: "STALE",
  refused: "REFUSED",
  leaving: "LEAVING",
  wanted: "WANTED",
} as const satisfies Record<PeerMessageType, PeerMessages["type"]>;
/** As in the proto file: the checksum covers the type, because some have the same columns. */
const WIRE_NUMBERS: Readonly<Record<PeerMessageType, number>> = {
  hello: 1,
  append: 2,
  cut: 3,
  chunk: 4,
  ack: 5,
  shape: 6,
  stale: 7,
  refused: 8,
  wanted: 9,
  leaving: 10,
};
const TYPES = Object.keys(WIRE_TYPES) as readonly PeerMessageType[];

export interface Columns {
  readonly type: PeerMessageType;
  /** Messages: at least one. */
  readonly count: number;
  /** Empty where the type has no such column. */
  readonly numbers: Readonly<Record<ColumnName, Float64Array>>;
  readonly keys: Buffer;
  readonly records: Buffer;
}

/** Throws INVALID_ARGUMENT that names the column and what is wrong with it. */
export function readColumns(wire: PeerMessages__Output, partitions: number): Columns {
  const type = TYPES.find((each) => WIRE_TYPES[each] === wire.type);
  if (type === undefined) throw invalid(`type: ${wire.type}, none of this protocol`);
  const { keys, records } = wire;
  const checksum = checksumOf(type, (name) => wire[name], keys, records);
  if (checksum !== wire.checksum) {
    throw invalid(`checksum: ${checksum} of what arrived, ${wire.checksum} of what was sent`);
  }
  const numbers = Object.fromEntries(
    NAMES.map((name) => [name, checked(name, wire[name])]),
  ) as Record<ColumnName, Float64Array>;
  const count = numbers.partitions.length;
  if (count === 0) throw invalid("partitions: 0 entries, at least 1");
  const stranger = outOfBounds(numbers.partitions, 0, partitions - 1);
  if (stranger !== undefined) throw invalid(`partitions: ${stranger}, 0 to ${partitions - 1}`);
  const layout = LAYOUTS[type];
  const rows = sum(numbers.rows);
  for (const name of NAMES) {
    const each = layout.message.includes(name) ? count : layout.row.includes(name) ? rows : 0;
    const { length } = numbers[name];
    if (length !== each) throw invalid(`${fieldOf(name)}: ${length} entries, ${each} expected`);
  }
  const keyBytes = sum(numbers.rowKeyBytes);
  const recordBytes = sum(numbers.rowRecordBytes);
  if (keys.length !== keyBytes) throw invalid(`keys: ${keys.length} bytes, ${keyBytes} expected`);
  if (records.length !== recordBytes) {
    throw invalid(`records: ${records.length} bytes, ${recordBytes} expected`);
  }
  return { type, count, numbers, keys, records };
}

function checked(name: ColumnName, bytes: Uint8Array): Float64Array {
  if (bytes.length % NUMBER_BYTES !== 0) {
    throw invalid(`${fieldOf(name)}: ${bytes.length} bytes, ${NUMBER_BYTES} for each entry`);
  }
  const [min, max] = BOUNDS[name];
  const numbers = numbersOf(bytes);
  const wrong = outOfBounds(numbers, min, max);
  if (wrong !== undefined) throw invalid(`${fieldOf(name)}: ${wrong}, whole, ${min} to ${max}`);
  return numbers;
}

function checksumOf(
  type: PeerMessageType,
  column: (name: ColumnName) => Uint8Array | undefined,
  keys: Uint8Array,
  records: Uint8Array,
): number {
  let checksum = crc32(Buffer.of(WIRE_NUMBERS[type]));
  for (const name of NAMES) {
    const bytes = column(name);
    if (bytes !== undefined && bytes.length > 0) checksum = crc32(bytes, checksum);
  }
  return crc32(records, crc32(keys, checksum));
}

export function invalid(problem: string): ClaimdError {
  return new ClaimdError("INVALID_ARGUMENT", problem);
}

function sum(numbers: Float64Array): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function fieldOf(name: ColumnName): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
