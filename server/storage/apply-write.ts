/**
 * Puts a write that counts into the open layer, the counts and the index, all at once: it is
 * committed, or stands in no log.
 *
 * S2  It is visible from here on.
 */
import type { ClaimRecord } from "./claim-record.ts";
import type { Generation, Generations } from "./generations.ts";
import type { RecordEntry } from "./journal-entry.ts";
import type { Layer, StoredRecord } from "./layer.ts";
import type { PartitionStates } from "./partition-states.ts";
import { recordKeyView } from "./record-key.ts";
import type { UnsettledIndex } from "./unsettled-index.ts";

export interface AppliedTo {
  readonly generations: Generations;
  readonly partitions: PartitionStates;
  readonly unsettled: UnsettledIndex;
}

/** Gives the generation that the record is in; undefined = it is removed. */
export function applyWrite(
  { generations, partitions, unsettled }: AppliedTo,
  layer: Layer,
  entry: RecordEntry,
  id: string,
  before: StoredRecord | undefined,
  stored: StoredRecord,
  record: ClaimRecord | undefined,
): Generation | undefined {
  const { partition, namespaceId, key, generation, previousGeneration, record: value } = entry;
  let into: Generation | undefined;
  if (entry.index !== 0) {
    partitions.advance(partition, entry);
    layer.partitions.add(partition);
  }
  if (previousGeneration !== 0) {
    const bytes = key.length + entry.previousBytes;
    const count = generations.remove(previousGeneration, namespaceId, bytes);
    if (count !== undefined) layer.touchCount(count);
  }
  layer.records.set(id, stored);
  if (value !== undefined) {
    const count = generations.add(generation, namespaceId, key.length + value.length);
    layer.touchCount(count);
    layer.put(recordKeyView(generation, namespaceId, partition, key), value);
    layer.bytes += value.length;
    into = count.generation;
  }
  if (previousGeneration !== 0 && previousGeneration !== generation) {
    layer.del(recordKeyView(previousGeneration, namespaceId, partition, key));
  }
  layer.writes += 1;
  unsettled.update(id, namespaceId, partition, record, before?.record);
  return into;
}
