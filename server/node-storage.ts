/** What a node keeps on disk, opened in the order in which each part needs the one before. */
import { randomBytes } from "node:crypto";
import { NodeClock, SYSTEM_TIME } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import { DataDirectory } from "./storage/data-directory.ts";
import { DiskSpace, diskSizeOf } from "./storage/disk-space.ts";
import { Journal } from "./storage/journal.ts";
import { logDirectoryOnDisk } from "./storage/log-file-on-disk.ts";
import { resumeServing } from "./storage/outage.ts";
import { RecordStore } from "./storage/record-store.ts";

/** What has been opened, to be closed in the opposite order. */
export class Opened {
  readonly #closers: (() => unknown)[] = [];

  use<T extends { close(): unknown }>(part: T): T {
    this.#closers.push(() => part.close());
    return part;
  }

  onClose(closer: () => unknown): void {
    this.#closers.push(closer);
  }

  async close(): Promise<void> {
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) {
      await closer();
    }
  }
}

/** Leases get a grace after a fail-over: what they rest on is not dropped before. */
const KEPT_FOR_GRACE_MS = 60_000;

export interface NodeStorageOptions {
  readonly config: Config;
  readonly log: Log;
  readonly onFatal: (error: unknown) => void;
  readonly monotonicMs: () => number;
}

/** Directory, journal, clock and records; in this order, because each needs the one before. */
export async function openStorage(options: NodeStorageOptions, opened: Opened) {
  const { config, log, onFatal, monotonicMs } = options;
  const { cluster } = config;
  const mode = cluster === undefined ? "single" : (`cluster:${cluster}` as const);
  const directory = opened.use(
    await DataDirectory.open({
      ...{ path: config.dataDir, mode, random: randomBytes },
      orSingle: cluster !== undefined && config.bringData,
    }),
  );
  const disk = opened.use(
    await DiskSpace.watch(
      { minFreeShare: config.minFreePercent / 100, minFreeBytes: config.minFreeBytes },
      () => diskSizeOf(directory.path),
      log,
    ),
  );
  const { storeId } = directory;
  const journal = opened.use(
    await Journal.open({
      directory: logDirectoryOnDisk(directory.journalPath, monotonicMs),
      storeId,
      random: randomBytes,
      log,
    }),
  );
  const { lastSequence, lastStampMs } = journal.recovered;
  const clock = new NodeClock(SYSTEM_TIME, {
    floorMs: lastStampMs,
    acceptAtStart: config.acceptClock,
    onAlarm: (alarm) => {
      if (alarm === undefined) log.warn("the wall clock agrees with the node's time again");
      else log.error({ alarm }, "the wall clock is not followed: see AcceptClock");
    },
  });
  const resumedAtMs = clock.nowMs();
  const outage =
    lastSequence === 0
      ? undefined
      : await resumeServing(directory.path, { stoppedAtMs: lastStampMs, resumedAtMs }, log);
  if (outage !== undefined) log.info({ outage, gapMs: resumedAtMs - lastStampMs }, "resuming");
  const store = opened.use(
    await RecordStore.open({
      path: directory.recordsPath,
      journal,
      storeId,
      nowMs: () => clock.nowMs(),
      outage,
      log,
      onDamage: onFatal,
      member: cluster !== undefined,
      slackMs: cluster === undefined ? 0 : config.maxClockOffsetMs + KEPT_FOR_GRACE_MS,
    }),
  );
  return { directory, journal, disk, clock, outage, store };
}

export type NodeStorage = Awaited<ReturnType<typeof openStorage>>;
