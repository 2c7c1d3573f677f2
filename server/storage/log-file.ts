/**
 * What the journal asks of a disk, and nothing more: files that are written durably at a position,
 * in a directory whose changes are durable once it is synced.
 *
 * Implementations: log-file-on-disk.ts (a real directory) and memory-log-directory.ts (for tests,
 * fails on demand). Both pass log-file.test.ts.
 *
 * Must stay true: when a write or a sync rejects, nobody knows what is on disk. An implementation
 * never repeats a write by itself, and its users never trust such a file again.
 */

export interface LogFile {
  /**
   * Resolves when all of `bytes` are durable at `position`, the file's size included.
   *
   * `bytes` must not change meanwhile. Rejects when fewer bytes were taken (a short write).
   */
  write(bytes: Uint8Array, position: number): Promise<void>;

  /** Fills `into` from `position` as far as the file goes; resolves with the bytes read. */
  read(into: Uint8Array, position: number): Promise<number>;

  size(): Promise<number>;

  /** Idempotent. Not while a write or read is under way. */
  close(): Promise<void>;
}

export interface LogDirectory {
  /** For messages. */
  readonly path: string;

  /** Names of everything in it, in no particular order. */
  list(): Promise<string[]>;

  /** A new, empty file; rejects when the name is taken. Its name is durable after `sync`. */
  create(name: string): Promise<LogFile>;

  /** An existing file. */
  open(name: string): Promise<LogFile>;

  /** Atomic, replaces what is there. Open files stay what they are. Durable after `sync`. */
  rename(from: string, to: string): Promise<void>;

  /** Rejects when there is no such file. Durable after `sync`. */
  remove(name: string): Promise<void>;

  /** Makes the names durable. */
  sync(): Promise<void>;
}
