/** How much of the disk a folder takes: blocks that are allocated, not the lengths of files. */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

const BLOCK_BYTES = 512;

/** A file that goes while it is looked at counts as gone: stores remove theirs at any time. */
export function diskBytes(path: string): number {
  try {
    const found = lstatSync(path);
    const own = found.blocks * BLOCK_BYTES;
    if (!found.isDirectory()) return own;
    return readdirSync(path).reduce((sum, name) => sum + diskBytes(join(path, name)), own);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
