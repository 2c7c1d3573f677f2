/**
 * What an entry of a partition's log holds, and what a snapshot consists of: what became of a key.
 *
 * Never interpreted on its way from disk to disk: the record stays as it was encoded by the leader
 * (storage/record-format.ts), with its own checksum.
 */

export interface LogRecord {
  readonly namespaceId: number;
  /** 1 to 512 bytes. */
  readonly key: Uint8Array;
  /** Encoded, never empty; undefined = the key's record is removed. */
  readonly record: Uint8Array | undefined;
  /** The fencing token of the record, or of the one that was removed. */
  readonly token: number;
}
