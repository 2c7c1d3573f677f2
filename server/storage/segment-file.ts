/**
 * Makes segment files: as large as they will ever be, every byte written and durable, so that an
 * append later writes over what is there and never waits for the file system to find space.
 *
 * Files are made under temporary names and take their own by rename when their head is durable.
 */
import type { LogDirectory, LogFile } from "./log-file.ts";

/** The segment to come, and the last segment while it is being rewritten. */
export const SPARE_NAME = "spare.tmp";
export const REWRITE_NAME = "rewrite.tmp";
export const TEMPORARY_NAMES: readonly string[] = [SPARE_NAME, REWRITE_NAME];

/** Small enough that an append beside it hardly waits, large enough to be quick. */
const CHUNK_BYTES = 512 * 1024;

/** A new file of `bytes` bytes that begins with `content` and goes on with zeros, durable. */
export async function makeSegmentFile(
  directory: LogDirectory,
  name: string,
  content: Uint8Array,
  bytes: number,
): Promise<LogFile> {
  const file = await directory.create(name);
  try {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, bytes));
    for (let at = 0; at < bytes; at += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, bytes - at));
      part.fill(0);
      part.set(content.subarray(at, at + part.length));
      await file.write(part, at);
    }
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
