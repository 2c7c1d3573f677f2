/** The tables of what a cluster costs: medians of the turns, and their ratio to the single node. */
import { SATURATED_NOTE } from "./claims-tables.ts";
import { type ClusterShape, PARTITIONS } from "./claimd-cluster.ts";
import type { ClusterReport, ClusterTurn } from "./cluster-report.ts";
import type { ClosedMeasurement, OpenMeasurement } from "./load.ts";
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
          .filter((each) => found(turns, title, each).length > 0)
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
    rates.flatMap((rate) => {
      const own = foundPaced(turns, title, rate);
      return own.length === 0 ? [] : [pacedRow(turns, title, rate)];
    }),
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
  const own = found(turns, title, callers);
  const single = found(turns, titleOf(undefined), callers);
  const ratios = own.flatMap(({ turn, measured }) => {
    const base = single.find((each) => each.turn === turn);
    return base === undefined ? [] : [measured.claimsPerSecond / base.measured.claimsPerSecond];
  });
  const middle = (value: (each: ClosedMeasurement) => number): number =>
    median(own.map(({ measured }) => value(measured)));
  const cpu = middle((each) => each.serverCpuMicrosPerClaim ?? Number.NaN);
  return [
    title,
    grouped(callers),
    grouped(middle((each) => each.claimsPerSecond)),
    ratios.length === 0 ? "–" : `${fixed(median(ratios), 2)} ×`,
    fixed(
      middle((each) => each.latency.p50Ms),
      2,
    ),
    fixed(
      middle((each) => each.latency.p99Ms),
      2,
    ),
    Number.isNaN(cpu) ? "–" : fixed(cpu, 1),
  ];
}

function pacedRow(turns: readonly ClusterTurn[], title: string, rate: number): readonly string[] {
  const own = foundPaced(turns, title, rate);
  const one = foundPaced(turns, titleOf({ nodes: 1, replicas: 1 }), rate);
  const middle = (value: (each: OpenMeasurement) => number): number =>
    median(own.map(({ measured }) => value(measured)));
  const cpuOf = (each: OpenMeasurement): number => each.serverCpuMicrosPerClaim ?? Number.NaN;
  const ratios = own.flatMap(({ turn, measured }) => {
    const base = one.find((each) => each.turn === turn);
    return base === undefined ? [] : [cpuOf(measured) / cpuOf(base.measured)];
  });
  return [
    title,
    `${grouped(rate)}${own.some(({ measured }) => measured.saturated) ? " (!)" : ""}`,
    grouped(middle((each) => each.claimsPerSecond)),
    fixed(
      middle((each) => each.latency.p50Ms),
      2,
    ),
    fixed(
      middle((each) => each.latency.p99Ms),
      2,
    ),
    fixed(middle(cpuOf), 1),
    ratios.length === 0 ? "–" : `${fixed(median(ratios), 2)} ×`,
  ];
}

function foundPaced(turns: readonly ClusterTurn[], title: string, rate: number) {
  return turns.flatMap(({ turn, shape, paced = [] }) => {
    const found = paced.find(({ ratePerNode }) => ratePerNode === rate);
    return titleOf(shape) === title && found !== undefined
      ? [{ turn, measured: found.measured }]
      : [];
  });
}

function found(turns: readonly ClusterTurn[], title: string, callers: number) {
  return turns.flatMap(({ turn, shape, measurements }) => {
    const measured = measurements.find((each) => each.callers === callers);
    return titleOf(shape) === title && measured !== undefined ? [{ turn, measured }] : [];
  });
}
