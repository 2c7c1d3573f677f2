/**
 * What was pending when the process ended is pending again: found in the journal by a replay, and
 * looked for again by whoever decides.
 */
import { keyHash } from "@claimd/proto";
import type { RecordEntry } from "./journal-entry.ts";
import { filterHash } from "./generation-filter.ts";
import type { Generations } from "./generations.ts";
import { type KeyRef, keyId } from "./key-ref.ts";
import type { PendingWrites } from "./pending-writes.ts";
import type { StoredNamespace } from "./policy-format.ts";
import type { RecordReader } from "./record-reader.ts";

export interface RestoredPendingParts {
  readonly pending: PendingWrites;
  readonly reader: RecordReader;
  readonly generations: Generations;
  readonly namespaces: ReadonlyMap<number, StoredNamespace>;
  readonly nowMs: () => number;
}

export async function restorePending(
  entries: readonly RecordEntry[],
  { pending, reader, generations, namespaces, nowMs }: RestoredPendingParts,
): Promise<void> {
  const refs = entries.map((entry) => refOf(entry, namespaces.get(entry.namespaceId)));
  const stored = await reader.read(refs, nowMs());
  entries.forEach((entry, at) => {
    const { id, hashA, hashB } = refs[at] as KeyRef;
    const { generation, namespaceId } = entry;
    // The log must have no hole, but a deleted namespace gets no records any more.
    const isDeleted = !namespaces.has(namespaceId);
    const kept = isDeleted ? { ...entry, generation: 0, record: undefined } : entry;
    if (kept.generation !== 0) generations.expect(generation, namespaceId, hashA, hashB);
    // Nobody knows how far behind it stands: it is written forward at once.
    pending.add(kept, id, pending.get(id) ?? stored[at], Number.NEGATIVE_INFINITY);
  });
}

function refOf(
  { partition, namespaceId, key }: RecordEntry,
  namespace: StoredNamespace | undefined,
): KeyRef {
  const bytes = Buffer.from(key);
  const hash = keyHash(namespace?.policy.name ?? "", bytes);
  return {
    namespaceId,
    classes: namespace?.classes ?? { current: 1 },
    partition,
    key: bytes,
    id: keyId(namespaceId, bytes),
    hashA: hash,
    hashB: filterHash(namespaceId, bytes),
  };
}
