/**
 * The applied records of one partition as of one moment, while turns go on.
 *
 * Never mixes two moments: records, and the entry of the log that they are the state of, come from
 * one snapshot of LevelDB, which has each layer of writes whole or not at all. It pins old versions
 * until the export is closed, so that one who is slow must be given up.
 */
import { ClaimdError } from "../errors.ts";
import type { Applier } from "./applier.ts";
import type { Generations } from "./generations.ts";
import type { LevelHandle, LevelRange, LevelSnapshot } from "./level-database.ts";
import { decodePartitionState } from "./meta-format.ts";
import type { LogPosition, PartitionStates } from "./partition-states.ts";
import type { StoredNamespace } from "./policy-format.ts";
import { decodeRecord } from "./record-format.ts";
import { parseRecordKey, partitionStateKey, prefixRange } from "./record-key.ts";
import type { RecordReader } from "./record-reader.ts";

export interface PartitionExportParts {
  readonly applier: Pick<Applier, "ready">;
  readonly reader: RecordReader;
  readonly generations: Generations;
  readonly partitions: PartitionStates;
  readonly namespaces: ReadonlyMap<number, StoredNamespace>;
  /** Resolves when LevelDB has everything staged so far. */
  readonly flush: () => Promise<void>;
  readonly nowMs: () => number;
}

/** What became of a key; in the cluster a LogRecord. */
export interface ExportedRecord {
  readonly namespaceId: number;
  readonly key: Uint8Array;
  /** Encoded, as it stands, its checksum verified. */
  readonly record: Uint8Array;
  /** Of its last grant. */
  readonly token: number;
}

/** Gives it in chunks; each key comes once. */
export interface PartitionExport extends AsyncDisposable {
  /** The last entry of the partition's log that the records are the state of. */
  readonly upTo: LogPosition;
  /** The last fencing token the partition has given, or a higher one. */
  readonly token: number;
  /** At least that of the last entry in the state. */
  readonly stampMs: number;
  /** None is empty. Rejects with STORAGE_UNAVAILABLE or RECORDS_DAMAGED, and then ends. */
  readonly chunks: AsyncGenerator<readonly ExportedRecord[], void, void>;
  /** Idempotent; needed unless all chunks were taken. */
  close(): Promise<void>;
}

const RECORDS_AT_ONCE = 1000;
/** Of a record beside its key and value. */
const HEAD_BYTES = 16;
const EMPTY = new Uint8Array(0);
const NOTHING: LogPosition & { readonly stampMs: number } = { index: 0, epoch: 0, stampMs: 0 };

/**
 * What was applied by turns before the call is in it. A chunk has at most `chunkBytes` of keys and
 * records, or one record. What stands in generations that are over is left out, and so are deleted
 * namespaces. Rejects with STORAGE_UNAVAILABLE, for a void partition as well.
 */
export async function exportPartition(
  parts: PartitionExportParts,
  partition: number,
  chunkBytes: number,
): Promise<PartitionExport> {
  await parts.flush();
  const handle = await parts.applier.ready();
  const snapshot = handle.snapshot();
  // In the same moment: what is begun or dropped later is of no concern.
  const ranges = rangesOf(parts, partition);
  const token = parts.partitions.tokenOf(partition);
  try {
    const value = await snapshot.get(partitionStateKey(partition));
    const state = value === undefined ? undefined : decodePartitionState(partition, value);
    if (state?.isVoid === true) {
      throw new ClaimdError("STORAGE_UNAVAILABLE", `partition ${partition} has no state by now`);
    }
    const { index, epoch, stampMs } = state ?? NOTHING;
    const chunks = read(parts.reader, handle, snapshot, ranges, chunkBytes);
    const close = async (): Promise<void> => {
      await chunks.return();
      await snapshot.close();
    };
    return { upTo: { index, epoch }, token, stampMs, chunks, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await snapshot.close().catch(() => undefined);
    throw parts.reader.failed(handle, error);
  }
}

/** Where records of the partition may stand, in LevelDB's order. */
function rangesOf(
  { generations, namespaces, nowMs }: PartitionExportParts,
  partition: number,
): readonly LevelRange[] {
  const live = generations.all().filter(({ id }) => !generations.isOver(id, nowMs()));
  return live
    .toSorted((a, b) => a.id - b.id)
    .flatMap(({ id, counts }) =>
      [...counts.keys()]
        .filter((namespaceId) => namespaces.has(namespaceId))
        .sort((a, b) => a - b)
        .map((namespaceId) => prefixRange(id, namespaceId, partition, EMPTY)),
    );
}

async function* read(
  reader: RecordReader,
  handle: LevelHandle,
  snapshot: LevelSnapshot,
  ranges: readonly LevelRange[],
  chunkBytes: number,
): AsyncGenerator<readonly ExportedRecord[], void, void> {
  let chunk: ExportedRecord[] = [];
  let bytes = 0;
  try {
    for (const range of ranges) {
      const iterator = snapshot.iterate(range);
      try {
        for (;;) {
          const piece = await iterator.next(RECORDS_AT_ONCE).catch((error: unknown) => {
            throw reader.failed(handle, error);
          });
          if (piece.length === 0) break;
          for (const each of piece) {
            const record = reader.undamaged(() => exported(...each));
            const more = HEAD_BYTES + record.key.length + record.record.length;
            if (chunk.length > 0 && bytes + more > chunkBytes) {
              yield chunk;
              chunk = [];
              bytes = 0;
            }
            chunk.push(record);
            bytes += more;
          }
        }
      } finally {
        await iterator.close();
      }
    }
    if (chunk.length > 0) yield chunk;
  } finally {
    await snapshot.close();
  }
}

function exported(levelKey: Buffer, record: Buffer): ExportedRecord {
  const { namespaceId, key } = parseRecordKey(levelKey);
  return { namespaceId, key, record, token: decodeRecord(record, key).token };
}
