/**
 * A key as the caller writes it, and as it is sent: 1 to 512 bytes, text as UTF-8. Text that has no
 * UTF-8 is refused: every half of a surrogate pair would become the same character, and different
 * keys one key.
 */
import { ClaimdError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

export type Key = string | Uint8Array;

/** Bytes are copied: what the caller does to its buffer later must not change the key. */
export function keyBytes(key: Key): Buffer {
  const bytes = typeof key === "string" ? bytesOf(key) : copyOf(key);
  if (bytes.length < LIMITS.keyBytes.min || bytes.length > LIMITS.keyBytes.max) {
    throw new ClaimdError(
      "INVALID_ARGUMENT",
      `key has ${bytes.length} bytes, allowed are ${LIMITS.keyBytes.min} to ` +
        `${LIMITS.keyBytes.max}; dedupKey() hashes what is longer`,
    );
  }
  return bytes;
}

function bytesOf(key: string): Buffer {
  if (key.isWellFormed()) return Buffer.from(key, "utf8");
  throw new ClaimdError("INVALID_ARGUMENT", "key holds half a surrogate pair: it has no UTF-8");
}

function copyOf(key: unknown): Buffer {
  if (key instanceof Uint8Array) return Buffer.from(key);
  throw new ClaimdError("INVALID_ARGUMENT", `key must be text or bytes, not ${typeof key}`);
}
