/** What a record store is made of, wired in the order in which a write passes through it. */
import { LIMITS } from "../limits.ts";
import { Applier } from "./applier.ts";
import { Dropping } from "./dropping.ts";
import { FilterFiles, filtersPath, loadFilters } from "./filter-files.ts";
import type { GenerationId } from "./generation.ts";
import { Generations } from "./generations.ts";
import { JournalRetention } from "./journal-retention.ts";
import { Layers } from "./layers.ts";
import { levelDatabase } from "./level-database.ts";
import { openRecords } from "./open-records.ts";
import { Overlay } from "./overlay.ts";
import { PartitionStaging } from "./partition-staging.ts";
import type { PartitionStates } from "./partition-states.ts";
import { PendingWrites } from "./pending-writes.ts";
import type { StoredNamespace } from "./policy-format.ts";
import { RecordReader } from "./record-reader.ts";
import { RecordScan } from "./record-scan.ts";
import type { RecordStoreOptions } from "./record-store-options.ts";
import type { RecoveredRecords } from "./recovery.ts";
import { restorePending } from "./restored-pending.ts";
import { Staging } from "./staging.ts";
import { UnsettledIndex } from "./unsettled-index.ts";
import { WholePartitions } from "./whole-partitions.ts";

const MIB = 1024 * 1024;
/**
 * 32 MiB takes a tenth less of LevelDB's CPU, but the journal retains two of them: a start with 5
 * million keys then took four times as long, and 60 MB more memory.
 */
const DEFAULT_BUFFER_BYTES = 16 * MIB;
const DEFAULT_SEGMENT_BYTES = 16 * MIB;

export interface RecordParts {
  readonly namespaces: Map<number, StoredNamespace>;
  readonly nextNamespaceId: number;
  readonly partitions: PartitionStates;
  readonly unsettled: UnsettledIndex;
  readonly generations: Generations;
  readonly overlay: Overlay;
  readonly layers: Layers;
  readonly pending: PendingWrites | undefined;
  readonly staging: Staging;
  readonly applier: Applier;
  readonly reader: RecordReader;
  readonly dropping: Dropping;
  readonly scan: RecordScan;
  readonly filterFiles: FilterFiles;
  /** Resolves when LevelDB has everything staged so far. */
  readonly flush: () => Promise<void>;
  /** Of a member of a cluster. */
  readonly whole: WholePartitions | undefined;
}

/** Throws RECORDS_DAMAGED and what else opening LevelDB may bring. */
export async function openRecordParts(options: RecordStoreOptions): Promise<RecordParts> {
  const { path, journal, storeId, nowMs, log, onDamage, onProgress, outage } = options;
  const { writeBufferBytes = DEFAULT_BUFFER_BYTES, cacheBytes = DEFAULT_BUFFER_BYTES } = options;
  const { layerRecords = 4096, layerMs = 100, slackMs = 0, runKeys } = options;
  const { member = false, segmentBytes = DEFAULT_SEGMENT_BYTES } = options;
  const database = options.database ?? levelDatabase(path, { writeBufferBytes, cacheBytes });
  const generations = new Generations(slackMs, outage, runKeys);
  const recovery = {
    ...{ journal, storeId, path, member, certainBytes: segmentBytes },
    isOver: (generation: number) => generations.isOver(generation, nowMs()),
  };

  const { handle, recovered } = await openRecords(
    database,
    onProgress === undefined ? recovery : { ...recovery, onProgress },
  );
  const { namespaces, nextNamespaceId, partitions, counts, entries, sequence } = recovered;
  log.info({ entries, sequence }, "the journal is replayed");
  partitions.skipTokens(LIMITS.tokenSkip.start);
  const found = new Set([...counts.all()].map(({ generation }) => generation));
  const exists = (id: GenerationId) => found.has(id);
  const kept = await loadFilters({ path: filtersPath(path), handle, exists, log }).catch(
    async (error: unknown) => {
      await handle.close();
      throw error;
    },
  );
  generations.found(counts.all(), kept);

  const overlay = new Overlay();
  const unsettled = new UnsettledIndex(LIMITS.unsettledKeys.max);
  const retention = new JournalRetention(journal, 2 * writeBufferBytes + segmentBytes, log);
  const applier = new Applier({
    ...{ handle, overlay, onDamage, log },
    appliedSequence: sequence,
    sealOpenLayer: () => {
      layers.sealOpen();
    },
    reopen: async () => {
      const again = await openRecords(database, recovery);
      dropDeleted(again.recovered);
      return { handle: again.handle, sequence: again.recovered.sequence };
    },
    onApplied: (appliedSequence) => {
      retention.release(appliedSequence);
    },
  });
  const layers = new Layers({
    ...{ overlay, applier, partitions, layerRecords, layerMs },
    appliedSequence: sequence,
  });
  const pending = member ? new PendingWrites() : undefined;
  const stagingParts = { layers, pending, journal, generations, partitions, unsettled };
  const staging = new Staging(stagingParts);
  const reader = new RecordReader({ applier, generations, onDamage });
  const flush = (): Promise<void> => {
    layers.sealOpen();
    return applier.appliedAll();
  };
  let whole: WholePartitions | undefined;
  if (pending !== undefined) {
    const where = { pending, reader, generations, namespaces, nowMs };
    await restorePending(recovered.pending, where);
    const partitionStaging = new PartitionStaging(stagingParts);
    const others = { applier, overlay, journal, partitions, staging, partitionStaging, flush, log };
    whole = new WholePartitions({ ...where, ...others });
  }
  const filterFiles = new FilterFiles({ path: filtersPath(path), applier, generations, log }, kept);
  const dropping = new Dropping({ applier, log, flush });
  const scan = new RecordScan({
    ...{ database, applier, reader, overlay, generations, namespaces, unsettled },
    ...{ nowMs, onDamage, log },
    drop: (strays) => {
      dropping.add(strays);
    },
  });

  /** A replay may have brought back records of a namespace that it then found deleted. */
  function dropDeleted({ counts: found }: RecoveredRecords): void {
    const deleted = [...found.all()].filter((each) => !namespaces.has(each.namespaceId));
    for (const { namespaceId } of deleted) generations.retireNamespace(namespaceId);
    dropping.add(deleted.map((each) => ({ ...each, generation: { id: each.generation } })));
  }

  dropDeleted(recovered);
  return {
    ...{ namespaces, nextNamespaceId, partitions, unsettled, generations },
    ...{ overlay, layers, pending, staging, applier, reader, dropping, scan, filterFiles },
    ...{ flush, whole },
  };
}
