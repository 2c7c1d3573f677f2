/**
 * Opens LevelDB for this journal and brings it up to date; says what to do when that can't be.
 *
 * Must stay true: a LevelDB that is missing is made only where the journal reaches back to its
 * beginning. LevelDB itself would open empty where its CURRENT file is missing.
 */
import { ClaimdError } from "../errors.ts";
import type { LevelDatabase, LevelHandle } from "./level-database.ts";
import { codeOf, textOf } from "./record-reader.ts";
import {
  type RecoveredRecords,
  recoverRecords,
  type RecoveryOptions,
  refused,
} from "./recovery.ts";

export async function openRecords(
  database: LevelDatabase,
  options: Omit<RecoveryOptions, "handle">,
): Promise<{ readonly handle: LevelHandle; readonly recovered: RecoveredRecords }> {
  const handle = await openLevel(database, options);
  try {
    return { handle, recovered: await recoverRecords({ ...options, handle }) };
  } catch (error) {
    await handle.close().catch(() => undefined);
    if (error instanceof ClaimdError) throw error;
    throw explained(database.path, options, error);
  }
}

async function openLevel(
  database: LevelDatabase,
  options: Omit<RecoveryOptions, "handle">,
): Promise<LevelHandle> {
  try {
    return await database.open({ createIfMissing: options.journal.firstSequence === 1 });
  } catch (error) {
    throw explained(database.path, options, error);
  }
}

function explained(
  path: string,
  { journal }: Omit<RecoveryOptions, "handle">,
  cause: unknown,
): ClaimdError {
  const text = textOf(cause);
  if (codeOf(cause) === "LEVEL_LOCKED") {
    return new ClaimdError("DATA_DIRECTORY_IN_USE", `${path} is open elsewhere`, { cause });
  }
  const missing = /does not exist|No such file|missing files/i.test(text);
  if (codeOf(cause) === "LEVEL_CORRUPTION" || missing) return refused(path, text, journal, cause);
  return new ClaimdError("STORAGE_UNAVAILABLE", `${path} can't be opened: ${text}`, { cause });
}
