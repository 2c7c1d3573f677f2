/**
 * A node, wired in reading order: directory, journal, clock, records, turns, calls. Taken apart in
 * the opposite one, so that nothing is closed under something that still uses it.
 *
 *   opening → serving → draining → closed
 */

import { performance } from "node:perf_hooks";
import { AdminHttp } from "./admin/admin-http.ts";
import { Certificates } from "./certificates.ts";
import { SYSTEM_TIME } from "./clock.ts";
import type { Config } from "./config.ts";
import { isLoopback } from "./config-refusals.ts";
import { ClaimdError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { keyForLog, type Log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { openCluster } from "./node-cluster.ts";
import { nodeStats } from "./node-stats.ts";
import { Opened, openStorage } from "./node-storage.ts";
import { Router } from "./routing/router.ts";
import type { NodeService } from "./rpc/node.ts";
import { RpcServer } from "./rpc/rpc-server.ts";
import { PossibleDoubles } from "./shard/doubles.ts";
import { Namespaces } from "./shard/namespaces.ts";
import { Operator } from "./shard/operator.ts";
import { defaultPolicy } from "./shard/policy-rules.ts";
import { Shard } from "./shard/shard.ts";
import type { Policy } from "./storage/policy.ts";
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
  if (!isLoopback(config.host)) {
    log.warn({ host: config.host }, "insecure: whoever reaches this address may do anything");
  }
  const storage = await openStorage({ config, log, onFatal, monotonicMs }, opened);
  const { journal, store, disk, clock, outage } = storage;
  const nowMs = (): number => clock.nowMs();
  const startedAtMs = nowMs();
  const keyName = (key: Uint8Array): string => keyForLog(key, config.logKeys);
  const metrics = new Metrics();
  // Before all that may wait: for etcd, for example.
  const admin = opened.use(new AdminHttp({ metrics, log }));
  const adminPort = await admin.listen(config.host, config.adminPort);

  const cluster = await openCluster(
    {
      ...{ config, storage, log, onFatal, monotonicMs },
      change: (stage) => shard.change(stage),
      namespace: (id) => local.byId(id),
    },
    opened,
  );
  const doubles = new PossibleDoubles();
  const shard = new Shard({
    store,
    journal,
    clock,
    monotonicMs,
    outage: cluster === undefined ? outage : undefined,
    leadership: cluster?.member,
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
    onReplicated: (heldMs) => {
      metrics.replicated(heldMs);
    },
    onFatal,
  });
  const autoCreate = config.autoCreateNamespaces ?? isLoopback(config.host);
  const made = autoCreate ? defaultPolicy : undefined;
  const local = new Namespaces({ store, shard, autoCreate: cluster ? undefined : made });
  const namespaces = cluster?.namespacesOver(local, made, opened) ?? local;
  for (const policy of options.namespaces) await createMissing(namespaces, policy);
  const operator = new Operator({
    store,
    namespaces: local,
    nowMs,
    outage,
    maxClockOffsetMs: cluster?.member.maxClockOffsetMs ?? 0,
    onDue: ({ name }, key, due) => {
      const fields = { namespace: name, key: keyName(key) };
      if (due === "heldExpired") log.warn(fields, "a held key was forgotten unresolved");
      else log.debug(fields, "a lease lapsed");
    },
  });

  let draining = false;
  let grpcAddress = "";
  const router = new Router(shard, { id: config.nodeId, address: () => grpcAddress });
  const sources = { config, ...storage, shard, namespaces: local, operator, startedAtMs, cluster };
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
    topology: () => cluster?.topology() ?? router.topology(),
    onTopologyChange: (listener) => cluster?.onTopologyChange(listener) ?? (() => undefined),
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
    // What it still leads it goes on to serve.
    await cluster?.leave();
    draining = true;
    rpc.endSessions();
    await shard.drain();
    await opened.close();
  }

  const grpcPort = await rpc.listen(config.host, config.grpcPort);
  grpcAddress = addressOf(config.host, grpcPort);
  const adminAddress = addressOf(config.host, adminPort);
  cluster?.register(grpcPort);
  admin.serves({
    ready: () => closed === undefined,
    drain: () => {
      void close();
    },
  });
  log.info({ grpcAddress, adminAddress, version: VERSION }, "serving");
  return { grpcAddress, adminAddress, close, [Symbol.asyncDispose]: close };
}

/** From the file: what exists is never changed. */
async function createMissing(
  namespaces: Pick<Namespaces, "get" | "put">,
  policy: Policy,
): Promise<void> {
  if (namespaces.get(policy.name) !== undefined) return;
  await namespaces.put(policy).catch((error: unknown) => {
    // Another node of the cluster was faster.
    if (!(error instanceof ClaimdError) || error.code !== "NAMESPACE_EXISTS") throw error;
  });
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
