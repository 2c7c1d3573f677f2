/**
 * Extends a lease at a third of it, again and again, until it is told to stop.
 *
 * A refusal says that the claim is somebody else's: the lease is lost at once. When nobody answers
 * it tries on until the lease itself ends; that end needs no server.
 */
import type { Environment, Timer } from "./environment.ts";
import { isClaimdError } from "./errors.ts";
import type { Settled } from "./granted-claim.ts";
import type { Lease } from "./lease.ts";

/** Throws when there was no answer. */
export type Extend = (timeoutMs: number) => Promise<Settled["status"]>;

/** Between a failed try and the next. */
const RETRY_MS = 250;

export class LeaseKeeper {
  readonly #environment: Environment;
  readonly #lease: Lease;
  readonly #everyMs: number;
  readonly #extend: Extend;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(environment: Environment, lease: Lease, leaseMs: number, extend: Extend) {
    this.#environment = environment;
    this.#lease = lease;
    this.#everyMs = leaseMs / 3;
    this.#extend = extend;
  }

  /** A grant that was long under way may have little of its lease left: then it extends at once. */
  start(): void {
    this.#again(Math.min(this.#everyMs, this.#lease.leftMs - this.#everyMs));
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #again(afterMs: number): void {
    if (this.#stopped || this.#lease.isLost) return;
    this.#timer = this.#environment.setTimer(() => {
      void this.#tick();
    }, afterMs);
  }

  async #tick(): Promise<void> {
    try {
      const status = await this.#extend(Math.max(Math.ceil(this.#lease.leftMs), 1));
      if (this.#stopped) return;
      if (status === "APPLIED" || status === "ALREADY_APPLIED") this.#again(this.#everyMs);
      else this.#lease.lose(`the lease can't be extended: the server says ${status}`);
    } catch (error) {
      if (this.#stopped || isClaimdError(error, "CLOSED")) return;
      if (this.#lease.leftMs <= 0) this.#lease.lose("the lease is over, no node extended it");
      this.#again(Math.min(RETRY_MS, this.#everyMs));
    }
  }
}
