/**
 * What a process uses, read from /proc. Undefined where there is none: a number that was not
 * measured is not shown as zero.
 */
import { readFileSync } from "node:fs";

/** Linux counts in hundredths of a second towards programs, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;
const UTIME = 11;
const STIME = 12;

/** User and system time of all threads since the start, to a hundredth of a second. */
export function cpuSecondsOf(pid: number): number | undefined {
  const stat = readProc(pid, "stat");
  return stat === undefined ? undefined : cpuSecondsIn(stat);
}

/** The program's name stands in parentheses and may hold anything, spaces and `)` too. */
export function cpuSecondsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_SECOND;
}

/**
 * Memory that belongs to nobody but the process: mapped table files, which the system can drop,
 * aside.
 */
export function anonymousBytesOf(pid: number): number | undefined {
  const status = readProc(pid, "status");
  return status === undefined ? undefined : anonymousBytesIn(status);
}

export function anonymousBytesIn(status: string): number | undefined {
  const found = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
  return found === undefined ? undefined : Number(found) * 1024;
}

function readProc(pid: number, file: "stat" | "status"): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
