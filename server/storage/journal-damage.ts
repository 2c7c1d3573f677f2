/** What a damaged journal says: which file, which byte, what is wrong, and what to do about it. */
import { ClaimdError } from "../errors.ts";
import type { LogDirectory } from "./log-file.ts";

const ADVICE =
  "Nothing was changed. Valid data may lie behind it, so starting would lose answered claims: " +
  "restore the data directory from a backup, or, in a cluster, move it away and let the node " +
  "come back as a new store.";

export function journalDamage(
  directory: LogDirectory,
  name: string,
  offset: number,
  what: string,
  cause?: unknown,
): ClaimdError {
  const where = `${directory.path}/${name} at byte ${offset}`;
  return new ClaimdError("JOURNAL_DAMAGED", `journal damaged: ${where}: ${what}. ${ADVICE}`, {
    cause,
  });
}
