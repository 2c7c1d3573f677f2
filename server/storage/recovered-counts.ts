/**
 * The counts of every namespace in every generation while the journal is replayed.
 *
 * Each is exact at a sequence of its own: an entry beyond it is counted, one that it covers is not.
 * So a count comes out right even where LevelDB lost some batches and kept later ones.
 */
import type { GenerationId } from "./generation.ts";

export interface RecoveredCount {
  readonly generation: GenerationId;
  readonly namespaceId: number;
  records: number;
  bytes: number;
  /** As LevelDB had it: exact up to this frame. 0 = LevelDB had none. */
  readonly sequence: number;
  /** An entry of the replay belongs to it: LevelDB has to be told. */
  touched: boolean;
}

export class RecoveredCounts {
  readonly #counts = new Map<GenerationId, Map<number, RecoveredCount>>();

  /** What LevelDB has. */
  set(
    generation: GenerationId,
    namespaceId: number,
    { records, bytes, sequence }: Pick<RecoveredCount, "records" | "bytes" | "sequence">,
  ): void {
    const count = { generation, namespaceId, records, bytes, sequence, touched: false };
    this.#of(generation).set(namespaceId, count);
  }

  /** An entry of the frame `sequence` changes what stands in the generation. */
  change(
    generation: GenerationId,
    namespaceId: number,
    sequence: number,
    records: number,
    bytes: number,
  ): void {
    const counts = this.#of(generation);
    let count = counts.get(namespaceId);
    if (count === undefined) {
      count = { generation, namespaceId, records: 0, bytes: 0, sequence: 0, touched: false };
      counts.set(namespaceId, count);
    }
    count.touched = true;
    if (sequence <= count.sequence) return;
    count.records += records;
    count.bytes += bytes;
  }

  *all(): IterableIterator<RecoveredCount> {
    for (const counts of this.#counts.values()) yield* counts.values();
  }

  #of(generation: GenerationId): Map<number, RecoveredCount> {
    let counts = this.#counts.get(generation);
    if (counts === undefined) {
      counts = new Map();
      this.#counts.set(generation, counts);
    }
    return counts;
  }
}
