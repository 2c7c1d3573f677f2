/**
 * Faults for a running server's files and clock: calls that fail, writes that are cut short, a wall
 * clock that jumps; and what the system tells of a process.
 */
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sleep } from "./key-asker.ts";
import { FAKETIME } from "./services.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const O_DSYNC = 0o10000;
const WRITES = "pwrite64,pwritev,write,writev";

export interface OpenJournal {
  readonly path: string;
  /** Writes are synced by themselves. */
  readonly direct: boolean;
}

function openFiles(pid: number): readonly { readonly fd: string; readonly path: string }[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return [{ fd, path: readlinkSync(join(folder, fd)) }];
    } catch {
      // Closed in the meantime.
      return [];
    }
  });
}

/**
 * The journal segment that the process writes to: the newest it has open for writing and filled.
 */
export function openJournal(pid: number): OpenJournal {
  const open = openFiles(pid).flatMap(({ fd, path }): OpenJournal[] => {
    if (!/\/\d{20}\.journal$/.test(path)) return [];
    const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8"))?.[1];
    return [{ path, direct: (Number.parseInt(flags ?? "0", 8) & O_DSYNC) !== 0 }];
  });
  const last = open.sort((a, b) => a.path.localeCompare(b.path)).at(-1);
  if (last === undefined) throw new Error("no journal is open");
  return last;
}

/** Whether a TCP connection of the process goes out from that port of the loopback. */
export function hasConnectionFrom(pid: number, port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const sockets = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, from, , , , , , , , inode]) => (from === local ? [`socket:[${inode}]`] : []));
  return openFiles(pid).some(({ path }) => sockets.includes(path));
}

/** Resolves when none of its threads runs any more: its files stay as they are. */
export async function stopped(pid: number): Promise<void> {
  const states = (): readonly string[] =>
    readdirSync(`/proc/${pid}/task`).map((task) =>
      readFileSync(`/proc/${pid}/task/${task}/stat`, "utf8").replace(/^.*\) /s, ""),
    );
  while (!states().every((state) => state.startsWith("T"))) await sleep(5);
}

/** From now on every write or sync of that file fails with EIO, until the process is gone. */
export async function failFile(pid: number, { path, direct }: OpenJournal, what: "write" | "sync") {
  const calls = what === "write" || direct ? WRITES : "fsync,fdatasync";
  const strace = spawn(
    "strace",
    [
      ...["-f", "-qq", "-o", "/dev/null", "-P", path],
      ...["-e", `trace=${calls}`, "-e", `inject=${calls}:error=EIO`, "-p", `${pid}`],
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  // Attached to every thread when the process says that it is traced.
  for (;;) {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    if (!/^TracerPid:\s+0$/m.test(status) || strace.exitCode !== null) return strace;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Files of the process may not grow beyond so many bytes: the next write is cut short. */
export function limitFileSize(pid: number, bytes: number | "unlimited"): void {
  execFileSync("prlimit", [`--fsize=${bytes}:unlimited`, "--pid", `${pid}`]);
}

/** Where the written part of a file ends. */
export function writtenBytes(path: string): number {
  const bytes = readFileSync(path);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}

/** A wall clock that a test can set while the process runs, as `+2h`, `-3d`, `+20y`. */
export class FakeClock {
  readonly env: Readonly<Record<string, string>>;
  readonly #file = join(temporaryDirectory("claimd-clock"), "offset");

  constructor() {
    this.set("+0");
    this.env = {
      LD_PRELOAD: FAKETIME,
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      FAKETIME_NO_CACHE: "1",
      FAKETIME_TIMESTAMP_FILE: this.#file,
    };
  }

  set(offset: string): void {
    writeFileSync(this.#file, `${offset}\n`);
  }
}
