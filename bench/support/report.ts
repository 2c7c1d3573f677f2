/**
 * What a run of the bench leaves: a JSON file that says where, when, from what and by which
 * command its numbers come. Tables and the README are made from these files and from nothing else.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { AvailabilityReport } from "./availability-report.ts";
import type { CapacityReport } from "./capacity-report.ts";
import type { ClusterReport } from "./cluster-report.ts";
import type { CompareReport } from "./compare-report.ts";
import type { HotKeyReport } from "./hot-key-report.ts";
import type { ClosedMeasurement, Measurement, OpenMeasurement } from "./load.ts";
import type { Machine, Revision } from "./machine.ts";
import type { SoakReport } from "./soak-report.ts";

/** Raised when a field changes its meaning: an old file must not be read as something else. */
const FORMAT = 1;

export interface ReportHead {
  readonly format: typeof FORMAT;
  /** As one would type it in the root of the repository. */
  readonly command: string;
  readonly date: string;
  readonly revision: Revision | undefined;
  /** Where the load was made; the server stood there too, unless `address` says otherwise. */
  readonly machine: Machine;
  /** Of an installation that was there before: measured as it is, on machines not known here. */
  readonly address?: string;
  /** What node was given for every process that makes load, whatever the store. */
  readonly generatorFlags?: readonly string[];
  /** Ctrl-C came before everything was measured: what is here was finished. */
  readonly interrupted?: true;
  /** What was asked for and could not be measured here. */
  readonly skipped?: readonly Skipped[];
}

export interface Skipped {
  readonly what: string;
  readonly why: string;
}

export interface ClaimsReport extends ReportHead {
  readonly kind: "claims";
  readonly measurements: readonly Measurement[];
}

/** Open loops at rising rates: given ones, or those up to the knee. */
export interface LatencyReport extends ReportHead {
  readonly kind: "latency";
  /** The short closed loops that found the maxima of a sweep. */
  readonly maxima: readonly ClosedMeasurement[];
  readonly measurements: readonly OpenMeasurement[];
}

export type Report =
  | ClaimsReport
  | LatencyReport
  | CompareReport
  | CapacityReport
  | ClusterReport
  | HotKeyReport
  | AvailabilityReport
  | SoakReport;
export type ReportKind = Report["kind"];

export function reportHead(given: Omit<ReportHead, "format">): ReportHead {
  return { format: FORMAT, ...given };
}

export function writeReport(path: string, report: Report): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(report, undefined, 2)}\n`);
}

export function readReport(path: string | URL): Report {
  const report = JSON.parse(readFileSync(path, "utf8")) as Report;
  if ((report as { format?: unknown }).format !== FORMAT) {
    throw new Error(`${String(path)} is not a result of format ${FORMAT}`);
  }
  return report;
}
