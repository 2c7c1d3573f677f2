/** `bench soak` as text: the rate and its latencies, what drifted, where it stood still. */
import type { OpenMeasurement } from "./load.ts";
import { type Drift, type Stall, STALL_MS, type Thirds } from "./soak-drift.ts";
import type { SoakReport } from "./soak-report.ts";
import { fixed, grouped, table } from "./table.ts";

const MIB = 2 ** 20;

export function soakTables(report: SoakReport): readonly string[] {
  const { ratePerSecond, measurement, maximum, share, windowsMs, points, drift } = report;
  const last = points.at(-1);
  const seconds = windowsMs.map((ms) => fixed(ms / 1000, 0)).join(", ");
  const of =
    maximum === undefined || share === undefined
      ? ""
      : `, ${fixed(share * 100, 0)} % of the ${grouped(maximum.claimsPerSecond)} claims/s ` +
        `that ${grouped(maximum.callers)} callers reach`;
  return [
    `An open loop at ${grouped(ratePerSecond)} claims/s${of}, for ` +
      `${fixed((last?.atSeconds ?? 0) / 60, 1)} minutes, in\nnamespaces with windows of ` +
      `${seconds} s; ${grouped(last?.dropped ?? 0)} generations were dropped meanwhile.`,
    ...(measurement === undefined ? [] : [loadTable(measurement)]),
    ...(measurement?.saturated === true
      ? [
          `**The generator could not keep its schedule (${grouped(measurement.lateStarts)} late ` +
            "starts): latencies are partly its own.**",
        ]
      : []),
    drift === undefined ? "Too short to say what drifts." : driftText(drift),
    stallText(report),
  ];
}

function loadTable({ latency, ...measured }: OpenMeasurement): string {
  return table(
    ["offered/s", "achieved/s", "p50 ms", "p99 ms", "p99.9 ms", "longest ms", "unanswered"],
    [
      [
        grouped(measured.offeredPerSecond),
        grouped(measured.achievedPerSecond),
        fixed(latency.p50Ms, 3),
        fixed(latency.p99Ms, 3),
        fixed(latency.p999Ms, 3),
        fixed(latency.maxMs, 1),
        grouped(measured.unanswered),
      ],
    ],
  );
}

function driftText(drift: Drift): string {
  const { fromSeconds, toSeconds, anonymousBytes, recordsDiskBytes, p50Ms, p99Ms } = drift;
  const row = (
    name: string,
    thirds: Thirds | undefined,
    text: (value: number) => string,
  ): readonly string[] =>
    thirds === undefined
      ? [name, "–", "–", "–"]
      : [name, text(thirds.first), text(thirds.last), changeOf(thirds)];
  const mib = (bytes: number): string => `${fixed(bytes / MIB, 0)} MiB`;
  const ms = (value: number): string => `${fixed(value, 2)} ms`;
  return [
    `Medians of the first and the last third of the seconds ${fixed(fromSeconds, 0)} to ` +
      `${fixed(toSeconds, 0)}:`,
    table(
      ["what", "first third", "last third", "change"],
      [
        row("anonymous memory", anonymousBytes, mib),
        row("disk for the records", recordsDiskBytes, mib),
        row("p50 of a second", p50Ms, ms),
        row("p99 of a second", p99Ms, ms),
      ],
    ),
  ].join("\n\n");
}

function changeOf({ first, last }: Thirds): string {
  if (first === 0) return "–";
  const percent = (last / first - 1) * 100;
  return `${percent < 0 ? "−" : "+"}${fixed(Math.abs(percent), 1)} %`;
}

function stallText({ longestStall, stalls, stalledSeconds }: SoakReport): string {
  if (longestStall === undefined) return "Nothing was measured long enough to see a stall.";
  const rows = stalledSeconds === 0 ? [longestStall] : stalls;
  const what =
    stalledSeconds === 0
      ? `No second had a stop over ${STALL_MS} ms, of callers or of the server's event loop; ` +
        "the longest:"
      : `${grouped(stalledSeconds)} seconds had a stop over ${STALL_MS} ms, of callers or of the ` +
        `server's event loop${stalledSeconds > stalls.length ? "; the worst of them" : ""}:`;
  return [
    what,
    table(
      [
        "second",
        "slowest answer",
        "server's loop",
        "loop busy",
        "being dropped",
        "overlay",
        "level-0 files",
        "heap",
      ],
      rows.map(stallRow),
    ),
  ].join("\n\n");
}

function stallRow(stall: Stall): readonly string[] {
  return [
    fixed(stall.atSeconds, 0),
    `${fixed(stall.slowestMs, 0)} ms`,
    `${fixed(stall.serverMs, 0)} ms`,
    `${fixed(stall.utilization * 100, 0)} %`,
    String(stall.dropping),
    grouped(stall.overlayRecords),
    String(stall.levelZeroFiles),
    `${fixed(stall.heapBytes / MIB, 0)} MiB`,
  ];
}
