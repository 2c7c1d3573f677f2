/**
 * Exclusive use of a data directory, as long as this process lives and no longer.
 *
 * Node can neither flock nor fcntl; LevelDB can. So an empty LevelDB is kept open in `in-use/` only
 * for the lock on its LOCK file: the system drops it with the process, however that ends, and
 * nothing stale is left behind for an operator to remove.
 *
 * Never holds data: whatever a crash made of it is thrown away, except the LOCK file, which may be
 * another process's claim on the directory.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { ClaimdError } from "../errors.ts";

export class DataDirectoryUse {
  readonly #level: ClassicLevel;

  private constructor(level: ClassicLevel) {
    this.#level = level;
  }

  /** Throws DATA_DIRECTORY_IN_USE when another process, or this one, has it. */
  static async take(path: string): Promise<DataDirectoryUse> {
    try {
      return new DataDirectoryUse(await openLevel(path));
    } catch (error) {
      if (isHeld(error)) throw inUse(path, error);
      await removeAllButLock(path);
    }
    try {
      return new DataDirectoryUse(await openLevel(path));
    } catch (error) {
      throw isHeld(error) ? inUse(path, error) : error;
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#level.close();
  }
}

async function openLevel(path: string): Promise<ClassicLevel> {
  const level = new ClassicLevel(path);
  await level.open();
  return level;
}

function isHeld(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && cause.code === "LEVEL_LOCKED";
}

function inUse(path: string, cause: unknown): ClaimdError {
  const what = `another claimd is using this data directory (it holds ${join(path, "LOCK")})`;
  return new ClaimdError("DATA_DIRECTORY_IN_USE", what, { cause });
}

async function removeAllButLock(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (name !== "LOCK") await rm(join(path, name), { recursive: true, force: true });
  }
}
