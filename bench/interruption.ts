/**
 * Ctrl-C: the first ends the run early, and what was finished is written; the second ends the
 * program at once.
 *
 *   running ─ SIGINT ─▶ interrupted: end the children, write the result ─ SIGINT ─▶ gone
 */
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT_CODES } from "./support/belongings.ts";

/** npm passes on what the terminal has sent to the whole group: one press, two signals. */
const SAME_PRESS_MS = 200;
/** Children hear of Ctrl-C too: one may fail and be heard of before this process hears of it. */
const HEARD_WITHIN_MS = 200;

export interface Surroundings {
  readonly signals: Pick<NodeJS.EventEmitter, "on">;
  readonly exit: (code: number) => void;
}

const REAL: Surroundings = { signals: process, exit: (code) => process.exit(code) };

export class Interruption {
  #atMs: number | undefined;
  #interrupt: () => void = () => undefined;
  readonly #interrupted = new Promise<void>((resolve) => {
    this.#interrupt = resolve;
  });

  constructor({ signals, exit }: Surroundings = REAL) {
    signals.on("SIGINT", () => {
      const nowMs = performance.now();
      this.#atMs ??= nowMs;
      if (nowMs - this.#atMs > SAME_PRESS_MS) exit(EXIT_CODES.SIGINT);
      this.#interrupt();
    });
  }

  /**
   * Waits for the work or for Ctrl-C, whichever is first: true when it was interrupted. What the
   * work does after that is nobody's concern; its processes are about to be ended.
   */
  async cuts(work: Promise<void>): Promise<boolean> {
    try {
      await Promise.race([work, this.#interrupted]);
    } catch (error) {
      await Promise.race([this.#interrupted, sleep(HEARD_WITHIN_MS)]);
      if (this.#atMs === undefined) throw error;
    }
    work.catch(() => undefined);
    return this.#atMs !== undefined;
  }
}
