/**
 * Whether this node should look alive: whoever counts on it waits for a disk that syncs and a clock
 * that the others take.
 *
 *     a stuck disk       not alive as long as nothing is synced
 *     a refused clock    not alive for a minute, then two, four …: it would lead again, be refused
 *                        again, and stop its partitions each time
 */
import type { Log } from "../../log.ts";
import type { TurnChange } from "../../storage/partition-erasing.ts";

export interface LivenessParts {
  readonly change: TurnChange;
  readonly monotonicMs: () => number;
  /** What this node leads is taken by none of those who keep up, for its stamps. */
  readonly isRefused: () => boolean;
  readonly log: Pick<Log, "error">;
}

const PROVE_MS = 1000;
const PROOF_HOLDS_MS = 5000;
const REFUSED_MS = { first: 60_000, most: 16 * 60_000 };

export class Liveness implements Disposable {
  readonly #parts: LivenessParts;
  readonly #timer: NodeJS.Timeout;
  #provenAtMs: number;
  #refusedUntilMs = Number.NEGATIVE_INFINITY;
  #refusedMs = REFUSED_MS.first;

  constructor(parts: LivenessParts) {
    this.#parts = parts;
    this.#provenAtMs = parts.monotonicMs();
    this.#timer = setInterval(() => {
      this.#prove();
      this.#lookAtClock();
    }, PROVE_MS);
  }

  get isWell(): boolean {
    const nowMs = this.#parts.monotonicMs();
    return nowMs - this.#provenAtMs < PROOF_HOLDS_MS && nowMs >= this.#refusedUntilMs;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #prove(): void {
    this.#parts
      .change(() => undefined)
      .then(
        () => {
          this.#provenAtMs = this.#parts.monotonicMs();
        },
        // Full or stopping: then nobody should count on it.
        () => undefined,
      );
  }

  #lookAtClock(): void {
    const { monotonicMs, isRefused, log } = this.#parts;
    const nowMs = monotonicMs();
    if (nowMs < this.#refusedUntilMs || !isRefused()) return;
    this.#refusedUntilMs = nowMs + this.#refusedMs;
    const forMs = this.#refusedMs;
    log.error({ forMs }, "the others refuse this node's clock: it leads nothing meanwhile");
    this.#refusedMs = Math.min(2 * forMs, REFUSED_MS.most);
  }
}
