/**
 * Partitions as a whole, of a member of a cluster: what stands in one is exported for another
 * store, replaced by what another store has exported, or erased, while turns go on.
 */
import {
  exportPartition,
  type PartitionExport,
  type PartitionExportParts,
} from "./partition-export.ts";
import {
  PartitionErasing,
  type PartitionErasingParts,
  type TurnChange,
} from "./partition-erasing.ts";
import { PartitionInstall, type PartitionInstallParts } from "./partition-install.ts";

export interface WholePartitionsParts
  extends PartitionErasingParts,
    PartitionExportParts,
    Omit<PartitionInstallParts, "erasing"> {}

export class WholePartitions {
  readonly #parts: WholePartitionsParts;
  readonly #erasing: PartitionErasing;

  constructor(parts: WholePartitionsParts) {
    this.#parts = parts;
    this.#erasing = new PartitionErasing(parts);
  }

  /** Turns are made from now on: what is void is erased by their way, in the background. */
  begin(change: TurnChange): void {
    this.#erasing.begin(change);
  }

  /** As `exportPartition` says. */
  export(partition: number, chunkBytes: number): Promise<PartitionExport> {
    return exportPartition(this.#parts, partition, chunkBytes);
  }

  /** As `PartitionInstall.begin` says. */
  install(partition: number, isWanted?: () => boolean): Promise<PartitionInstall> {
    const parts = { ...this.#parts, erasing: this.#erasing };
    return PartitionInstall.begin(parts, partition, isWanted);
  }

  /**
   * Resolves when nothing void stands in the partition: neither of a membership that is over nor of
   * an install that was not ended. A log may begin before; it is applied behind that.
   */
  erased(partition: number): Promise<void> {
    return this.#erasing.erased(partition);
  }

  wake(): void {
    this.#erasing.wake();
  }

  stop(): void {
    this.#erasing.stop();
  }

  idle(): Promise<void> {
    return this.#erasing.idle();
  }
}
