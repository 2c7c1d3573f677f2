/**
 * What claimd counts of itself, in Prometheus' text form; the names stand in metric-table.ts.
 *
 * Hot counters are plain numbers elsewhere (`Namespace.counts`) and read when somebody asks. Never
 * a key, token or claim id as a label; namespaces beyond the first MAX_NAMESPACES share one label,
 * so that the number of series is bounded.
 */
import { performance } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ClusterStats } from "./stats.ts";
import { assert } from "./errors.ts";
import { LoopStalls } from "./loop-stalls.ts";
import { METRICS, type MetricName, type MetricSpec } from "./metric-table.ts";
import type { NodeStats } from "./stats.ts";

export interface NamespaceCountsSample {
  readonly claims: Readonly<Record<string, number>>;
  readonly settles: Readonly<Record<string, number>>;
  readonly shadowed: number;
  readonly late: number;
  readonly reclaimed: number;
  readonly possibleDoubles: number;
  readonly lapses: number;
  readonly heldExpired: number;
  readonly overQuota: number;
}

export interface MetricSources {
  readonly stats: () => NodeStats;
  readonly counts: () => Iterable<{
    readonly name: string;
    readonly counts: NamespaceCountsSample;
  }>;
  readonly sessions: () => number;
  /** Serves on more than loopback without authentication. */
  readonly insecure: boolean;
}

export interface TurnSample {
  readonly commands: number;
  readonly loadMs: number;
  readonly decideMs: number;
  readonly journalMs: number;
}

type Labels = Record<string, string>;

/** Namespaces with a label of their own; 16 series each. */
export const MAX_NAMESPACES = 200;
const OVERFLOW = "other";
const NAMESPACE = "claim_namespace";
const NAMESPACE_METRICS = (Object.keys(METRICS) as MetricName[]).filter((name) =>
  METRICS[name].labels.includes(NAMESPACE),
);

/** Of the process, as the loop is: one for all nodes in it. */
const loopStalls = new LoopStalls();

export class Metrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #registry = new Registry();
  readonly #counters = new Map<MetricName, Counter>();
  readonly #gauges = new Map<MetricName, Gauge>();
  readonly #histograms = new Map<MetricName, Histogram>();
  /** Names with a label of their own: they keep it, so that a counter never moves to another. */
  readonly #labelled = new Set<string>();
  /** Bound to their label once: they are told every turn. */
  readonly #loadSeconds: Histogram.Internal<string>;
  readonly #decideSeconds: Histogram.Internal<string>;
  readonly #journalSeconds: Histogram.Internal<string>;
  readonly #replicateSeconds: Histogram.Internal<string>;
  #sources: MetricSources | undefined;
  #utilization = performance.eventLoopUtilization();

  constructor() {
    for (const [name, spec] of Object.entries(METRICS) as [MetricName, MetricSpec][]) {
      const { help, labels } = spec;
      const config = { name, help, labelNames: [...labels], registers: [this.#registry] };
      if (spec.type === "histogram") {
        const buckets = [...spec.buckets];
        this.#histograms.set(name, new Histogram({ ...config, buckets }));
      } else if (spec.type === "counter") this.#counters.set(name, new Counter(config));
      else this.#gauges.set(name, new Gauge(config));
    }
    this.#loadSeconds = this.#stepSeconds("load");
    this.#decideSeconds = this.#stepSeconds("decide");
    this.#journalSeconds = this.#stepSeconds("journal");
    this.#replicateSeconds = this.#stepSeconds("replicate");
  }

  #stepSeconds(step: string): Histogram.Internal<string> {
    return this.#histogram("claimd_turn_seconds").labels(step);
  }

  /** From now on the node's own numbers are told too. */
  bind(sources: MetricSources): void {
    this.#sources = sources;
    loopStalls.begin();
  }

  turn({ commands, loadMs, decideMs, journalMs }: TurnSample): void {
    this.#loadSeconds.observe(loadMs / 1000);
    this.#decideSeconds.observe(decideMs / 1000);
    this.#journalSeconds.observe(journalMs / 1000);
    this.#histogram("claimd_turn_commands").observe(commands);
  }

  /** A member's turn: from durable here to its last answer, `heldMs` in all. */
  replicated(heldMs: number): void {
    this.#replicateSeconds.observe(heldMs / 1000);
  }

  /** A call has ended. `code` in Go's spelling, as existing dashboards expect it. */
  rpcHandled(service: string, method: string, code: string, seconds: number): void {
    const names = { grpc_service: service, grpc_method: method };
    this.#counter("grpc_server_handled_total").inc({ ...names, grpc_code: code });
    this.#histogram("grpc_server_handling_seconds").observe(names, seconds);
  }

  async text(): Promise<string> {
    this.#readProcess();
    if (this.#sources !== undefined) {
      const stats = this.#sources.stats();
      this.#readNode(stats, this.#sources);
      this.#readNamespaces(stats, this.#sources);
      if (stats.cluster !== undefined) this.#readCluster(stats.cluster);
    }
    return this.#registry.metrics();
  }

  #readProcess(): void {
    const { user, system } = process.cpuUsage();
    this.#total("process_cpu_seconds_total", (user + system) / 1e6);
    const memory = process.memoryUsage();
    this.#set("process_resident_memory_bytes", memory.rss);
    this.#set("nodejs_heap_size_used_bytes", memory.heapUsed);
    this.#set("nodejs_external_memory_bytes", memory.external);
    const utilization = performance.eventLoopUtilization();
    const since = performance.eventLoopUtilization(utilization, this.#utilization);
    this.#utilization = utilization;
    this.#set("claimd_event_loop_utilization_ratio", since.utilization);
    this.#set("claimd_event_loop_stall_seconds", loopStalls.takeLongestMs() / 1000);
  }

  #readNode(stats: NodeStats, { sessions, insecure }: MetricSources): void {
    const { storage, clock } = stats;
    this.#set("claimd_build_info", 1, { version: stats.version, node_id: stats.nodeId });
    this.#set("claimd_insecure", Number(insecure));
    this.#set("claimd_waiting_commands", stats.waitingCommands);
    this.#set("claimd_parked_claims", stats.parkedClaims);
    this.#set("claimd_sessions", sessions());
    this.#set("claimd_journal_bytes", storage.journalBytes);
    this.#set("claimd_journal_lag_frames", storage.journalSequence - storage.appliedSequence);
    this.#set("claimd_overlay_records", storage.overlayRecords);
    for (const [level, files] of storage.levelFiles.entries()) {
      this.#set("claimd_leveldb_files", files, { level: String(level) });
    }
    this.#set("claimd_generations", storage.generations);
    this.#total("claimd_generations_dropped_total", storage.generationsDropped);
    this.#set("claimd_generations_dropping", storage.generationsDropping);
    this.#set("claimd_rebuilding", Number(storage.rebuilding));
    this.#set("claimd_disk_free_bytes", storage.diskFreeBytes);
    this.#set("claimd_grants_refused", Number(storage.grantsRefused));
    this.#set("claimd_clock_offset_seconds", clock.offsetMs / 1000);
    this.#set("claimd_clock_alarm", Number(clock.alarm));
  }

  #readCluster(cluster: ClusterStats): void {
    for (const [role, partitions] of Object.entries(cluster.roles)) {
      this.#set("claimd_partitions", partitions, { role: role.toLowerCase() });
    }
    this.#set("claimd_partitions_under_replicated", cluster.underReplicated);
    this.#set("claimd_partitions_moving", cluster.moving);
    this.#set("claimd_replication_lag_entries", cluster.lagEntries);
    this.#total("claimd_epochs_begun_total", cluster.epochsBegun);
    this.#total("claimd_epochs_ended_total", cluster.epochsEnded);
    const snapshots = this.#counter("claimd_snapshots_total");
    snapshots.reset();
    snapshots.inc({ direction: "sent" }, cluster.snapshotsSent);
    snapshots.inc({ direction: "taken" }, cluster.snapshotsTaken);
    const dropped = this.#counter("claimd_peer_dropped_messages_total");
    dropped.reset();
    this.#gauge("claimd_peer_connected").reset();
    for (const { node, connected, droppedMessages } of cluster.peers) {
      // A store that is gone for good has no node, and no series.
      if (node === undefined) continue;
      this.#set("claimd_peer_connected", Number(connected), { peer: node });
      dropped.inc({ peer: node }, droppedMessages);
    }
  }

  #readNamespaces(stats: NodeStats, sources: MetricSources): void {
    for (const name of NAMESPACE_METRICS) {
      this.#counters.get(name)?.reset();
      this.#gauges.get(name)?.reset();
    }
    const labels = this.#labels(stats.namespaces.map(({ name }) => name));
    for (const { name, counts } of sources.counts()) {
      this.#readCounts(counts, labels.get(name) ?? { [NAMESPACE]: OVERFLOW });
    }
    let oldestMs: number | undefined;
    for (const { name, records, bytes, unsettled } of stats.namespaces) {
      const label = labels.get(name) ?? { [NAMESPACE]: OVERFLOW };
      this.#gauge("claimd_records").inc(label, records);
      this.#gauge("claimd_record_bytes").inc(label, bytes);
      if (unsettled === undefined) continue;
      this.#gauge("claimd_inflight_leases").inc(label, unsettled.leases);
      this.#gauge("claimd_held").inc(label, unsettled.held);
      this.#gauge("claimd_exhausted_keys").inc(label, unsettled.exhausted);
      oldestMs = Math.max(oldestMs ?? 0, unsettled.oldestLeaseMs);
    }
    // Absent, not 0, while nobody knows.
    if (oldestMs === undefined) this.#gauge("claimd_oldest_lease_seconds").remove({});
    else this.#set("claimd_oldest_lease_seconds", oldestMs / 1000);
  }

  #readCounts(counts: NamespaceCountsSample, label: Labels): void {
    for (const [status, count] of Object.entries(counts.claims)) {
      this.#counter("claimd_claims_total").inc({ ...label, status }, count);
    }
    for (const [status, count] of Object.entries(counts.settles)) {
      this.#counter("claimd_settles_total").inc({ ...label, status }, count);
    }
    this.#counter("claimd_shadowed_claims_total").inc(label, counts.shadowed);
    this.#counter("claimd_late_completions_total").inc(label, counts.late);
    this.#counter("claimd_reclaimed_claims_total").inc(label, counts.reclaimed);
    this.#counter("claimd_lease_lapses_total").inc(label, counts.lapses);
    this.#counter("claimd_possible_double_executions_total").inc(label, counts.possibleDoubles);
    this.#counter("claimd_exhausted_total").inc(label, counts.claims["EXHAUSTED"] ?? 0);
    this.#counter("claimd_held_expired_total").inc(label, counts.heldExpired);
    this.#counter("claimd_quota_refusals_total").inc(label, counts.overQuota);
  }

  /** The label of each namespace that has one of its own. */
  #labels(names: readonly string[]): ReadonlyMap<string, Labels> {
    const existing = new Set(names);
    for (const name of this.#labelled) if (!existing.has(name)) this.#labelled.delete(name);
    for (const name of names) {
      if (this.#labelled.size >= MAX_NAMESPACES) break;
      this.#labelled.add(name);
    }
    return new Map([...this.#labelled].map((name) => [name, { [NAMESPACE]: name }]));
  }

  #set(name: MetricName, value: number, labels: Labels = {}): void {
    this.#gauge(name).set(labels, value);
  }

  /** A counter whose value is kept elsewhere. */
  #total(name: MetricName, value: number): void {
    const metric = this.#counter(name);
    metric.reset();
    metric.inc(value);
  }

  #counter(name: MetricName): Counter {
    const metric = this.#counters.get(name);
    assert(metric !== undefined, `${name} is a counter`);
    return metric;
  }

  #gauge(name: MetricName): Gauge {
    const metric = this.#gauges.get(name);
    assert(metric !== undefined, `${name} is a gauge`);
    return metric;
  }

  #histogram(name: MetricName): Histogram {
    const metric = this.#histograms.get(name);
    assert(metric !== undefined, `${name} is a histogram`);
    return metric;
  }
}
