/**
 * What a process uses, read from /proc. Undefined where there is none: a number that was not
 * measured is not shown as zero.
 */
import { readFileSync } from "node:fs";

/** Linux counts in hundredths of a second towards programs, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;
/** Its own user and system time, and that of its children that have ended. */
const TIMES = [11, 12, 13, 14] as const;

/**
 * User and system time since the start, to a hundredth of a second: of all threads, and of all
 * children, because Postgres has one for each connection and Redis one that rewrites its file.
 */
export function cpuSecondsOf(pid: number): number | undefined {
  const stat = readProc(pid, "stat");
  if (stat === undefined) return undefined;
  const children = readProc(pid, `task/${pid}/children`)?.split(" ").filter(Boolean) ?? [];
  // One that has ended meanwhile is missing for a moment.
  const ofChildren = children.map((child) => cpuSecondsOf(Number(child)) ?? 0);
  return ofChildren.reduce((sum, seconds) => sum + seconds, cpuSecondsIn(stat));
}

/** The program's name stands in parentheses and may hold anything, spaces and `)` too. */
export function cpuSecondsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return TIMES.reduce((sum, field) => sum + Number(fields[field]), 0) / TICKS_PER_SECOND;
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

function readProc(
  pid: number,
  file: "stat" | "status" | `task/${number}/children`,
): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
