/**
 * A single node's data become a member's: what stands of each partition is its state under the join
 * with which the cluster is founded. One frame of the journal: all of them, or none.
 *
 * Must stay true: nothing is led or followed before.
 */
import { PARTITIONS } from "../../limits.ts";
import type { Journal } from "../../storage/journal.ts";
import { FrameBuilder } from "../../storage/journal-frame.ts";
import type { RecordStore } from "../../storage/record-store.ts";

/** Of the only replica in a first record (cluster-meta-founding.ts). */
const FOUNDING_JOIN = 1;

/** Resolves when it is durable. Partitions that are a member's already stay as they are. */
export async function adoptData(
  store: RecordStore,
  journal: Journal,
  nowMs: number,
): Promise<void> {
  const frame = new FrameBuilder();
  frame.reset(nowMs);
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const { join } = store.partitions.at(partition);
    if (join === 0) store.replicated.adopt(frame, partition, FOUNDING_JOIN);
  }
  if (frame.entries === 0) return;
  store.endTurn(journal.lastSequence + 1);
  store.durable(await journal.append(frame));
}
