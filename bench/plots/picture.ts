/** What every picture of a report has in common: its name, and the lines about its origin. */
import { BUSY } from "../support/machine.ts";
import type { ReportHead } from "../support/report.ts";

export interface Picture {
  /** Tells it from the others of its report, and ends its file's name. */
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** Machine, date and commit; the command; and what a reader must know before believing it. */
export function sourceLines(head: ReportHead): readonly string[] {
  const { command, date, revision, machine, address, interrupted } = head;
  const commit =
    revision === undefined
      ? "no checkout"
      : `commit ${revision.commit}${revision.changed ? " with changes" : ""}`;
  const place = `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`;
  const system = `Linux ${machine.kernel}, Node ${machine.node.slice(1)}`;
  const warnings = [
    ...(address === undefined ? [] : [`the server is at ${address}, on a machine not known here`]),
    ...(interrupted === true ? ["ended early: what is here was finished"] : []),
    ...(machine.busyBefore > BUSY
      ? ["others were at work on this machine: not a result to quote"]
      : []),
  ];
  return [
    `${place} · ${system}`,
    `${date.slice(0, 10)} · ${commit} · ${command}`,
    ...warnings.map((warning) => `${warning.slice(0, 1).toUpperCase()}${warning.slice(1)}.`),
  ];
}

/** Each once, in the order in which they first come. */
export function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}

export function callersText(callers: number): string {
  return `${callers.toLocaleString("en-US")} caller${callers === 1 ? "" : "s"}`;
}
