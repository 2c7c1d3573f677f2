/**
 * What a program of the bench has started or made: child processes and temporary folders.
 *
 * Must stay true: whatever ends the program short of SIGKILL (its work done, an error, Ctrl-C),
 * none of them is left. Never touches a process or a folder that it was not given.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

export class Belongings {
  readonly #children = new Set<ChildProcess>();
  readonly #folders = new Set<string>();

  constructor() {
    // The last resort, in one tick; the orderly end is `release`.
    process.once("exit", () => {
      for (const child of this.#children) child.kill("SIGKILL");
      this.#removeFolders();
    });
    for (const [signal, exitCode] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      process.once(signal, () => {
        void this.release().finally(() => process.exit(exitCode));
      });
    }
  }

  keep<T extends ChildProcess>(child: T): T {
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }

  temporaryDirectory(parent: string, name: string): string {
    const path = mkdtempSync(join(parent, `${name}-`));
    this.#folders.add(path);
    return path;
  }

  removeDirectory(path: string): void {
    if (this.#folders.delete(path)) rmSync(path, { recursive: true, force: true });
  }

  /** Kills what still runs, waits until it is gone, then removes the folders. */
  async release(): Promise<void> {
    await Promise.all([...this.#children].map((child) => endChild(child, "SIGKILL")));
    this.#removeFolders();
  }

  #removeFolders(): void {
    for (const path of this.#folders) this.removeDirectory(path);
  }
}

/** Sends the signal and waits for the end; at once when the process has ended already. */
export async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}
