/**
 * The start of a store: etcd must know this disk as the one that was started last.
 *
 *     nonce to the list, synced → guarded transaction (boot + 1, nonce) → read back → confirmed,
 *     synced → the store may serve
 *
 * Whatever happens in between, the next start finds etcd's nonce on the list. A disk that was
 * rolled back, or copied before the last start, does not have it. One that ends before the journal
 * high-water mark has lost entries that were synced. None of them is ever started.
 *
 * What was read may be old. Refused is only by a transaction that held on what was read; so a store
 * is marked DAMAGED, or refused, for what etcd has now.
 *
 * Must stay true: of two processes with one store's data at most one is started by each nonce.
 */
import { ClaimdError, unreachable } from "../errors.ts";
import type { ClusterKeys } from "./cluster-keys.ts";
import type { Coordinator, GuardedWrite, Versioned } from "./coordinator.ts";
import { decodeNodeRecord } from "./node-record.ts";
import { type Patience, patiently, pauseOrCancel } from "./patience.ts";
import { type BootFile, decodeBootMemory, encodeBootMemory } from "./store-boot-file.ts";
import { judgeStart, type Start } from "./store-boot-judgement.ts";
import { decodeStoreRecord, encodeStoreRecord, type StoreRecord } from "./store-record.ts";

export interface BootOptions extends Patience {
  readonly coordinator: Coordinator;
  readonly keys: ClusterKeys;
  readonly file: BootFile;
  /** Made with the data directory. */
  readonly store: string;
  readonly node: string;
  readonly zone: string;
  /** Of the last entry that the journal on this disk has. */
  readonly journalSequence: number;
  readonly random: (bytes: number) => Uint8Array;
}

export interface BootedStore {
  readonly store: string;
  /** This start's number. */
  readonly boot: number;
  readonly nonce: string;
  /** Of the store's record when it was read back. */
  readonly revision: number;
}

const NONCE_BYTES = 16;

/**
 * Starts the store, however long etcd takes.
 *
 * Rejects with STORE_DAMAGED, STORE_IN_USE, WRONG_CLUSTER or CANCELLED; the text says what to do.
 */
export async function bootStore(options: BootOptions): Promise<BootedStore> {
  const { coordinator, keys, file, store, node, zone, journalSequence } = options;
  const key = keys.store(store);
  const memory = decodeBootMemory(store, await file.read());
  const nonce = Buffer.from(options.random(NONCE_BYTES)).toString("hex");
  const start: Start = { store, node, zone, journalSequence, nonce, memory };
  let isIntended = false;
  for (;;) {
    const found = await patiently(options, () => coordinator.read(key));
    const known = found && { record: recordOf(found), revision: found.revision };
    const elsewhere = await patiently(options, () => nodeThatUses(options));
    const revision = known?.revision ?? 0;
    const judgement = judgeStart(start, known?.record, elsewhere);
    switch (judgement.type) {
      case "begin": {
        if (!isIntended) {
          const intents = [...memory.intents, nonce];
          await file.write(encodeBootMemory(store, { ...memory, intents }));
          isIntended = true;
        }
        const value = encodeStoreRecord(judgement.record);
        // Unknown or not: what is read next says what became of it (R9).
        const outcome = await coordinator.transact([{ key, revision, value }]);
        if (outcome !== "applied") await pauseOrCancel(options);
        break;
      }
      case "started": {
        const confirmed = { confirmed: nonce, intents: [], damage: undefined };
        await file.write(encodeBootMemory(store, confirmed));
        return { store, boot: judgement.boot, nonce, revision };
      }
      case "refused": {
        const { mark, error } = judgement;
        const value = mark === undefined ? "guard" : encodeStoreRecord(mark);
        const proof: GuardedWrite = { key, revision, value };
        if ((await coordinator.transact([proof])) === "applied") throw error;
        await pauseOrCancel(options);
        break;
      }
      default:
        unreachable(judgement);
    }
  }
}

function recordOf({ key, value }: Versioned): StoreRecord {
  if (value !== undefined) return decodeStoreRecord(value);
  throw new ClaimdError("CLUSTER_DAMAGED", `${key} has no value`);
}

/** The other node that is registered with this store: a copy of the disk is in use there. */
async function nodeThatUses(options: BootOptions): Promise<string | undefined> {
  const { coordinator, keys, store, node } = options;
  for (const { key, value } of await coordinator.list(keys.nodes)) {
    const parsed = keys.parse(key);
    if (value === undefined || parsed?.type !== "node" || parsed.node === node) continue;
    try {
      if (decodeNodeRecord(value).store === store) return parsed.node;
    } catch {
      // A hint that can't be read is none.
    }
  }
  return undefined;
}
