/** A key as the caller writes it, and as it is sent: 1 to 512 bytes, text as UTF-8. */
import { ClaimdError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

export type Key = string | Uint8Array;

/** Bytes are copied: what the caller does to its buffer later must not change the key. */
export function keyBytes(key: Key): Buffer {
  const bytes = typeof key === "string" ? Buffer.from(key, "utf8") : copyOf(key);
  if (bytes.length < LIMITS.keyBytes.min || bytes.length > LIMITS.keyBytes.max) {
    throw new ClaimdError(
      "INVALID_ARGUMENT",
      `key has ${bytes.length} bytes, allowed are ${LIMITS.keyBytes.min} to ` +
        `${LIMITS.keyBytes.max}; dedupKey() hashes what is longer`,
    );
  }
  return bytes;
}

function copyOf(key: unknown): Buffer {
  if (key instanceof Uint8Array) return Buffer.from(key);
  throw new ClaimdError("INVALID_ARGUMENT", `key must be text or bytes, not ${typeof key}`);
}
