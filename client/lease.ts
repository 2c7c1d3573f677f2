/**
 * How long a claim may rely on its lease, by monotonic time alone, server reachable or not.
 *
 * The lease counts from before the request was sent, so it is never longer here than at the server;
 * a margin is left for stopping. Must stay true: `signal` has aborted before anybody else can be
 * granted the key. Makes neither controller nor timer unless somebody asks for the signal.
 */
import type { Environment, Timer } from "./environment.ts";
import { ClaimdError } from "./errors.ts";

const LARGEST_MARGIN_MS = 1000;

/** How long before the end of a lease work must stop. */
export function marginOf(leaseMs: number, optionMs: number | undefined): number {
  return Math.min(optionMs ?? Math.min(leaseMs / 10, LARGEST_MARGIN_MS), leaseMs);
}

export class Lease {
  readonly #environment: Environment;
  readonly #onLost: () => void;
  #untilMs: number;
  #controller: AbortController | undefined;
  #timer: Timer | undefined;
  #state: "running" | "lost" | "ended" = "running";
  #lostBecause: ClaimdError | undefined;

  /** `untilMs`: monotonic, margin taken off. */
  constructor(environment: Environment, untilMs: number, onLost: () => void) {
    this.#environment = environment;
    this.#untilMs = untilMs;
    this.#onLost = onLost;
  }

  get leftMs(): number {
    if (this.#state === "lost") return 0;
    return Math.max(this.#untilMs - this.#environment.nowMs(), 0);
  }

  get isLost(): boolean {
    return this.#state === "lost";
  }

  /** Aborts with LEASE_LOST when the lease can't be relied on any more; never after `end`. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#state === "lost") this.#controller.abort(this.#lostBecause);
      else this.#watch();
    }
    return this.#controller.signal;
  }

  extendTo(untilMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, untilMs);
  }

  /** The server said so, or the time is over. */
  lose(message: string): void {
    if (this.#state !== "running") return;
    this.#state = "lost";
    this.#timer?.cancel();
    this.#lostBecause = new ClaimdError("LEASE_LOST", message);
    this.#onLost();
    this.#controller?.abort(this.#lostBecause);
  }

  /** The claim is being settled: from here on its answer says whether the lease held. */
  end(): void {
    if (this.#state === "running") this.#state = "ended";
    this.#timer?.cancel();
  }

  #watch(): void {
    if (this.#state !== "running") return;
    const leftMs = this.#untilMs - this.#environment.nowMs();
    if (leftMs <= 0) {
      this.lose("the lease is over, others may be granted the key");
      return;
    }
    // Extending does not touch the timer: it looks again when it fires.
    this.#timer = this.#environment.setTimer(() => {
      this.#watch();
    }, leftMs);
  }
}
