/**
 * Which partition a key belongs to: hash32(namespace, 0x00, key) mod P, hash32 being MurmurHash3
 * (x86, 32 bits) with seed 0. Public domain, known in every language; vectors for clients stand in
 * partition-vectors.json.
 *
 * Must stay true: the same bytes give the same partition for ever, in every client and server. A
 * store remembers P and the hash, and a start that differs is refused.
 *
 * Allocates nothing per call. Not a cryptographic hash: whoever chooses the keys chooses where they
 * go, which costs them their own speed and nobody's correctness.
 */

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** MurmurHash3 x86 32-bit of the first `length` bytes, 0 to 2^32 - 1. */
export function hash32(bytes: Uint8Array, length = bytes.length, seed = 0): number {
  let hash = seed | 0;
  const end = length & ~3;
  for (let i = 0; i < end; i += 4) {
    let block =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    block = Math.imul(block, C1);
    block = (block << 15) | (block >>> 17);
    hash ^= Math.imul(block, C2);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  const rest = length - end;
  if (rest > 0) {
    let block = bytes[end] as number;
    if (rest > 1) block |= (bytes[end + 1] as number) << 8;
    if (rest > 2) block |= (bytes[end + 2] as number) << 16;
    block = Math.imul(block, C1);
    block = (block << 15) | (block >>> 17);
    hash ^= Math.imul(block, C2);
  }
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Namespace, zero and key of the call at hand; the namespace stays for the next call. */
let scratch = new Uint8Array(1024);
let scratchNamespace = "";

/** hash32 of namespace, 0x00 and key. A namespace is ASCII: one byte a character. */
export function keyHash(namespace: string, key: Uint8Array): number {
  const keyAt = namespace.length + 1;
  const length = keyAt + key.length;
  if (length > scratch.length) {
    scratch = new Uint8Array(length * 2);
    scratchNamespace = "";
  }
  if (namespace !== scratchNamespace) {
    for (let i = 0; i < namespace.length; i++) scratch[i] = namespace.charCodeAt(i);
    scratch[namespace.length] = 0;
    scratchNamespace = namespace;
  }
  scratch.set(key, keyAt);
  return hash32(scratch, length);
}

/** The partition of a key, 0 to `partitions` - 1. */
export function partitionOf(namespace: string, key: Uint8Array, partitions = 256): number {
  return keyHash(namespace, key) % partitions;
}
