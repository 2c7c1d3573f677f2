/**
 * What a disk remembers of its starts, so that etcd's nonce tells whether it is the disk that was
 * started last.
 *
 *     boot.json   {"version":1,"store":"5f…","confirmed":"9f…","intents":["c3…"],"damage":""}
 *
 * confirmed: the last nonce that was read back from etcd. intents: nonces whose transaction may
 * have been applied or may still be. damage: why this disk must not be used any more.
 *
 * Must stay true: a nonce stands here, synced, before etcd hears of it, and stays as long as it may
 * be etcd's.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ClaimdError } from "../errors.ts";
import { writeDurably } from "../storage/durable-file.ts";
import { decodeJsonRecord, encodeJsonRecord } from "./json-record.ts";

export interface BootMemory {
  readonly confirmed: string | undefined;
  /** The oldest first. */
  readonly intents: readonly string[];
  /** Undefined: none. */
  readonly damage: string | undefined;
}

export interface BootFile {
  /** Undefined when there is none. */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when it is durable; until then the old content or the new one may be there. */
  write(content: Uint8Array): Promise<void>;
}

export const NO_STARTS: BootMemory = { confirmed: undefined, intents: [], damage: undefined };

/**
 * Each start that ends without an answer from etcd leaves one. Beyond so many the oldest goes: at
 * worst the store is taken for a copy, and comes back as a new one.
 */
export const MOST_INTENTS = 64;

const FILE = "boot.json";
const nonce = z.string().regex(/^[0-9a-f]{32}$/, "must be 32 hexadecimal digits");
const shape = z.strictObject({
  store: z.string(),
  confirmed: nonce.nullable(),
  intents: z.array(nonce),
  damage: z.string(),
});

export function bootFileOnDisk(directory: string): BootFile {
  return {
    read: async () => {
      try {
        return await readFile(join(directory, FILE));
      } catch (error) {
        if ((error as { code?: unknown }).code === "ENOENT") return undefined;
        throw error;
      }
    },
    write: (content) => writeDurably(directory, FILE, content),
  };
}

export function encodeBootMemory(store: string, memory: BootMemory): Uint8Array {
  const { confirmed = null, intents, damage = "" } = memory;
  return encodeJsonRecord({ store, confirmed, intents: intents.slice(-MOST_INTENTS), damage });
}

/** Throws STORE_DAMAGED: what the disk remembers can't be told. */
export function decodeBootMemory(store: string, content: Uint8Array | undefined): BootMemory {
  if (content === undefined) return NO_STARTS;
  const found = decoded(content);
  if (found.store !== store) {
    throw damaged(`is of store ${found.store}, in the directory of store ${store}`);
  }
  const { confirmed, intents, damage } = found;
  return {
    confirmed: confirmed ?? undefined,
    intents,
    damage: damage === "" ? undefined : damage,
  };
}

function decoded(content: Uint8Array): z.infer<typeof shape> {
  try {
    return decodeJsonRecord("it", shape, content);
  } catch (cause) {
    throw damaged(`can't be read: ${cause instanceof Error ? cause.message : ""}`, cause);
  }
}

function damaged(what: string, cause?: unknown): ClaimdError {
  return new ClaimdError("STORE_DAMAGED", `${FILE} ${what}. ${ADVICE}`, { cause });
}

/** What an operator does about a disk that must not be used any more. */
export const ADVICE =
  "This disk must not be used any more. Move the data directory away and start with an empty " +
  "one: the node comes back as a new store and gets its partitions from the others. Only a " +
  "partition without any other replica needs a backup, or claimctl partition force-promote";
