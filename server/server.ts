/**
 * A node, wired in reading order: directory, journal, clock, records, turns, calls. Taken apart in
 * the opposite one, so that nothing is closed under something that still uses it.
 *
 *   opening → serving → draining → closed
 */

import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import { AdminHttp } from "./admin/admin-http.ts";
import { Certificates } from "./certificates.ts";
import { NodeClock, SYSTEM_TIME } from "./clock.ts";
import { type Config, isLoopback } from "./config.ts";
import { LIMITS } from "./limits.ts";
import { keyForLog, type Log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { nodeStats } from "./node-stats.ts";
import { Router } from "./routing/router.ts";
import type { NodeService } from "./rpc/node.ts";
import { RpcServer } from "./rpc/rpc-server.ts";
import { PossibleDoubles } from "./shard/doubles.ts";
import { Namespaces } from "./shard/namespaces.ts";
import { Operator } from "./shard/operator.ts";
import { defaultPolicy } from "./shard/policy-rules.ts";
import { Shard } from "./shard/shard.ts";
import { DataDirectory } from "./storage/data-directory.ts";
import { DiskSpace, diskSizeOf } from "./storage/disk-space.ts";
import { Journal } from "./storage/journal.ts";
import { logDirectoryOnDisk } from "./storage/log-file-on-disk.ts";
import { resumeServing } from "./storage/outage.ts";
import type { Policy } from "./storage/policy.ts";
import { RecordStore } from "./storage/record-store.ts";
import { VERSION } from "./version.ts";

const SWEEP_EVERY_MS = 1000;
/** So that a start knows to a minute how long nobody served. */
const STAMP_EVERY_MS = 60_000;

export interface ServerOptions {
  readonly config: Config;
  /** Made when missing, never changed. */
  readonly namespaces: readonly Policy[];
  readonly log: Log;
  /** Truth may be lost: the process must end now, and comes back by replay. */
  readonly onFatal: (error: unknown) => void;
}

export interface ClaimdServer extends AsyncDisposable {
  /** host:port of gRPC. */
  readonly grpcAddress: string;
  /** host:port of metrics and health. */
  readonly adminAddress: string;
  /**
   * Drains: readiness off, new commands refused, work in hand answered, sessions ended, journal
   * and records closed. Idempotent; takes at most some seconds.
   */
  close(): Promise<void>;
}

const monotonicMs = (): number => performance.now();

/** What has been opened, to be closed in the opposite order. */
class Opened {
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

/** Rejects when the node can't serve; nothing is left open then. */
export async function startServer(options: ServerOptions): Promise<ClaimdServer> {
  const opened = new Opened();
  try {
    return await open(options, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function open(options: ServerOptions, opened: Opened): Promise<ClaimdServer> {
  const { config, log, onFatal } = options;
  const certificates = await openCertificates(options, opened);
  const storage = await openStorage(options, opened);
  const { journal, store, disk, clock, outage } = storage;
  const nowMs = (): number => clock.nowMs();
  const startedAtMs = nowMs();
  const keyName = (key: Uint8Array): string => keyForLog(key, config.logKeys);
  const metrics = new Metrics();

  const doubles = new PossibleDoubles();
  const shard = new Shard({
    store,
    journal,
    clock,
    monotonicMs,
    outage,
    conditions: {
      diskLow: () => disk.low || !journal.hasRoomFor(LIMITS.turnBytes.max),
      hasRoomFor: (bytes) => journal.hasRoomFor(bytes),
      pressure: () => store.pressure,
      stored: (namespaceId) => store.counts(namespaceId),
    },
    onDouble: (double) => {
      doubles.add(double);
      const { namespace, key, command, attempt } = double;
      const fields = { namespace, key: keyName(key), command, attempt };
      log.warn(fields, "possible double execution: a stale owner settled");
    },
    onTurn: (times) => {
      metrics.turn(times);
    },
    onFatal,
  });
  const autoCreate = config.autoCreateNamespaces ?? isLoopback(config.host);
  const namespaces = new Namespaces({
    store,
    shard,
    autoCreate: autoCreate ? defaultPolicy : undefined,
  });
  for (const policy of options.namespaces) {
    if (namespaces.get(policy.name) === undefined) await namespaces.put(policy);
  }
  const operator = new Operator({
    store,
    namespaces,
    nowMs,
    outage,
    onDue: ({ name }, key, due) => {
      const fields = { namespace: name, key: keyName(key) };
      if (due === "heldExpired") log.warn(fields, "a held key was forgotten unresolved");
      else log.debug(fields, "a lease lapsed");
    },
  });

  let draining = false;
  let grpcAddress = "";
  const router = new Router(shard, { id: config.nodeId, address: () => grpcAddress });
  const sources = { config, ...storage, shard, namespaces, operator, startedAtMs };
  const node: NodeService = {
    namespaces,
    submit: (submission) => {
      router.submit(submission);
    },
    cancel: (asker, index) => {
      router.cancel(asker, index);
    },
    listRecords: (query) => operator.listRecords(query),
    doubles: () => doubles.list(nowMs()),
    stats: () => nodeStats(sources),
    acceptClock: () => clock.accept(),
    get draining() {
      return draining;
    },
    topology: () => router.topology(),
  };

  const rpc = new RpcServer({
    node,
    metrics,
    log,
    monotonicMs,
    wallClockMs: () => SYSTEM_TIME.wallMs(),
    logKeys: config.logKeys,
    ...(certificates === undefined ? {} : { credentials: certificates.credentials }),
  });
  opened.use(rpc);
  metrics.bind({
    stats: () => node.stats(),
    counts: () => namespaces.list(),
    sessions: () => rpc.sessions,
    insecure: !isLoopback(config.host),
  });
  const timers = [
    setInterval(() => {
      operator.sweep();
    }, SWEEP_EVERY_MS),
    setInterval(() => {
      void shard.stamp().catch(() => undefined); // Draining: the drain writes a stamp of its own.
    }, STAMP_EVERY_MS),
  ];
  opened.onClose(() => {
    for (const timer of timers) clearInterval(timer);
  });

  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= stop();
    return closed;
  };
  async function stop(): Promise<void> {
    draining = true;
    rpc.endSessions();
    await shard.drain();
    await opened.close();
  }

  const admin = opened.use(
    new AdminHttp({
      metrics,
      log,
      ready: () => !draining,
      drain: () => {
        void close();
      },
    }),
  );
  const adminPort = await admin.listen(config.host, config.adminPort);
  const grpcPort = await rpc.listen(config.host, config.grpcPort);
  grpcAddress = addressOf(config.host, grpcPort);
  const adminAddress = addressOf(config.host, adminPort);
  log.info({ grpcAddress, adminAddress, version: VERSION }, "serving");
  return { grpcAddress, adminAddress, close, [Symbol.asyncDispose]: close };
}

function addressOf(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Before anything else: a mistake in a path is told at once. */
async function openCertificates({ config, log }: ServerOptions, opened: Opened) {
  const { tlsCert, tlsKey } = config;
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return opened.use(await Certificates.open({ certFile: tlsCert, keyFile: tlsKey }, log));
}

/** Directory, journal, clock and records; in this order, because each needs the one before. */
async function openStorage({ config, log, onFatal }: ServerOptions, opened: Opened) {
  if (!isLoopback(config.host)) {
    log.warn({ host: config.host }, "insecure: whoever reaches this address may do anything");
  }
  const directory = opened.use(
    await DataDirectory.open({ path: config.dataDir, mode: "single", random: randomBytes }),
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
    }),
  );
  return { journal, disk, clock, outage, store };
}
