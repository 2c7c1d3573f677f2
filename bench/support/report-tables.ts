/** A report as text: what the terminal shows at the end of a run and what stands in the README. */
import { availabilityTables } from "./availability-tables.ts";
import { capacityTables } from "./capacity-tables.ts";
import { claimsTables, latencyTables } from "./claims-tables.ts";
import { clusterTables } from "./cluster-tables.ts";
import { compareTables } from "./compare-tables.ts";
import { hotKeyTables } from "./hot-key-tables.ts";
import { BUSY } from "./machine.ts";
import type { Report } from "./report.ts";
import { soakTables } from "./soak-tables.ts";
import { fixed } from "./table.ts";

export function reportText(report: Report): string {
  return [origin(report), ...tablesOf(report)].join("\n\n");
}

function tablesOf(report: Report): readonly string[] {
  switch (report.kind) {
    case "claims":
      return claimsTables(report);
    case "latency":
      return latencyTables(report);
    case "compare":
      return compareTables(report);
    case "capacity":
      return capacityTables(report);
    case "cluster":
      return clusterTables(report);
    case "hot-key":
      return hotKeyTables(report);
    case "availability":
      return availabilityTables(report);
    case "soak":
      return soakTables(report);
  }
}

function origin(report: Report): string {
  const { command, date, revision, machine, address, generatorFlags = [] } = report;
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
    ...(generatorFlags.length > 0 ? [`Generators run with \`${generatorFlags.join(" ")}\`.`] : []),
    ...(address === undefined
      ? []
      : [`The installation at ${address} was measured from this machine; its own is not known.`]),
    ...(busyBefore > BUSY
      ? ["**Others were at work on this machine: not a result to quote.**"]
      : []),
    ...(report.interrupted === true
      ? ["**Interrupted: what is here was finished, and more was asked for.**"]
      : []),
    ...(report.skipped ?? []).map(({ what, why }) => `Not measured: ${what}, because ${why}.`),
  ].join("\n");
}
