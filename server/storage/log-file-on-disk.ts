/**
 * Log files in a real directory (Linux; macOS for development).
 *
 * A write is one system call on a descriptor opened with O_DSYNC, on the event loop or through the
 * thread pool (write-pace.ts). Where the system has no such flag, or, as macOS, does not push the
 * drive's own cache out for it, fdatasync follows, and all goes through the pool.
 *
 * Never repeats a write, not even the rest of a short one.
 */
import { constants, write as writeToDescriptor, writeSync } from "node:fs";
import { type FileHandle, open, readdir, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { LogDirectory, LogFile } from "./log-file.ts";
import { WritePace } from "./write-pace.ts";

const SYNCED_BY_FLAG = process.platform === "linux";
const READ_WRITE = constants.O_RDWR | (SYNCED_BY_FLAG ? constants.O_DSYNC : 0);
const CREATE = READ_WRITE | constants.O_CREAT | constants.O_EXCL;
/** Keys and results are nobody else's business. */
const FILE_MODE = 0o600;

class LogFileOnDisk implements LogFile {
  readonly #handle: FileHandle;
  readonly #pace: WritePace;
  #closed: Promise<void> | undefined;

  constructor(handle: FileHandle, pace: WritePace) {
    this.#handle = handle;
    this.#pace = pace;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    if (!SYNCED_BY_FLAG) {
      await this.#writeInPool(bytes, position);
      await this.#handle.datasync();
      return;
    }
    await this.#pace.write(
      bytes.length,
      () => {
        const written = writeSync(this.#handle.fd, bytes, 0, bytes.length, position);
        if (written !== bytes.length) throw shortWrite(written, bytes, position);
      },
      () => this.#writeInPool(bytes, position),
    );
  }

  /** By callback and descriptor: FileHandle.write costs several microseconds more. */
  #writeInPool(bytes: Uint8Array, position: number): Promise<void> {
    return new Promise((resolve, reject) => {
      writeToDescriptor(this.#handle.fd, bytes, 0, bytes.length, position, (error, written) => {
        if (error !== null) reject(error);
        else if (written === bytes.length) resolve();
        else reject(shortWrite(written, bytes, position));
      });
    });
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const rest = into.length - done;
      const { bytesRead } = await this.#handle.read(into, done, rest, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  close(): Promise<void> {
    this.#closed ??= this.#handle.close();
    return this.#closed;
  }
}

function shortWrite(written: number, { length }: Uint8Array, position: number): Error {
  return new Error(`short write: ${written} of ${length} bytes at ${position}`);
}

/** The log files of an existing directory. */
export function logDirectoryOnDisk(path: string, monotonicMs: () => number): LogDirectory {
  const pace = new WritePace(monotonicMs);
  return {
    path,
    list: () => readdir(path),
    create: async (name) =>
      new LogFileOnDisk(await open(join(path, name), CREATE, FILE_MODE), pace),
    open: async (name) => new LogFileOnDisk(await open(join(path, name), READ_WRITE), pace),
    rename: (from, to) => rename(join(path, from), join(path, to)),
    remove: (name) => unlink(join(path, name)),
    sync: () => syncDirectory(path),
  };
}

/** Makes the names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
