/**
 * Every metric of claimd: name, type, help and labels. A metric that is not here does not exist.
 *
 * The unit is the end of the name: seconds, bytes, ratio, or a number of what is named. The label
 * of a namespace is `claim_namespace`: `namespace` is what Prometheus on Kubernetes calls its own.
 */

export type MetricSpec =
  | {
      readonly type: "counter" | "gauge";
      readonly help: string;
      readonly labels: readonly string[];
    }
  | {
      readonly type: "histogram";
      readonly help: string;
      readonly labels: readonly string[];
      readonly buckets: readonly number[];
    };

const NAMESPACE = "claim_namespace";
const BY_NAMESPACE = [NAMESPACE] as const;
const RPC = ["grpc_service", "grpc_method", "grpc_code"] as const;
/** 0.1 ms to 10 s. */
const SECONDS = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
] as const;
const COMMANDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096] as const;

const counter = (help: string, labels: readonly string[] = []) =>
  ({ type: "counter", help, labels }) as const;
const gauge = (help: string, labels: readonly string[] = []) =>
  ({ type: "gauge", help, labels }) as const;
const histogram = (help: string, buckets: readonly number[], labels: readonly string[] = []) =>
  ({ type: "histogram", help, buckets, labels }) as const;

export const METRICS = {
  claimd_claims_total: counter("Claims as decided, by status.", [NAMESPACE, "status"]),
  claimd_settles_total: counter("Complete, Fail and Resolve, by status.", [NAMESPACE, "status"]),
  claimd_shadowed_claims_total: counter("Duplicates granted by observe mode.", BY_NAMESPACE),
  claimd_late_completions_total: counter("Settled after the lease was over.", BY_NAMESPACE),
  claimd_reclaimed_claims_total: counter("Grants that took a lapsed claim over.", BY_NAMESPACE),
  claimd_lease_lapses_total: counter("Leases that ended without a settlement.", BY_NAMESPACE),
  claimd_possible_double_executions_total: counter(
    "Stale owners that tried to settle a key granted again: both may have run.",
    BY_NAMESPACE,
  ),
  claimd_exhausted_total: counter("Claims answered EXHAUSTED.", BY_NAMESPACE),
  claimd_held_expired_total: counter("HELD keys forgotten unresolved.", BY_NAMESPACE),
  claimd_quota_refusals_total: counter("Claims refused by quota.", BY_NAMESPACE),
  claimd_records: gauge("Stored records, expired ones of live slices included.", BY_NAMESPACE),
  claimd_record_bytes: gauge("Bytes of stored records.", BY_NAMESPACE),
  claimd_inflight_leases: gauge("Keys being worked on.", BY_NAMESPACE),
  claimd_held: gauge("Keys whose outcome nobody knows.", BY_NAMESPACE),
  claimd_exhausted_keys: gauge("Keys whose attempts are used up.", BY_NAMESPACE),
  claimd_oldest_lease_seconds: gauge("Age of the oldest running claim."),
  claimd_turn_seconds: histogram("How long a step of a turn took.", SECONDS, ["step"]),
  claimd_turn_commands: histogram("Commands decided in one turn.", COMMANDS),
  claimd_waiting_commands: gauge("Commands that wait for a turn."),
  claimd_parked_claims: gauge("Claims that wait for a running key."),
  claimd_sessions: gauge("Open sessions."),
  claimd_journal_bytes: gauge("Bytes of the retained journal."),
  claimd_journal_lag_frames: gauge("Journal frames not yet applied to LevelDB."),
  claimd_overlay_records: gauge("Records decided and not yet in LevelDB."),
  claimd_leveldb_files: gauge("LevelDB's table files; level 0 stalls writes from 8.", ["level"]),
  claimd_generations: gauge("Generations that hold records: runs of slices of time."),
  claimd_generations_dropped_total: counter("Generations dropped as a whole, by namespace."),
  claimd_generations_dropping: gauge(
    "Generations that are over and not yet removed, by namespace.",
  ),
  claimd_rebuilding: gauge("1 while filters and index are rebuilt after a start."),
  claimd_disk_free_bytes: gauge("Free space where the data directory stands."),
  claimd_grants_refused: gauge("1 while nothing is granted: low space, or LevelDB behind."),
  claimd_clock_offset_seconds: gauge("Wall clock minus the node's time."),
  claimd_clock_alarm: gauge("1 while the wall clock differs too much to be followed."),
  claimd_event_loop_utilization_ratio: gauge("Busy share of the event loop since the last look."),
  claimd_event_loop_stall_seconds: gauge("Longest stop of the event loop since the last look."),
  claimd_partitions: gauge("Partitions of which this node has a replica, by role.", ["role"]),
  claimd_partitions_under_replicated: gauge("Led here, with fewer in sync than replicas."),
  claimd_partitions_moving: gauge("Led here, and on the move to other nodes."),
  claimd_replication_lag_entries: gauge("Entries that the last of those in sync lacks, at most."),
  claimd_epochs_begun_total: counter("Times that this node began to lead a partition."),
  claimd_epochs_ended_total: counter("Times that it ceased to: handed over, deposed or fenced."),
  claimd_snapshots_total: counter("Whole partitions sent and taken.", ["direction"]),
  claimd_peer_connected: gauge("1 while this node can speak with the other.", ["peer"]),
  claimd_peer_dropped_messages_total: counter("Messages to the other never sent.", ["peer"]),
  claimd_insecure: gauge("1 when serving others than this machine without authentication."),
  claimd_build_info: gauge("Always 1.", ["version", "node_id"]),
  process_cpu_seconds_total: counter("User and system time of the process."),
  process_resident_memory_bytes: gauge("Resident memory, mapped files included."),
  nodejs_heap_size_used_bytes: gauge("Used heap of V8."),
  nodejs_external_memory_bytes: gauge("Buffers and other memory beside the heap."),
  grpc_server_handled_total: counter("Calls ended, by status code.", RPC),
  grpc_server_handling_seconds: histogram("How long calls took.", SECONDS, [
    "grpc_service",
    "grpc_method",
  ]),
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof METRICS;
