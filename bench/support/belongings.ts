/**
 * What a program of the bench has started or made: child processes and temporary folders.
 *
 * Must stay true: whatever ends the program short of SIGKILL (its work done, an error, Ctrl-C),
 * none of them is left; after `release` nothing new is kept. Never touches a process or a folder
 * that it was not given.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

/** As a shell tells the end by a signal. */
export const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type EndingSignal = keyof typeof EXIT_CODES;

export class Belongings {
  /** And the signal that ends each at once. */
  readonly #children = new Map<ChildProcess, NodeJS.Signals>();
  readonly #folders = new Set<string>();
  #isReleased = false;

  /** Those of the signals end the program at once that nobody else takes care of. */
  constructor(signals: readonly EndingSignal[] = ["SIGINT", "SIGTERM"]) {
    // The last resort, in one tick; the orderly end is `release`.
    process.once("exit", () => {
      for (const [child, end] of this.#children) child.kill(end);
      this.#removeFolders();
    });
    for (const signal of signals) {
      process.once(signal, () => {
        void this.release().finally(() => process.exit(EXIT_CODES[signal]));
      });
    }
  }

  /** The program is ending: nothing is started any more. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** SIGKILL for all but those that would leave something behind. */
  keep<T extends ChildProcess>(child: T, end: NodeJS.Signals = "SIGKILL"): T {
    if (this.#isReleased) {
      child.kill(end);
      throw new Error("the program is ending");
    }
    this.#children.set(child, end);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }

  temporaryDirectory(parent: string, name: string): string {
    if (this.#isReleased) throw new Error("the program is ending");
    const path = mkdtempSync(join(parent, `${name}-`));
    this.#folders.add(path);
    return path;
  }

  removeDirectory(path: string): void {
    if (this.#folders.delete(path)) rmSync(path, { recursive: true, force: true });
  }

  /** Kills what still runs, waits until it is gone, then removes the folders. */
  async release(): Promise<void> {
    this.#isReleased = true;
    await Promise.all([...this.#children].map(([child, end]) => endChild(child, end)));
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
