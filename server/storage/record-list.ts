/**
 * Passes over a namespace's records, generation by generation and a piece at a time: no snapshot is
 * kept open while the one who asked is slow.
 *
 * Must stay true: a key that is written meanwhile may come twice, the newer record second, but
 * never not at all. What is void in a partition does not come.
 */
import { PARTITIONS } from "../limits.ts";
import type { ClaimRecord } from "./claim-record.ts";
import { classOf, type GenerationId } from "./generation.ts";
import type { Generations } from "./generations.ts";
import type { LevelRange } from "./level-database.ts";
import type { PartitionStates } from "./partition-states.ts";
import { decodeRecord } from "./record-format.ts";
import { namespaceRange, parseRecordKey, prefixRange } from "./record-key.ts";
import type { KeyRef } from "./key-ref.ts";
import type { RecordReader } from "./record-reader.ts";

export interface ListedRecord {
  readonly key: Buffer;
  readonly partition: number;
  readonly record: ClaimRecord;
}

export interface RecordListParts {
  readonly reader: RecordReader;
  readonly generations: Generations;
  readonly partitions: PartitionStates;
  readonly nowMs: () => number;
}

const RECORDS_AT_ONCE = 1000;

/** The namespace's records whose key begins with `prefix`, as LevelDB has them. */
export async function* listNamespace(
  parts: RecordListParts,
  { namespaceId, classes }: Pick<KeyRef, "namespaceId" | "classes">,
  prefix: Uint8Array,
): AsyncGenerator<ListedRecord, void, void> {
  const { generations, nowMs } = parts;
  const listed = new Set<GenerationId>();
  for (;;) {
    // Asked anew each time, and where turns write comes last: a record may move there meanwhile.
    const rest = generations.live(namespaceId, nowMs()).filter(({ id }) => !listed.has(id));
    const next = rest.findLast(({ id }) => classOf(id) !== classes.current) ?? rest.at(-1);
    if (next === undefined) return;
    listed.add(next.id);
    yield* listRecords(parts, namespaceId, next.id, prefix);
  }
}

async function* listRecords(
  { reader, partitions }: RecordListParts,
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
        if (partitions.isVoid(partition)) continue;
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
