/**
 * CRC-32C (Castagnoli), the checksum of LevelDB's blocks. Node has the other CRC-32 only.
 *
 * Eight bytes a step by eight tables ("slicing by 8", Kounavis and Berry): some hundred MB a
 * second.
 */
const POLYNOMIAL = 0x82f63b78;

const TABLES: readonly Int32Array[] = makeTables();
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

function makeTables(): Int32Array[] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1)
      crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
    return crc;
  });
  const tables = [first];
  for (let table = 1; table < 8; table += 1) {
    const before = tables[table - 1] as Int32Array;
    tables.push(before.map((crc) => (crc >>> 8) ^ (first[crc & 255] as number)));
  }
  return tables;
}

/** Of `bytes` from `from` up to but not with `end`, 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array, from = 0, end = bytes.length): number {
  let crc = -1;
  let at = from;
  for (const last = end - 7; at < last; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24));
    crc =
      (T7[low & 255] as number) ^
      (T6[(low >>> 8) & 255] as number) ^
      (T5[(low >>> 16) & 255] as number) ^
      (T4[low >>> 24] as number) ^
      (T3[bytes[at + 4] as number] as number) ^
      (T2[bytes[at + 5] as number] as number) ^
      (T1[bytes[at + 6] as number] as number) ^
      (T0[bytes[at + 7] as number] as number);
  }
  for (; at < end; at += 1) {
    crc = (crc >>> 8) ^ (T0[(crc ^ (bytes[at] as number)) & 255] as number);
  }
  return (crc ^ -1) >>> 0;
}
