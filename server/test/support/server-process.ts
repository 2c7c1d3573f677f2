/**
 * A real claimd process: `node server/dist/main.js` on free ports, as a user would start it.
 *
 * Never shares a process or a folder between tests, and never leaves one behind: every process is
 * in one list, `endServers` kills what is still there, and so does the end of the test worker.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Another build, such as an installed package, can be examined too. */
export const MAIN =
  process.env["CLAIMD_TEST_MAIN"] ?? fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** Under load on two shared cores, with strace in between: patient. */
const READY_WITHIN_MS = 60_000;
const OUTPUT_KEPT = 1 << 20;

export interface SpawnOptions {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** A program to start the server with, such as `["strace", "-D", …]`. */
  readonly launcher?: readonly string[];
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface EndedProcess extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Kills every server this worker has started and waits until they are gone. */
export async function endServers(): Promise<void> {
  const ends = [...running].map(async (child) => {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  });
  await Promise.all(ends);
}

export function within<T>(ms: number, what: () => string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not within ${ms} ms: ${what()}`));
    }, ms);
  });
  return Promise.race([promise, late]).finally(() => {
    clearTimeout(timer);
  });
}

function start(options: SpawnOptions): ChildProcess {
  const [program = process.execPath, ...before] = options.launcher ?? [];
  const line = options.launcher === undefined ? [] : [...before, process.execPath];
  // Only what a program needs to be found: settings of this machine's owner must not leak in.
  const { PATH = "", HOME = "", TMPDIR = "/tmp" } = process.env;
  const child = spawn(program, [...line, MAIN, ...(options.args ?? [])], {
    env: {
      PATH,
      HOME,
      TMPDIR,
      UV_THREADPOOL_SIZE: "8",
      CLAIMD_GRPC_PORT: "0",
      CLAIMD_ADMIN_PORT: "0",
      CLAIMD_HOST: "127.0.0.1",
      CLAIMD_DATA_DIR: options.dataDir,
      CLAIMD_LOG_LEVEL: "warn",
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

function collect(child: ChildProcess): { out: () => string; err: () => string } {
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out = (out + text).slice(-OUTPUT_KEPT);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err = (err + text).slice(-OUTPUT_KEPT);
  });
  return { out: () => out, err: () => err };
}

const ended = (child: ChildProcess): Promise<Exit> =>
  new Promise((resolve) => {
    child.once("close", (code, signal) => {
      resolve({ code, signal });
    });
  });

export class ServerProcess {
  readonly grpc: string;
  readonly admin: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #stderr: () => string;

  constructor(child: ChildProcess, line: string, exited: Promise<Exit>, stderr: () => string) {
    const ready = JSON.parse(line) as { grpc: string; admin: string };
    this.grpc = ready.grpc;
    this.admin = ready.admin;
    this.pid = child.pid ?? 0;
    this.exited = exited;
    this.#child = child;
    this.#stderr = stderr;
  }

  /** The log so far. */
  get stderr(): string {
    return this.#stderr();
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends the signal and waits for the end. */
  async kill(signal: NodeJS.Signals = "SIGKILL", withinMs = 20_000): Promise<Exit> {
    this.#child.kill(signal);
    return await this.waitForExit(withinMs);
  }

  waitForExit(withinMs: number): Promise<Exit> {
    return within(withinMs, () => `exit of the server\n${this.stderr.slice(-4000)}`, this.exited);
  }
}

/** Starts a server and waits until it says that it is ready. */
export async function spawnServer(options: SpawnOptions): Promise<ServerProcess> {
  const child = start(options);
  const { out, err } = collect(child);
  const exited = ended(child);
  const line = new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const found = out()
        .split("\n")
        .slice(0, -1)
        .find((each) => each.includes('"ready":true'));
      if (found !== undefined) resolve(found);
    });
    child.once("error", reject);
    void exited.then(({ code, signal }) => {
      reject(new Error(`server ended before it was ready: ${code ?? signal}\n${err()}`));
    });
  });
  try {
    return new ServerProcess(child, await within(READY_WITHIN_MS, err, line), exited, err);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** Starts a server that is meant to refuse, and waits for its end. */
export async function runToExit(options: SpawnOptions, withinMs = 20_000): Promise<EndedProcess> {
  const child = start(options);
  const { out, err } = collect(child);
  try {
    const exit = await within(withinMs, err, ended(child));
    return { ...exit, stdout: out(), stderr: err() };
  } finally {
    child.kill("SIGKILL");
  }
}
