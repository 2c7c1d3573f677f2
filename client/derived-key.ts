/**
 * The key to pass downstream, for example as an idempotency key of a payment API: the same for
 * every attempt at the same claimd key, and telling nothing of it.
 *
 * Must stay true for ever: SHA-256 of the namespace's length (4 bytes, big endian), the namespace
 * and the key, as 64 hexadecimal digits. A change would make downstream systems apply effects
 * twice.
 */
import { createHash } from "node:crypto";

export function derivedKey(namespace: string, key: Uint8Array): string {
  const name = Buffer.from(namespace, "utf8");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return createHash("sha256").update(length).update(name).update(key).digest("hex");
}
