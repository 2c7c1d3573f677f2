/**
 * Why nothing may be granted anew: an operator's pause, a quota, a disk that is nearly full,
 * records that lag behind. `decide` applies it where it would grant.
 *
 * And why nothing may be written at all: a turn that waited for space in the journal would keep
 * everybody waiting, and memory is bounded whatever is written. Answers without a write go on.
 */

import type { Refusal } from "../claim/reply.ts";
import { boundsStored, overStored } from "./quota.ts";
import { paused, REFUSED } from "./refusals.ts";
import type { Namespace } from "./namespace.ts";
import type { Pressure } from "../storage/record-store.ts";

/**
 * What a journal entry has at most beside key and result: claim ids, fingerprint, trace, holder.
 */
export const ENTRY_OVERHEAD_BYTES = 1024;

export interface GrantConditions {
  /** Less free space than the node needs for settling what it has granted. */
  readonly diskLow: () => boolean;
  /** Whether the journal can take so many bytes without waiting for space. */
  readonly hasRoomFor: (bytes: number) => boolean;
  readonly pressure: () => Pressure;
  readonly stored: (namespaceId: number) => { readonly records: number; readonly bytes: number };
}

export function grantsRefused(
  namespace: Namespace,
  conditions: GrantConditions,
): Refusal | undefined {
  const { id, name, policy } = namespace;
  if (policy.paused) return paused(name);
  if (conditions.diskLow()) return REFUSED.diskFull;
  const pressure = conditions.pressure();
  if (pressure === "refuse" || pressure === "full") return REFUSED.storageBehind;
  if (!boundsStored(namespace)) return undefined;
  const { records, bytes } = policy.quota;
  const stored = conditions.stored(id);
  if (records > 0 && stored.records >= records)
    return overStored("records", stored.records, records);
  if (bytes > 0 && stored.bytes >= bytes) return overStored("bytes", stored.bytes, bytes);
  return undefined;
}
