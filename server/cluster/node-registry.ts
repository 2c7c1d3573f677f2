/**
 * A node's sign of life: its record under a lease, renewed only while the node is well.
 *
 *     absent ──well──▶ registered ──renewed while well──▶ …
 *        ▲                 │ not well: the lease runs out
 *        └─────────────────┘ renewal unsure: registered anew, in the place of the old one
 *
 * A stuck disk must not look alive: `isWell` says that a journal sync succeeded lately. A stuck
 * event loop looks dead by itself, because nothing here then renews. A hint in both directions:
 * nothing is safe or unsafe by it.
 *
 * Never takes the key away before its successor is there: everybody would take the node for dead.
 */
import { ClaimdError } from "../errors.ts";
import type { Coordinator, Liveness } from "./coordinator.ts";
import type { Timers } from "./memory-coordinator.ts";
import { pause } from "./patience.ts";

export interface NodeRegistrationOptions {
  readonly coordinator: Coordinator;
  readonly key: string;
  readonly value: Uint8Array;
  readonly timers: Timers;
  /** A journal sync has succeeded lately. Asked before each sign of life. */
  readonly isWell: () => boolean;
  readonly leaseMs?: number;
}

/** A dead node's partitions wait so long: longer than a pause that is none. */
export const LEASE_MS = 10_000;
/** Two signs of life may be lost. */
const SIGNS_PER_LEASE = 4;

export class NodeRegistration implements AsyncDisposable {
  readonly #options: NodeRegistrationOptions;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  #liveness: Liveness | undefined;
  #registered = false;

  constructor(options: NodeRegistrationOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** The last sign of life was given, and taken. */
  get registered(): boolean {
    return this.#registered;
  }

  /** The key goes at once, as well as it can, so that nobody waits for the end of the lease. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#running;
    this.#registered = false;
    await end(this.#liveness);
    this.#liveness = undefined;
  }

  async #run(): Promise<void> {
    const { timers, isWell, leaseMs = LEASE_MS } = this.#options;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      this.#registered = isWell() && (await this.#sayAlive());
      await pause(timers, leaseMs / SIGNS_PER_LEASE, signal);
    }
  }

  async #sayAlive(): Promise<boolean> {
    const { coordinator, key, value, leaseMs = LEASE_MS } = this.#options;
    const old = this.#liveness;
    if ((await old?.renew()) === true) return true;
    try {
      this.#liveness = await coordinator.register(key, value, leaseMs);
    } catch (error) {
      if (error instanceof ClaimdError && error.code === "COORDINATOR_UNAVAILABLE") return false;
      throw error;
    }
    await end(old);
    return true;
  }
}

async function end(liveness: Liveness | undefined): Promise<void> {
  try {
    await liveness?.[Symbol.asyncDispose]();
  } catch {
    // It ends by itself.
  }
}
