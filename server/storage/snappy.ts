/**
 * Snappy decompression, as much as LevelDB's index blocks need.
 *
 *     uncompressed length (varint), then: literal (tag 0) or copy (tags 1, 2, 3) with length,
 *     offset
 *
 * Never gives part of something: undefined when the bytes are not a whole compressed block.
 */

/** LevelDB's blocks are some KiB; an index block has some bytes per data block. */
const MOST_BYTES = 64 * 1024 * 1024;

export function uncompressSnappy(from: Uint8Array): Buffer | undefined {
  let length = 0;
  let at = 0;
  for (let shift = 1; ; shift *= 128) {
    const byte = from[at++];
    if (byte === undefined || at > 5) return undefined;
    length += (byte & 127) * shift;
    if (byte < 128) break;
  }
  if (length > MOST_BYTES) return undefined;
  const into = Buffer.alloc(length);
  let end = 0;
  while (at < from.length) {
    const tag = from[at++] as number;
    if ((tag & 3) === 0) {
      let bytes = tag >>> 2;
      const more = Math.max(0, bytes - 59);
      if (more > 0) bytes = little(from, at, more);
      at += more;
      bytes += 1;
      if (at + bytes > from.length || end + bytes > length) return undefined;
      into.set(from.subarray(at, at + bytes), end);
      at += bytes;
      end += bytes;
      continue;
    }
    const offsetBytes = [0, 1, 2, 4][tag & 3] as number;
    const short = offsetBytes === 1;
    const offset = little(from, at, offsetBytes) + (short ? (tag >>> 5) * 256 : 0);
    const bytes = short ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    at += offsetBytes;
    if (offset === 0 || offset > end || end + bytes > length) return undefined;
    for (let each = 0; each < bytes; each += 1, end += 1) {
      into[end] = into[end - offset] as number;
    }
  }
  return end === length ? into : undefined;
}

function little(from: Uint8Array, at: number, bytes: number): number {
  let value = 0;
  for (let each = bytes - 1; each >= 0; each -= 1) value = value * 256 + (from[at + each] ?? 0);
  return value;
}
