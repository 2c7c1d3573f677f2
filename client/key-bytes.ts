/**
 * A key as the caller writes it, and as it is kept until it is sent: 1 to 512 bytes, text as UTF-8.
 * Text that has no UTF-8 is refused: every half of a surrogate pair would become the same
 * character, and different keys one key.
 *
 * Text stays text until its frame is made, which writes all of its keys at once: a buffer for each
 * would be what a call costs most.
 */
import { ClaimdError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

export type Key = string | Uint8Array;

/** Never changes: text that has UTF-8, or bytes of our own. */
export type CheckedKey = string | Buffer;

/** Bytes are copied: what the caller does to its buffer later must not change the key. */
export function checkedKey(key: Key): CheckedKey {
  const checked = typeof key === "string" ? wellFormed(key) : copyOf(key);
  const bytes = keyLength(checked);
  if (bytes < LIMITS.keyBytes.min || bytes > LIMITS.keyBytes.max) {
    throw new ClaimdError(
      "INVALID_ARGUMENT",
      `key has ${bytes} bytes, allowed are ${LIMITS.keyBytes.min} to ` +
        `${LIMITS.keyBytes.max}; dedupKey() hashes what is longer`,
    );
  }
  return checked;
}

/** In bytes. */
export function keyLength(key: CheckedKey): number {
  return typeof key === "string" ? Buffer.byteLength(key, "utf8") : key.length;
}

export function keyBytes(key: CheckedKey): Buffer {
  return typeof key === "string" ? Buffer.from(key, "utf8") : key;
}

/** One behind the other. Text with text is joined first: one step into native code, not many. */
export function joinedKeys(keys: readonly CheckedKey[]): Buffer {
  return keys.every((key) => typeof key === "string")
    ? Buffer.from(keys.join(""), "utf8")
    : Buffer.concat(keys.map(keyBytes));
}

function wellFormed(key: string): string {
  if (key.isWellFormed()) return key;
  throw new ClaimdError("INVALID_ARGUMENT", "key holds half a surrogate pair: it has no UTF-8");
}

function copyOf(key: unknown): Buffer {
  if (key instanceof Uint8Array) return Buffer.from(key);
  throw new ClaimdError("INVALID_ARGUMENT", `key must be text or bytes, not ${typeof key}`);
}
