/**
 * Passes over a namespace's records in a generation, a piece at a time: no snapshot is kept open
 * while the one who asked is slow.
 */
import { PARTITIONS } from "../limits.ts";
import type { ClaimRecord } from "./claim-record.ts";
import type { GenerationId } from "./generation.ts";
import type { LevelRange } from "./level-database.ts";
import { decodeRecord } from "./record-format.ts";
import { namespaceRange, parseRecordKey, prefixRange } from "./record-key.ts";
import type { RecordReader } from "./record-reader.ts";

export interface ListedRecord {
  readonly key: Buffer;
  readonly partition: number;
  readonly record: ClaimRecord;
}

const RECORDS_AT_ONCE = 1000;

export async function* listRecords(
  reader: RecordReader,
  namespaceId: number,
  generation: GenerationId,
  prefix: Uint8Array,
): AsyncGenerator<ListedRecord, void, void> {
  for (const range of ranges(generation, namespaceId, prefix)) {
    let rest: LevelRange | undefined = range;
    while (rest !== undefined) {
      const piece = await readPiece(reader, rest);
      for (const [levelKey, value] of piece) {
        const { key, partition } = reader.undamaged(() => parseRecordKey(levelKey));
        yield { key, partition, record: reader.undamaged(() => decodeRecord(value, key)) };
      }
      const last = piece.at(-1)?.[0];
      rest = last && piece.length === RECORDS_AT_ONCE ? after(last, range) : undefined;
    }
  }
}

/** The whole namespace at once, or only where the prefix is in each partition. */
function* ranges(
  generation: GenerationId,
  namespaceId: number,
  prefix: Uint8Array,
): IterableIterator<LevelRange> {
  if (prefix.length === 0) {
    yield namespaceRange(generation, namespaceId);
    return;
  }
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    yield prefixRange(generation, namespaceId, partition, prefix);
  }
}

function readPiece(reader: RecordReader, range: LevelRange): Promise<[Buffer, Buffer][]> {
  return reader.use(async (handle) => {
    const iterator = handle.iterate(range);
    const found: [Buffer, Buffer][] = [];
    try {
      while (found.length < RECORDS_AT_ONCE) {
        const more = await iterator.next(RECORDS_AT_ONCE - found.length);
        if (more.length === 0) break;
        found.push(...more);
      }
    } finally {
      await iterator.close();
    }
    return found;
  });
}

function after(last: Buffer, range: LevelRange): LevelRange {
  return { from: Buffer.concat([last, Buffer.of(0)]), before: range.before };
}
