/** A key with everything look-ups need, computed once per command. */
import { keyHash } from "@claimd/proto";
import { LIMITS } from "../limits.ts";
import type { GenerationClasses } from "./generation.ts";
import { filterHash } from "./generation-filter.ts";
import type { StoredNamespace } from "./policy-format.ts";

const ID_BYTES = 4;
const scratch = Buffer.allocUnsafeSlow(ID_BYTES + LIMITS.keyBytes.max);

/**
 * Names a key within the node: namespace id (4) and key, one character a byte.
 *
 * Made in one piece: the sum of two texts is put together only when a Map asks for its hash.
 */
export function keyId(namespaceId: number, key: Uint8Array): string {
  scratch.writeUInt32BE(namespaceId);
  scratch.set(key, ID_BYTES);
  return scratch.toString("latin1", 0, ID_BYTES + key.length);
}

/** The key of a `keyId`. */
export function keyOfId(id: string): Buffer {
  return Buffer.from(id.slice(ID_BYTES), "latin1");
}

export interface KeyRef {
  readonly namespaceId: number;
  /** The namespace's, at the moment of asking. */
  readonly classes: GenerationClasses;
  readonly partition: number;
  /** 1 to 512 bytes. */
  readonly key: Uint8Array;
  /** `keyId`: the overlay's key. */
  readonly id: string;
  /** For the filters: the whole hash behind the partition, and filterHash. */
  readonly hashA: number;
  readonly hashB: number;
}

/** Of a key as the journal or another store has it. */
export function keyRef(namespace: StoredNamespace, partition: number, key: Uint8Array): KeyRef {
  const { id: namespaceId, classes, policy } = namespace;
  return {
    ...{ namespaceId, classes, partition, key },
    id: keyId(namespaceId, key),
    hashA: keyHash(policy.name, key),
    hashB: filterHash(namespaceId, key),
  };
}
