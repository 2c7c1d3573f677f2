import { describe, expect, it } from "vitest";
import type { ClusterStats } from "./stats.ts";
import { METRICS, type MetricSpec } from "./metric-table.ts";
import { MAX_NAMESPACES, Metrics, type MetricSources } from "./metrics.ts";
import type { NodeStats } from "./stats.ts";
import { Namespace } from "./shard/namespace.ts";
import { defaultPolicy } from "./shard/policy-rules.ts";

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads Prometheus' text form as strictly as its own parser does. */
function parse(text: string): Sample[] {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = "", rest = ""] = comment;
      if (kind === "TYPE") expect(rest).toMatch(/^(counter|gauge|histogram)$/);
      if (kind === "TYPE") types.set(name, rest);
      continue;
    }
    const found = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    expect(found, line).not.toBeNull();
    const [, name = "", labels = "", value = ""] = found ?? [];
    const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/g)];
    expect(pairs.map(([pair]) => pair).join("")).toBe(labels);
    expect(types.has(name.replace(/_(bucket|sum|count)$/, "")) || types.has(name)).toBe(true);
    const byName = Object.fromEntries(pairs.map(([, key, each]) => [key ?? "", each ?? ""]));
    samples.push({ name, labels: byName, value: value === "+Inf" ? Infinity : Number(value) });
  }
  const seen = samples.map(({ name, labels }) => name + JSON.stringify(labels));
  expect(new Set(seen).size).toBe(seen.length);
  for (const { value, name } of samples) expect(value, name).not.toBeNaN();
  return samples;
}

const stats = (over: Partial<NodeStats> = {}): NodeStats => ({
  nodeId: "a",
  version: "1.2.3",
  uptimeMs: 4000,
  namespaces: [],
  storage: {
    journalSequence: 12,
    appliedSequence: 10,
    journalBytes: 4096,
    overlayRecords: 5,
    generations: 2,
    generationsDropped: 9,
    generationsDropping: 1,
    rebuilding: false,
    diskFreeBytes: 1e9,
    grantsRefused: true,
    levelFiles: [3, 1],
  },
  clock: { offsetMs: -250, alarm: true },
  waitingCommands: 6,
  parkedClaims: 8,
  cluster: undefined,
  ...over,
});

const CLUSTER: ClusterStats = {
  cluster: "test",
  store: "5e75",
  boot: 3,
  roles: { SERVING: 80, RECOVERING: 1, SEALED: 0, FOLLOWING: 170 },
  underReplicated: 4,
  moving: 2,
  lagEntries: 17,
  epochsBegun: 90,
  epochsEnded: 9,
  snapshotsSent: 5,
  snapshotsTaken: 6,
  peers: [
    { store: "a1", node: "n2", connected: true, unsentBytes: 0, droppedMessages: 3 },
    { store: "b2", node: undefined, connected: false, unsentBytes: 0, droppedMessages: 7 },
  ],
};

const unsettled = { leases: 2, held: 1, exhausted: 3, oldestLeaseMs: 1500 };

async function read(sources: Partial<MetricSources>, metrics = new Metrics()): Promise<Sample[]> {
  metrics.bind({
    stats: () => stats(),
    counts: () => [],
    sessions: () => 11,
    insecure: false,
    ...sources,
  });
  return parse(await metrics.text());
}

function value(samples: readonly Sample[], name: string, labels: Sample["labels"] = {}) {
  const wanted = Object.entries(labels);
  return samples.find(
    (each) => each.name === name && wanted.every(([key, label]) => each.labels[key] === label),
  )?.value;
}

const namespace = (name: string): Namespace =>
  new Namespace(1, defaultPolicy(name), { current: 1 });

describe("METRICS", () => {
  it.each(Object.entries(METRICS) as [string, MetricSpec][])(
    "follows the rules of Prometheus for names: %s",
    (name, { type, help, labels }) => {
      expect(name).toMatch(/^(claimd|grpc_server|process|nodejs)_[a-z_]+$/);
      expect(name.endsWith("_total")).toBe(type === "counter");
      expect(help).toMatch(/\.$/);
      for (const label of labels) expect(label).not.toMatch(/^(namespace|key|claim_id|token|le)$/);
    },
  );
});

describe("Metrics", () => {
  it("tells what a member of a cluster says of itself", async () => {
    const metrics = new Metrics();
    const sources = { stats: () => stats({ cluster: CLUSTER }) };
    await read(sources, metrics);
    const samples = await read(sources, metrics);
    expect(value(samples, "claimd_partitions", { role: "serving" })).toBe(80);
    expect(value(samples, "claimd_partitions", { role: "following" })).toBe(170);
    expect(value(samples, "claimd_partitions_under_replicated")).toBe(4);
    expect(value(samples, "claimd_replication_lag_entries")).toBe(17);
    expect(value(samples, "claimd_epochs_begun_total")).toBe(90);
    expect(value(samples, "claimd_snapshots_total", { direction: "taken" })).toBe(6);
    expect(value(samples, "claimd_peer_connected", { peer: "n2" })).toBe(1);
    const dropped = samples.filter(({ name }) => name === "claimd_peer_dropped_messages_total");
    expect(dropped).toMatchObject([{ labels: { peer: "n2" }, value: 3 }]);
  });

  it("tells what a node says of itself", async () => {
    const samples = await read({ insecure: true });
    expect(value(samples, "claimd_journal_lag_frames")).toBe(2);
    expect(value(samples, "claimd_leveldb_files", { level: "0" })).toBe(3);
    expect(value(samples, "claimd_clock_offset_seconds")).toBe(-0.25);
    expect(value(samples, "claimd_clock_alarm")).toBe(1);
    expect(value(samples, "claimd_grants_refused")).toBe(1);
    expect(value(samples, "claimd_sessions")).toBe(11);
    expect(value(samples, "claimd_insecure")).toBe(1);
    expect(value(samples, "claimd_generations_dropped_total")).toBe(9);
    expect(value(samples, "claimd_generations_dropping")).toBe(1);
    expect(value(samples, "claimd_rebuilding")).toBe(0);
    expect(value(samples, "claimd_build_info", { version: "1.2.3", node_id: "a" })).toBe(1);
    expect(value(samples, "claimd_event_loop_utilization_ratio")).toBeLessThanOrEqual(1);
    expect(value(samples, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
    for (const name of ["claimd_waiting_commands", "claimd_parked_claims"] as const) {
      expect(value(samples, name)).toBeGreaterThan(0);
    }
  });

  it("tells the longest stop of the event loop, once", async () => {
    const metrics = new Metrics();
    const stall = async () => value(await read({}, metrics), "claimd_event_loop_stall_seconds");
    await stall();
    const busyUntilMs = performance.now() + 300;
    while (performance.now() < busyUntilMs);
    expect(await stall()).toBeGreaterThan(0.2);
    expect(await stall()).toBeLessThan(0.2);
  });

  it("reads the counts of namespaces, again and again, without adding them twice", async () => {
    const payments = namespace("payments");
    payments.counts.claims.GRANTED = 5;
    payments.counts.claims.EXHAUSTED = 2;
    payments.counts.settles.APPLIED = 4;
    payments.counts.possibleDoubles = 1;
    const metrics = new Metrics();
    const all = [{ name: "payments", records: 7, bytes: 700, unsettled }];
    const sources = { stats: () => stats({ namespaces: all }), counts: () => [payments] };
    await read(sources, metrics);
    payments.counts.claims.GRANTED = 6;
    const samples = await read(sources, metrics);
    const by = { claim_namespace: "payments" };
    expect(value(samples, "claimd_claims_total", { ...by, status: "GRANTED" })).toBe(6);
    expect(value(samples, "claimd_claims_total", { ...by, status: "HELD" })).toBe(0);
    expect(value(samples, "claimd_settles_total", { ...by, status: "APPLIED" })).toBe(4);
    expect(value(samples, "claimd_exhausted_total", by)).toBe(2);
    expect(value(samples, "claimd_possible_double_executions_total", by)).toBe(1);
    expect(value(samples, "claimd_records", by)).toBe(7);
    expect(value(samples, "claimd_inflight_leases", by)).toBe(2);
    expect(value(samples, "claimd_exhausted_keys", by)).toBe(3);
    expect(value(samples, "claimd_oldest_lease_seconds")).toBe(1.5);
  });

  it("says nothing of leases until they are indexed", async () => {
    const all = [{ name: "payments", records: 7, bytes: 700, unsettled: undefined }];
    const samples = await read({ stats: () => stats({ namespaces: all }) });
    expect(value(samples, "claimd_records")).toBe(7);
    expect(value(samples, "claimd_inflight_leases")).toBeUndefined();
    expect(value(samples, "claimd_oldest_lease_seconds")).toBeUndefined();
  });

  it("gives namespaces beyond its bound one label, and a name keeps its own", async () => {
    const metrics = new Metrics();
    const names = Array.from({ length: MAX_NAMESPACES + 5 }, (_, at) => `n${at}`);
    const bind = (list: readonly string[]) => ({
      stats: () =>
        stats({
          namespaces: list.map((name) => ({ name, records: 1, bytes: 1, unsettled: undefined })),
        }),
      counts: () => list.map(namespace),
    });
    await read(bind(names.slice(3)), metrics);
    const samples = await read(bind(names), metrics);
    const labels = new Set(samples.map((each) => each.labels["claim_namespace"]));
    labels.delete(undefined);
    expect(labels.size).toBe(MAX_NAMESPACES + 1);
    expect(value(samples, "claimd_records", { claim_namespace: "other" })).toBe(5);
    expect(labels.has("n3")).toBe(true);
    expect(labels.has("n0")).toBe(false);
  });

  it("counts turns and calls in buckets of 0.1 ms to 10 s", async () => {
    const metrics = new Metrics();
    metrics.turn({ commands: 64, loadMs: 0.05, decideMs: 0.15, journalMs: 20_000 });
    metrics.replicated(3);
    metrics.rpcHandled("claimd.v1.Claims", "Claim", "OK", 0.003);
    const samples = parse(await metrics.text());
    const bucket = (step: string, le: string) =>
      value(samples, "claimd_turn_seconds_bucket", { step, le });
    expect(bucket("load", "0.0001")).toBe(1);
    expect([bucket("decide", "0.0001"), bucket("decide", "0.0002")]).toEqual([0, 1]);
    expect([bucket("journal", "10"), bucket("journal", "+Inf")]).toEqual([0, 1]);
    expect([bucket("replicate", "0.002"), bucket("replicate", "5")]).toEqual([0, 1]);
    expect(value(samples, "claimd_turn_commands_sum")).toBe(64);
    const rpc = { grpc_service: "claimd.v1.Claims", grpc_method: "Claim" };
    expect(value(samples, "grpc_server_handled_total", { ...rpc, grpc_code: "OK" })).toBe(1);
    expect(value(samples, "grpc_server_handling_seconds_sum", rpc)).toBe(0.003);
  });
});
