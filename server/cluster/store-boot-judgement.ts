/**
 * Whether a disk may be started, from what it remembers and what etcd has of it. Pure.
 *
 *     | etcd's record        | on the list | what is done                                     |
 *     |----------------------|-------------|--------------------------------------------------|
 *     | none                 | –           | first start; refused if one was confirmed before |
 *     | this start's nonce   | yes         | started                                          |
 *     | another nonce        | no          | refused: rolled back or copied                   |
 *     | DAMAGED              | yes         | refused                                          |
 *     | mark beyond the disk | yes         | refused, marked DAMAGED                          |
 *     | another nonce        | yes         | boot + 1 with this start's nonce                 |
 *
 * A disk that etcd does not know is not marked: it may be the copy of one that is well.
 */
import { ClaimdError } from "../errors.ts";
import { ADVICE, type BootMemory } from "./store-boot-file.ts";
import { damagedRecord, type StoreRecord } from "./store-record.ts";

export interface Start {
  readonly store: string;
  readonly node: string;
  readonly zone: string;
  readonly journalSequence: number;
  readonly nonce: string;
  /** As the disk had it before this start. */
  readonly memory: BootMemory;
}

export type Judgement =
  | { readonly type: "started"; readonly boot: number }
  /** To be written on the revision that was read. */
  | { readonly type: "begin"; readonly record: StoreRecord }
  /** If the revision that was read still holds; `mark` is then written. */
  | {
      readonly type: "refused";
      readonly error: ClaimdError;
      readonly mark: StoreRecord | undefined;
    };

/** `elsewhere`: another node that is registered with this store. */
export function judgeStart(
  start: Start,
  found: StoreRecord | undefined,
  elsewhere: string | undefined,
): Judgement {
  const { store, node, zone, journalSequence, nonce, memory } = start;
  if (memory.damage !== undefined) {
    const mark = found?.state === "ACTIVE" ? damagedRecord(found, memory.damage) : undefined;
    return refused("STORE_DAMAGED", `store ${store}: ${memory.damage}. ${ADVICE}`, mark);
  }
  if (found === undefined) return firstStart(start);
  if (found.nonce === nonce && found.state === "ACTIVE") {
    return { type: "started", boot: found.boot };
  }
  if (elsewhere !== undefined) {
    const text =
      `store ${store} is in use by node ${elsewhere}: one of the two data directories is a copy ` +
      "of the other. Stop the one that should not be, and give it an empty directory";
    return refused("STORE_IN_USE", text);
  }
  if (![nonce, memory.confirmed, ...memory.intents].includes(found.nonce)) {
    const text =
      `store ${store} was started ${found.boot} times, the last time by node ${found.node}, but ` +
      `this disk knows nothing of that start: it was rolled back, or is a copy. ${ADVICE}`;
    return refused("STORE_DAMAGED", text);
  }
  if (found.state === "DAMAGED") {
    return refused("STORE_DAMAGED", `store ${store} is damaged: ${found.damage}. ${ADVICE}`);
  }
  if (journalSequence < found.highWaterMark) {
    const lost =
      `the journal ends at ${journalSequence}, but ${found.highWaterMark} was synced on this ` +
      "disk before: the disk lost what it had said to have";
    const mark = damagedRecord(found, lost);
    return refused("STORE_DAMAGED", `store ${store}: ${lost}. ${ADVICE}`, mark);
  }
  return { type: "begin", record: { ...found, node, zone, boot: found.boot + 1, nonce } };
}

function firstStart({ store, node, zone, nonce, memory }: Start): Judgement {
  if (memory.confirmed !== undefined) {
    const text =
      `store ${store} was started in this cluster before, but etcd has no record of it: this is ` +
      "another etcd or another cluster's name, or etcd lost data. Check CLAIMD_ETCD and " +
      "CLAIMD_CLUSTER, or restore etcd";
    return refused("WRONG_CLUSTER", text);
  }
  const fresh = { highWaterMark: 0, state: "ACTIVE", damage: "", draining: false } as const;
  return { type: "begin", record: { node, zone, boot: 1, nonce, ...fresh } };
}

function refused(
  code: "STORE_DAMAGED" | "STORE_IN_USE" | "WRONG_CLUSTER",
  text: string,
  mark?: StoreRecord,
): Judgement {
  return { type: "refused", error: new ClaimdError(code, text), mark };
}
