/**
 * Messages that were damaged before their checksum was made, so that it is not what refuses them.
 * Reckons the checksum as the proto file says, without the code under test.
 */
import { crc32 } from "node:zlib";
import type { PeerMessages__Output } from "@claimd/proto";

const NUMBERS: Readonly<Record<string, number>> = {
  HELLO: 1,
  APPEND: 2,
  CUT: 3,
  CHUNK: 4,
  ACK: 5,
  SHAPE: 6,
  STALE: 7,
  REFUSED: 8,
  WANTED: 9,
};

export function checksummed(messages: PeerMessages__Output): PeerMessages__Output {
  const m = messages;
  const columns = [m.partitions, m.epochs, m.joins, m.rounds, m.pointEpochs, m.pointIndexes];
  columns.push(m.commits, m.indexes, m.transfers, m.sequences, m.lasts, m.stateTokens);
  columns.push(m.stateStamps, m.rows, m.rowEpochs, m.rowIndexes, m.rowStamps, m.rowNamespaces);
  columns.push(m.rowTokens, m.rowKeyBytes, m.rowRecordBytes, m.keys, m.records);
  const type = Buffer.of(NUMBERS[m.type] ?? 0);
  return { ...messages, checksum: crc32(Buffer.concat([type, ...columns])) };
}
