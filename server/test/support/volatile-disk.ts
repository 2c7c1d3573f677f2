/**
 * A mounted disk that forgets what was not synced (volatile_fs.py). `powerCut` kills the program
 * that serves it: what `backing` holds then is what a real disk would show.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PYTHON } from "./services.ts";
import { within } from "./server-process.ts";

const PROGRAM = fileURLToPath(new URL("volatile_fs.py", import.meta.url));

/** Where the disk's bytes live between power cuts. */
export function newBacking(): string {
  const folder = mkdtempSync(join(tmpdir(), "claimd-disk-"));
  mkdirSync(join(folder, "backing"));
  return join(folder, "backing");
}

const mounted = new Set<VolatileDisk>();
process.once("exit", () => {
  for (const disk of mounted) disk.kill();
});

/**
 * Cuts the power of every disk that is still mounted and removes what they kept, for `afterAll`.
 */
export async function endDisks(): Promise<void> {
  for (const disk of mounted) {
    await disk.powerCut();
    rmSync(dirname(disk.backing), { recursive: true, force: true });
  }
}

export class VolatileDisk {
  readonly path: string;
  readonly backing: string;
  readonly #program: ChildProcess;
  #output = "";

  private constructor(program: ChildProcess, backing: string, path: string) {
    this.#program = program;
    this.backing = backing;
    this.path = path;
    program.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
    });
  }

  static async mount(backing: string): Promise<VolatileDisk> {
    const path = mkdtempSync(join(tmpdir(), "claimd-mount-"));
    const program = spawn(PYTHON, [PROGRAM, backing, path], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const disk = new VolatileDisk(program, backing, path);
    mounted.add(disk);
    await disk.#says("mounted");
    return disk;
  }

  /** Kills the program alone; the mount stays behind, dead. */
  kill(): void {
    this.#program.kill("SIGKILL");
  }

  /** Lets the next syncs or writes fail with EIO. */
  async fail(what: "sync" | "write", count: number): Promise<void> {
    this.#output = "";
    this.#program.stdin?.write(`fail-${what} ${count}\n`);
    await this.#says("ok");
  }

  /** At once, in the middle of whatever is being written. Then gone from the mount table. */
  async powerCut(): Promise<void> {
    if (this.#program.exitCode === null && this.#program.signalCode === null) {
      const gone = once(this.#program, "exit");
      this.kill();
      await gone;
    }
    spawnSync("umount", ["-l", this.path]);
    rmSync(this.path, { recursive: true, force: true });
    mounted.delete(this);
  }

  async #says(word: string): Promise<void> {
    const stdout = this.#program.stdout;
    if (stdout === null) throw new Error("no output");
    const heard = async (): Promise<void> => {
      while (!this.#output.includes(word)) await once(stdout, "data");
    };
    await within(20_000, () => `"${word}" from the volatile disk`, heard());
  }
}
