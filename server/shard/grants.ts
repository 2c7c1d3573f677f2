/**
 * Why nothing may be granted anew: an operator's pause, a quota, a disk that is nearly full,
 * records that lag behind. Asked once per namespace and turn; `decide` applies it where it would
 * grant.
 */

import type { Refusal } from "../claim/reply.ts";
import { overStored } from "./quota.ts";
import { paused, REFUSED } from "./refusals.ts";
import type { Namespace } from "./namespace.ts";

export interface GrantConditions {
  /** Less free space than the node needs for settling what it has granted. */
  readonly diskLow: () => boolean;
  readonly pressure: () => "none" | "slow" | "refuse";
  readonly stored: (namespaceId: number) => { readonly records: number; readonly bytes: number };
}

export function grantsRefused(
  { id, name, policy }: Namespace,
  conditions: GrantConditions,
): Refusal | undefined {
  if (policy.paused) return paused(name);
  if (conditions.diskLow()) return REFUSED.diskFull;
  if (conditions.pressure() === "refuse") return REFUSED.storageBehind;
  const { records, bytes } = policy.quota;
  if (records === 0 && bytes === 0) return undefined;
  const stored = conditions.stored(id);
  if (records > 0 && stored.records >= records)
    return overStored("records", stored.records, records);
  if (bytes > 0 && stored.bytes >= bytes) return overStored("bytes", stored.bytes, bytes);
  return undefined;
}
