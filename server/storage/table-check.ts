/**
 * Whether every byte of LevelDB's table files is as LevelDB wrote it.
 *
 *     data blocks | filter block | metaindex block | index block | footer (48)
 *     block   contents | compression (1: 0 none, 1 snappy) | masked CRC-32C of both (4)
 *     footer  handles of metaindex and index (offset and size, varints) | zeros | magic (8)
 *
 * LevelDB has these checksums and does not look at them when it reads: a flipped bit in a filter or
 * an index would hide a record, and the key be granted again. So they are checked here, once after
 * a start. Nothing is skipped: the blocks must cover the file from its first byte to its footer.
 *
 * (The format: doc/table_format.md in LevelDB's sources.)
 */
import { crc32c } from "./crc32c.ts";
import { uncompressSnappy } from "./snappy.ts";

const FOOTER_BYTES = 48;
const TRAILER_BYTES = 5;
const MAGIC = Buffer.from("57fb808b247547db", "hex");
const SNAPPY = 1;
const MASK_DELTA = 0xa282ead8;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** Checks a table a block at a time, so that the caller can pause; gives the bytes checked. */
export function* checkTable(table: Buffer): Generator<number, string | undefined, void> {
  const footerAt = table.length - FOOTER_BYTES;
  if (footerAt < 0) return "it is shorter than its footer";
  const footer = new Handles(table.subarray(footerAt));
  const metaindex = footer.next();
  const index = footer.next();
  if (metaindex === undefined || index === undefined) return "its footer can't be read";
  const rest = table.subarray(footerAt + footer.at, footerAt + 40);
  if (rest.some((byte) => byte !== 0) || !table.subarray(footerAt + 40).equals(MAGIC)) {
    return "its footer is damaged";
  }
  const handles = [metaindex, index];
  for (const block of [metaindex, index]) {
    const contents = contentsOf(table, block);
    const listed = contents === undefined ? undefined : handlesIn(contents);
    if (listed === undefined) return `the block at ${block.offset} can't be read`;
    handles.push(...listed);
  }
  handles.sort((a, b) => a.offset - b.offset);
  let at = 0;
  for (const { offset, size } of handles) {
    if (offset !== at) return `the block that should begin at ${at} is not known`;
    at = offset + size + TRAILER_BYTES;
    if (at > footerAt) return `the block at ${offset} goes beyond the file`;
    if (!isWhole(table, { offset, size })) return `the block at ${offset} fails its checksum`;
    yield size;
  }
  return at === footerAt ? undefined : `the block that should begin at ${at} is not known`;
}

function isWhole(table: Buffer, { offset, size }: Handle): boolean {
  const end = offset + size + 1;
  if (end + 4 > table.length) return false;
  const crc = crc32c(table, offset, end);
  const masked = (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
  return masked === table.readUInt32LE(end);
}

function contentsOf(table: Buffer, handle: Handle): Buffer | undefined {
  if (!isWhole(table, handle)) return undefined;
  const contents = table.subarray(handle.offset, handle.offset + handle.size);
  const compression = table[handle.offset + handle.size];
  return compression === SNAPPY ? uncompressSnappy(contents) : contents;
}

/** The values of an index block: shared, unshared and value bytes (varints), key, value; … */
function handlesIn(block: Buffer): Handle[] | undefined {
  if (block.length < 4) return undefined;
  const end = block.length - 4 - 4 * block.readUInt32LE(block.length - 4);
  const handles: Handle[] = [];
  const reader = new Handles(block);
  while (reader.at < end) {
    const shared = reader.varint();
    const unshared = reader.varint();
    const valueBytes = reader.varint();
    if (shared === undefined || unshared === undefined || valueBytes === undefined)
      return undefined;
    reader.at += unshared;
    const valueEnd = reader.at + valueBytes;
    const handle = reader.next();
    if (handle === undefined || reader.at !== valueEnd) return undefined;
    handles.push(handle);
  }
  return reader.at === end ? handles : undefined;
}

class Handles {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  next(): Handle | undefined {
    const offset = this.varint();
    const size = this.varint();
    return offset === undefined || size === undefined ? undefined : { offset, size };
  }

  varint(): number | undefined {
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) return undefined;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return undefined;
  }
}
