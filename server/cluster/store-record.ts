/**
 * What etcd holds of one store: which run of it is the last one, and whether it may be promoted.
 *
 *     {"version":1,"node":"claimd-0","zone":"a","boot":3,"nonce":"9f…","highWaterMark":8812,
 *      "state":"ACTIVE","damage":"","draining":false}
 *
 * Permanent. `zone` stands here too, because it is needed while the node is away.
 *
 * Must stay true: `boot` grows with every new nonce; the high-water mark never falls, and DAMAGED
 * stays.
 */
import { z } from "zod";
import { decodeJsonRecord, encodeJsonRecord } from "./json-record.ts";

export interface StoreRecord {
  /** That used it last. */
  readonly node: string;
  readonly zone: string;
  /** + 1 with each start, 1 = the first. */
  readonly boot: number;
  /** Of that start, 32 hexadecimal digits: must be on the store's disk at the next one. */
  readonly nonce: string;
  /** A journal sequence that was synced on this disk: one that ends before it has lost some. */
  readonly highWaterMark: number;
  /** DAMAGED: never eligible again, whatever is on the disk. */
  readonly state: "ACTIVE" | "DAMAGED";
  /** Why it is DAMAGED; empty while ACTIVE. */
  readonly damage: string;
  /** An operator wants it to hold nothing any more. */
  readonly draining: boolean;
}

/** What a person needs to know; the rest is in the log. */
export const MAX_DAMAGE_CHARACTERS = 1000;

const countText = "must be a whole number from 0 to 2^53 - 1";
const count = z.int(countText).min(0, countText).max(Number.MAX_SAFE_INTEGER, countText);
const name = z.string("must be text").max(256, "must have at most 256 characters");

const shape: z.ZodType<StoreRecord> = z.strictObject({
  node: name.min(1, "must not be empty"),
  zone: name,
  boot: count.min(1, "must be at least 1"),
  nonce: z.string("must be text").regex(/^[0-9a-f]{32}$/, "must be 32 hexadecimal digits"),
  highWaterMark: count,
  state: z.enum(["ACTIVE", "DAMAGED"], "must be ACTIVE or DAMAGED"),
  damage: z.string("must be text").max(MAX_DAMAGE_CHARACTERS, "is too long"),
  draining: z.boolean("must be true or false"),
});

export function encodeStoreRecord(record: StoreRecord): Uint8Array {
  const { node, zone, boot, nonce, highWaterMark, state, damage, draining } = record;
  return encodeJsonRecord({ node, zone, boot, nonce, highWaterMark, state, damage, draining });
}

/** Throws CLUSTER_DAMAGED, naming field, value and bound. */
export function decodeStoreRecord(bytes: Uint8Array): StoreRecord {
  return decodeJsonRecord("a store's record", shape, bytes);
}

export function damagedRecord(record: StoreRecord, damage: string): StoreRecord {
  return { ...record, state: "DAMAGED", damage: damage.slice(0, MAX_DAMAGE_CHARACTERS) };
}
