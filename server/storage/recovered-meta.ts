/**
 * What LevelDB says of itself: whose it is, how far it has got, and the state beside the records.
 *
 * Throws RECORDS_DAMAGED at anything that is not as it was written: a token that falls or a mark
 * that grows would be worse than not starting.
 */
import { ClaimdError } from "../errors.ts";
import type { LevelHandle, LevelRange } from "./level-database.ts";
import {
  decodeAppliedMark,
  decodeCounts,
  decodeNextNamespaceId,
  decodePartitionState,
  decodeStoreId,
} from "./meta-format.ts";
import { PartitionStates } from "./partition-states.ts";
import { decodeNamespace, type StoredNamespace } from "./policy-format.ts";
import { RecoveredCounts } from "./recovered-counts.ts";
import {
  ALL_COUNTS,
  ALL_NAMESPACES,
  ALL_PARTITION_STATES,
  APPLIED_MARK_KEY,
  NEXT_NAMESPACE_ID_KEY,
  parseCountsKey,
  parseNamespaceKey,
  parsePartitionStateKey,
  STORE_ID_KEY,
} from "./record-key.ts";

export interface RecoveredMeta {
  /** Undefined in a LevelDB that is being built. */
  readonly storeId: Uint8Array | undefined;
  /** 0 = nothing was applied for certain. */
  readonly appliedSequence: number;
  readonly namespaces: Map<number, StoredNamespace>;
  readonly nextNamespaceId: number;
  readonly partitions: PartitionStates;
  readonly counts: RecoveredCounts;
}

const ENTRIES_AT_ONCE = 1000;

export async function readMeta(handle: LevelHandle): Promise<RecoveredMeta> {
  const [storeId, mark, next] = await handle.getMany([
    STORE_ID_KEY,
    APPLIED_MARK_KEY,
    NEXT_NAMESPACE_ID_KEY,
  ]);
  const namespaces = new Map<number, StoredNamespace>();
  for await (const [key, value] of entries(handle, ALL_NAMESPACES)) {
    const id = parseNamespaceKey(key);
    const namespace = decodeNamespace(value);
    if (namespace.id !== id) {
      throw new ClaimdError("RECORDS_DAMAGED", `namespace ${namespace.id} stands under ${id}`);
    }
    namespaces.set(id, namespace);
  }
  const partitions = new PartitionStates();
  for await (const [key, value] of entries(handle, ALL_PARTITION_STATES)) {
    const partition = parsePartitionStateKey(key);
    partitions.raise(partition, decodePartitionState(partition, value));
  }
  const counts = new RecoveredCounts();
  for await (const [key, value] of entries(handle, ALL_COUNTS)) {
    const { generation, namespaceId } = parseCountsKey(key);
    counts.set(generation, namespaceId, decodeCounts(generation, namespaceId, value));
  }
  return {
    storeId: storeId === undefined ? undefined : decodeStoreId(storeId),
    appliedSequence: mark === undefined ? 0 : decodeAppliedMark(mark),
    nextNamespaceId: next === undefined ? 1 : decodeNextNamespaceId(next),
    namespaces,
    partitions,
    counts,
  };
}

async function* entries(
  handle: LevelHandle,
  range: LevelRange,
): AsyncGenerator<[Buffer, Buffer], void, void> {
  const iterator = handle.iterate(range);
  try {
    for (;;) {
      const found = await iterator.next(ENTRIES_AT_ONCE);
      if (found.length === 0) return;
      yield* found;
    }
  } finally {
    await iterator.close();
  }
}
