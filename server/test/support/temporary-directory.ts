/**
 * Folders of a test's own, below the system's temporary one, removed when the test worker is done
 * with them.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made = new Set<string>();

export function temporaryDirectory(name = "claimd"): string {
  const path = mkdtempSync(join(tmpdir(), `${name}-`));
  made.add(path);
  return path;
}

export function removeTemporaryDirectories(): void {
  for (const path of made) rmSync(path, { recursive: true, force: true });
  made.clear();
}
