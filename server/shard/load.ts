/**
 * What LevelDB has of a turn's keys, where neither overlay nor filters can answer.
 *
 * Bounded in time: while LevelDB is being opened again a read waits for it, and nobody should wait
 * for a disk that does not come back.
 */

import { ClaimdError } from "../errors.ts";
import type { RecordStore, StoredRecord } from "../storage/record-store.ts";
import type { Waiting } from "./waiting.ts";

/** Longer than opening LevelDB again takes, shorter than callers wait. */
const LOAD_MS = 5000;

const NOTHING: ReadonlyMap<string, StoredRecord> = new Map();

/** Rejects with STORAGE_UNAVAILABLE when LevelDB is away for too long. */
export async function loadRecords(
  store: RecordStore,
  waiting: readonly Waiting[],
  nowMs: number,
): Promise<ReadonlyMap<string, StoredRecord>> {
  const asked = new Map<string, Waiting>();
  for (const each of waiting) {
    const whereabouts = store.whereabouts(each, nowMs);
    each.isNew = whereabouts === "new";
    if (whereabouts === "stored") asked.set(each.id, each);
  }
  if (asked.size === 0) return NOTHING;
  const refs = [...asked.values()];
  const found = await inTime(store.read(refs, nowMs));
  const loaded = new Map<string, StoredRecord>();
  refs.forEach((ref, at) => {
    const stored = found[at];
    if (stored !== undefined) loaded.set(ref.id, stored);
  });
  return loaded;
}

/** As `work` ends, or STORAGE_UNAVAILABLE. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ClaimdError("STORAGE_UNAVAILABLE", `no records for ${LOAD_MS} ms`));
    }, LOAD_MS);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
