/** A report as text: what the terminal shows at the end of a run and what stands in the README. */
import { CLAIM_SCENARIO_NAMES, CLAIM_SCENARIOS } from "../scenarios/claim-scenarios.ts";
import { type Compared, compare } from "./comparison.ts";
import { BUSY } from "./machine.ts";
import {
  type ClaimsReport,
  type CompareReport,
  type MemoryReport,
  type Report,
  STORES,
} from "./report.ts";
import { fixed, grouped, table } from "./table.ts";

const MIB = 2 ** 20;

export function reportText(report: Report): string {
  return [origin(report), ...tablesOf(report)].join("\n\n");
}

function tablesOf(report: Report): readonly string[] {
  switch (report.kind) {
    case "claims":
      return claimsTables(report);
    case "latency":
      return [];
    case "compare":
      return compareTables(report);
    case "memory":
      return [memoryTable(report)];
  }
}

function origin({ command, date, revision, machine }: Report): string {
  const { cpu, cores, memoryGiB, kernel, node, syncMs, busyBefore } = machine;
  const commit =
    revision === undefined
      ? "no checkout"
      : `commit ${revision.commit}${revision.changed ? " with changes" : ""}`;
  return [
    `\`${command}\`, ${date.slice(0, 10)}, ${commit}.`,
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, Node ${node.slice(1)};`,
    `one durable write of 4 KiB takes ${fixed(syncMs, 2)} ms (p50);`,
    `${fixed(busyBefore * 100, 0)} % of the cores were busy before.`,
    ...(busyBefore > BUSY
      ? ["**Others were at work on this machine: not a result to quote.**"]
      : []),
  ].join("\n");
}

function claimsTables({ measurements }: ClaimsReport): readonly string[] {
  const header = [
    "callers",
    "claims/s",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "server CPU µs/claim",
    "client CPU µs/claim",
  ];
  return CLAIM_SCENARIO_NAMES.flatMap((name) => {
    const rows = measurements
      .filter((each) => each.loop === "closed" && each.scenario === name)
      .map((each) => [
        grouped(each.loop === "closed" ? each.callers : 0),
        grouped(each.claimsPerSecond),
        fixed(each.latency.p50Ms, 3),
        fixed(each.latency.p99Ms, 3),
        fixed(each.latency.p999Ms, 3),
        fixed(each.serverCpuMicrosPerClaim, 1),
        fixed(each.clientCpuMicrosPerClaim, 1),
      ]);
    if (rows.length === 0) return [];
    return [`**${name}**: ${CLAIM_SCENARIOS[name].title}.\n\n${table(header, rows)}`];
  });
}

function compareTables({ redis, turns }: CompareReport): readonly string[] {
  const compared = compare(turns);
  const [first] = compared;
  const rate = (each: Compared): readonly string[] => [
    grouped(each.callers),
    grouped(each.claimd.claimsPerSecond),
    grouped(each.rival.claimsPerSecond),
    each.rival.store,
    `${fixed(each.ratio, 2)} ×`,
    `${fixed(each.lowestRatio, 2)} to ${fixed(each.highestRatio, 2)}`,
  ];
  const cost = (each: Compared): readonly string[] => [
    grouped(each.callers),
    ...[each.claimd, each.rival].flatMap((middle) => [
      fixed(middle.p50Ms, 3),
      fixed(middle.p99Ms, 3),
      fixed(middle.serverCpuMicros, 1),
      fixed(middle.clientCpuMicros, 1),
    ]),
  ];
  return [
    [
      `Medians of ${first?.turns ?? 0} turns, unique keys; Redis ${redis.version} with`,
      `\`${redis.flags}\`; the better of its two settings counts:`,
      `\`redis-auto\` is ${STORES["redis-auto"]},`,
      `\`redis-plain\` is ${STORES["redis-plain"]}.`,
    ].join("\n"),
    table(
      ["callers", "claimd claims/s", "Redis claims/s", "setting", "ratio", "of the turns"],
      compared.map(rate),
    ),
    table(
      [
        "callers",
        "claimd p50 ms",
        "p99 ms",
        "server µs",
        "client µs",
        "Redis p50 ms",
        "p99 ms",
        "server µs",
        "client µs",
      ],
      compared.map(cost),
    ),
  ];
}

function memoryTable(report: MemoryReport): string {
  const { keys, keyBytes, seconds, anonymousBytes, diskBytes } = report;
  const mib = (bytes: number | undefined): string =>
    bytes === undefined ? "–" : `${fixed(bytes / MIB, 0)} MiB`;
  const perKey = (bytes: number): string => `${fixed(bytes / keys, 0)} B`;
  return table(
    ["what", "measured"],
    [
      [`keys of ${keyBytes} bytes, claimed in ${fixed(seconds, 1)} s`, grouped(keys)],
      ["anonymous memory of the empty server", mib(anonymousBytes.empty)],
      ["anonymous memory, peak while filling", mib(anonymousBytes.peak)],
      ["anonymous memory at rest, all applied", mib(anonymousBytes.atRest)],
      ["disk for the records, per key", perKey(diskBytes.records)],
      ["journal, of bounded size whatever the number of keys", mib(diskBytes.journal)],
    ],
  );
}
