/**
 * Whether the disk has room for more keys: low when less is free than a share of the disk or a
 * fixed reserve. What is left then belongs to settles and to LevelDB's own compaction.
 *
 * Never flutters: once low, it takes a quarter more than the bound to be enough again. When the
 * disk can't be asked, the last answer holds.
 */
import { statfs } from "node:fs/promises";

export interface DiskSpaceSettings {
  /** Part of the disk, 0 to 1. */
  readonly minFreeShare: number;
  readonly minFreeBytes: number;
}

export interface DiskSize {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface DiskSpaceLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

const LOOK_EVERY_MS = 1000;
/** How much more than the bound is enough again. */
const RECOVERED = 1.25;

export async function diskSizeOf(path: string): Promise<DiskSize> {
  const { bavail, blocks, bsize } = await statfs(path);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

export class DiskSpace {
  readonly #settings: DiskSpaceSettings;
  readonly #ask: () => Promise<DiskSize>;
  readonly #log: DiskSpaceLog;
  #low = false;
  #size: DiskSize = { freeBytes: 0, totalBytes: 0 };
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    settings: DiskSpaceSettings,
    ask: () => Promise<DiskSize>,
    log: DiskSpaceLog,
  ) {
    this.#settings = settings;
    this.#ask = ask;
    this.#log = log;
  }

  /** Looks once, then every second until it is closed. Rejects when it can't look at all. */
  static async watch(
    settings: DiskSpaceSettings,
    ask: () => Promise<DiskSize>,
    log: DiskSpaceLog,
  ): Promise<DiskSpace> {
    const space = new DiskSpace(settings, ask, log);
    space.#take(await ask());
    space.#lookLater();
    return space;
  }

  get low(): boolean {
    return this.#low;
  }

  get freeBytes(): number {
    return this.#size.freeBytes;
  }

  /** Looks now. */
  async look(): Promise<void> {
    try {
      this.#take(await this.#ask());
    } catch (error) {
      this.#log.warn({ error }, "the free space on the disk can't be read");
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #lookLater(): void {
    const timer = setTimeout(() => {
      void this.look().then(() => {
        if (this.#timer === timer) this.#lookLater();
      });
    }, LOOK_EVERY_MS);
    timer.unref();
    this.#timer = timer;
  }

  #take(size: DiskSize): void {
    const { minFreeShare, minFreeBytes } = this.#settings;
    const least = Math.max(minFreeBytes, size.totalBytes * minFreeShare);
    const low = size.freeBytes < (this.#low ? least * RECOVERED : least);
    this.#size = size;
    if (low === this.#low) return;
    this.#low = low;
    const details = { freeBytes: size.freeBytes, leastBytes: least };
    if (low) this.#log.warn(details, "the disk is nearly full: nothing new is granted");
    else this.#log.info(details, "the disk has room again: keys are granted");
  }
}
