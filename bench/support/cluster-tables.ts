/** The tables of what a cluster costs: medians of the turns, and their ratio to the single node. */
import { SATURATED_NOTE } from "./claims-tables.ts";
import { type ClusterShape, PARTITIONS } from "./claimd-cluster.ts";
import type { ClusterReport, ClusterTurn } from "./cluster-report.ts";
import type { Measurement } from "./load.ts";
import { median } from "./median.ts";
import { fixed, grouped, table } from "./table.ts";

export function clusterTables({ turns }: ClusterReport): readonly string[] {
  const measured = new Set(turns.map(({ turn }) => turn)).size;
  const titles = [...new Set(turns.map(({ shape }) => titleOf(shape)))];
  const callers = [...new Set(turns.flatMap(callersOf))].sort((a, b) => a - b);
  return [
    `Unique keys, in ${measured} turns; ratios are medians of the turns' own. All processes share` +
      " the cores of one machine: this is what a claim costs, not what more machines bring.",
    table(
      [
        "installation",
        "callers",
        "claims/s",
        "of the single node",
        "p50 ms",
        "p99 ms",
        "nodes' µs",
      ],
      titles.flatMap((title) =>
        callers
          .filter((each) => found(turns, title, closedBy(each)).length > 0)
          .map((each) => row(turns, title, each)),
      ),
    ),
    ...pacedTables(turns, titles),
    ...ledText(turns, titles),
  ];
}

/** Nothing of files from before it was measured. */
function pacedTables(turns: readonly ClusterTurn[], titles: readonly string[]): readonly string[] {
  const all = turns.flatMap(({ paced = [] }) => paced);
  if (all.length === 0) return [];
  const rates = [...new Set(all.map(({ ratePerNode }) => ratePerNode))];
  const rows = titles.flatMap((title) =>
    rates
      .filter((each) => found(turns, title, pacedAt(each)).length > 0)
      .map((each) => pacedRow(turns, title, each)),
  );
  return [
    "As many claims for each node, whatever their number, in an open loop; each is compared with" +
      " one node of a cluster in the same turn.",
    table(
      [
        "installation",
        "claims/s a node",
        "claims/s",
        "p50 ms",
        "p99 ms",
        "nodes' µs",
        "of one node's",
      ],
      rows,
    ),
    ...(all.some(({ measured }) => measured.saturated) ? [SATURATED_NOTE] : []),
  ];
}

/** Nothing of files from before it was told. */
function ledText(turns: readonly ClusterTurn[], titles: readonly string[]): readonly string[] {
  const led = titles.flatMap((title) => {
    const own = turns.filter(({ shape }) => titleOf(shape) === title);
    const leads = own.flatMap((turn) => turn.leads ?? []);
    const range = [...new Set([Math.min(...leads), Math.max(...leads)])].join(" to ");
    return leads.length === 0 ? [] : [`${range} (${title})`];
  });
  if (led.length === 0) return [];
  return [
    `Partitions that each node led when its cluster was ready, of ${PARTITIONS}, where a tenth` +
      ` over an even share is the most: ${led.join(", ")}.`,
  ];
}

export function titleOf(shape: ClusterShape | undefined): string {
  if (shape === undefined) return "single node";
  const { nodes, replicas } = shape;
  const of = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
  return `${of(nodes, "node")}, ${of(replicas, "replica")}`;
}

function callersOf({ measurements }: ClusterTurn): readonly number[] {
  return measurements.map(({ callers }) => callers);
}

function row(turns: readonly ClusterTurn[], title: string, callers: number): readonly string[] {
  const own = found(turns, title, closedBy(callers));
  const single = found(turns, titleOf(undefined), closedBy(callers));
  const claims = ({ claimsPerSecond }: Measurement): number => claimsPerSecond;
  const ratio = ratioTo(single, own, claims);
  return [title, grouped(callers), rateOf(own), ratio, ...latenciesOf(own), cpuOf(own)];
}

function pacedRow(turns: readonly ClusterTurn[], title: string, rate: number): readonly string[] {
  const own = found(turns, title, pacedAt(rate));
  const one = found(turns, titleOf({ nodes: 1, replicas: 1 }), pacedAt(rate));
  const mark = own.some(({ measured }) => measured.saturated) ? " (!)" : "";
  const ratio = ratioTo(one, own, cpuMicros);
  return [title, `${grouped(rate)}${mark}`, rateOf(own), ...latenciesOf(own), cpuOf(own), ratio];
}

interface Found<M extends Measurement> {
  readonly turn: number;
  readonly measured: M;
}

/** What `of` finds in the turns of an installation. */
function found<M extends Measurement>(
  turns: readonly ClusterTurn[],
  title: string,
  of: (turn: ClusterTurn) => M | undefined,
): readonly Found<M>[] {
  return turns.flatMap((each) => {
    const measured = titleOf(each.shape) === title ? of(each) : undefined;
    return measured === undefined ? [] : [{ turn: each.turn, measured }];
  });
}

function closedBy(callers: number) {
  return ({ measurements }: ClusterTurn) => measurements.find((each) => each.callers === callers);
}

function pacedAt(rate: number) {
  return ({ paced = [] }: ClusterTurn) =>
    paced.find(({ ratePerNode }) => ratePerNode === rate)?.measured;
}

function middle(all: readonly Found<Measurement>[], value: (each: Measurement) => number): number {
  return median(all.map(({ measured }) => value(measured)));
}

/** The median of each turn's own ratio. */
function ratioTo(
  base: readonly Found<Measurement>[],
  own: readonly Found<Measurement>[],
  value: (each: Measurement) => number,
): string {
  const ratios = own.flatMap(({ turn, measured }) => {
    const against = base.find((each) => each.turn === turn);
    return against === undefined ? [] : [value(measured) / value(against.measured)];
  });
  const ratio = median(ratios);
  return Number.isNaN(ratio) ? "–" : `${fixed(ratio, 2)} ×`;
}

function rateOf(all: readonly Found<Measurement>[]): string {
  return grouped(middle(all, ({ claimsPerSecond }) => claimsPerSecond));
}

function latenciesOf(all: readonly Found<Measurement>[]): readonly string[] {
  const p50Ms = middle(all, ({ latency }) => latency.p50Ms);
  const p99Ms = middle(all, ({ latency }) => latency.p99Ms);
  return [fixed(p50Ms, 2), fixed(p99Ms, 2)];
}

/** NaN where /proc does not tell. */
function cpuMicros({ serverCpuMicrosPerClaim = Number.NaN }: Measurement): number {
  return serverCpuMicrosPerClaim;
}

function cpuOf(all: readonly Found<Measurement>[]): string {
  const cpu = middle(all, cpuMicros);
  return Number.isNaN(cpu) ? "–" : fixed(cpu, 1);
}
