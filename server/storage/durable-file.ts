/** A small file that is written whole: it takes its name when it is durable, or not at all. */

import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "./log-file-on-disk.ts";

export async function writeDurably(
  directory: string,
  name: string,
  content: string | Uint8Array,
): Promise<void> {
  const temporary = join(directory, `${name}.tmp`);
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(directory, name));
  await syncDirectory(directory);
}
