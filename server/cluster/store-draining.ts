/**
 * An operator's word that a store is to hold nothing any more, or that it may again.
 *
 * It stands in the store's record, so that it outlives the node and its restarts. The controller
 * moves everything away, one partition after the other, and never so that too few are left.
 */
import { ClaimdError } from "../errors.ts";
import type { ClusterKeys } from "./cluster-keys.ts";
import type { Coordinator } from "./coordinator.ts";
import { type Patience, patiently, pauseOrCancel } from "./patience.ts";
import { decodeStoreRecord, encodeStoreRecord } from "./store-record.ts";

export interface DrainingOptions extends Patience {
  readonly coordinator: Coordinator;
  readonly keys: ClusterKeys;
}

/** Resolves when etcd has it. Rejects with INVALID_ARGUMENT: no such store; or CANCELLED. */
export async function setDraining(
  options: DrainingOptions,
  store: string,
  draining: boolean,
): Promise<void> {
  const { coordinator, keys } = options;
  const key = keys.store(store);
  for (;;) {
    const found = await patiently(options, () => coordinator.read(key));
    if (found?.value === undefined) {
      throw new ClaimdError("INVALID_ARGUMENT", `store: there is no store ${store}`);
    }
    const record = decodeStoreRecord(found.value);
    if (record.draining === draining) return;
    const value = encodeStoreRecord({ ...record, draining });
    const { revision } = found;
    if ((await coordinator.transact([{ key, revision, value }])) !== "applied") {
      await pauseOrCancel(options);
    }
  }
}
