/**
 * The client: wires the parts together, and ends them.
 *
 *   open ─ close() ─▶ closing: handles may settle, nothing new begins ─▶ closed
 *
 * Must stay true: after close() nothing of it keeps the process alive.
 */
import { Asker, releaseLateGrant } from "./asker.ts";
import { type BatchCommand, type BatchOutcome, batch } from "./batch.ts";
import { CompletedCache } from "./cache.ts";
import { shapeOf } from "./call.ts";
import { checkAndSet } from "./check-and-set.ts";
import { type CheckAndSetOptions, type ClaimOptions, claim } from "./claim.ts";
import { ClaimIds } from "./claim-ids.ts";
import type { CallOptions, ClientContext } from "./client-context.ts";
import { type Counters, zeroCounters } from "./counters.ts";
import { type Environment, realEnvironment } from "./environment.ts";
import { ClaimdError } from "./errors.ts";
import { type ForgetOptions, type Forgotten, forget, get } from "./get-and-forget.ts";
import { HotKeys } from "./hot-keys.ts";
import type { Key } from "./key-bytes.ts";
import { Nodes } from "./nodes.ts";
import { type ClientOptions, settingsOf } from "./options.ts";
import type { CheckAndSet, ClaimOutcome, KeyRecord } from "./outcome.ts";
import { type RunOptions, type RunOutcome, run } from "./run.ts";
import type { RunningClaim } from "./running-claim.ts";

export interface ClientStats extends Readonly<Counters> {
  /** Nodes that a Session is open to now. */
  readonly connections: number;
}

/** Connects when it is first needed. Throws INVALID_ARGUMENT with everything that is wrong. */
export function createClient(options: ClientOptions): ClaimdClient {
  return clientIn(realEnvironment, options);
}

/** As createClient, with clock, timers and randomness given. */
export function clientIn(environment: Environment, options: ClientOptions): ClaimdClient {
  const settings = settingsOf(options);
  const claimIds = new ClaimIds(environment);
  const counters = zeroCounters();
  const nodes = new Nodes({
    seeds: settings.addresses,
    security: settings.security,
    flow: settings.flow,
    environment,
    fraction: () => claimIds.fraction(),
    counters,
    onLateGrant: (call) => {
      releaseLateGrant(asker, call, settings.settleTimeoutMs);
    },
    onDisconnect: (error) => settings.hooks.onDisconnect?.({ error }),
  });
  const asker = new Asker(nodes, environment, counters, settings.hooks);
  const { namespace, leaseMs, windowMs, holder } = settings;
  const context: ClientContext = {
    settings,
    asker,
    claimIds,
    cache: settings.cacheEntries === 0 ? undefined : new CompletedCache(settings.cacheEntries),
    hotKeys: new HotKeys(settings.keepsHot),
    plain: {
      claim: shapeOf(namespace, "CLAIM", { leaseMs, windowMs, holder }),
      checkAndSet: shapeOf(namespace, "CLAIM", { windowMs, complete: true }),
    },
  };
  return new ClaimdClient(context, nodes);
}

export class ClaimdClient implements AsyncDisposable {
  readonly #context: ClientContext;
  readonly #nodes: Nodes;
  readonly #runs = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(context: ClientContext, nodes: Nodes) {
    this.#context = context;
    this.#nodes = nodes;
  }

  /** Applies the effect once per key; duplicates get its value. */
  async run<T>(
    key: Key,
    handler: (claim: RunningClaim) => T | Promise<T>,
    options?: RunOptions,
  ): Promise<RunOutcome<T>> {
    if (this.#closing !== undefined) return closed();
    const running = run(this.#context, key, handler, options);
    this.#runs.add(running);
    try {
      return await running;
    } finally {
      this.#runs.delete(running);
    }
  }

  /** Claims the key. GRANTED: do the work, then settle. Everything else is a normal answer. */
  claim(key: Key, options?: ClaimOptions): Promise<ClaimOutcome> {
    return this.#closing === undefined ? claim(this.#context, key, options) : closed();
  }

  /** Claims and completes in one write: whether this is the first time the key is seen. */
  checkAndSet(key: Key, options?: CheckAndSetOptions): Promise<CheckAndSet> {
    return this.#closing === undefined ? checkAndSet(this.#context, key, options) : closed();
  }

  /** Looks at a key. No side effect. */
  get(key: Key, options?: CallOptions): Promise<KeyRecord | undefined> {
    return this.#closing === undefined ? get(this.#context, key, options) : closed();
  }

  /** Removes what is known of a key: the next claim is granted as the first. */
  forget(key: Key, options: ForgetOptions): Promise<Forgotten> {
    return this.#closing === undefined ? forget(this.#context, key, options) : closed();
  }

  /** Many commands, an outcome each, in the order of the commands. */
  batch<const C extends readonly BatchCommand[]>(
    commands: C,
  ): Promise<{ [I in keyof C]: BatchOutcome<C[I]> }> {
    return this.#closing === undefined ? batch(this, commands) : closed();
  }

  /** What was counted so far, and how many nodes are connected now. */
  stats(): ClientStats {
    return { ...this.#context.asker.counters, connections: this.#nodes.connected };
  }

  /**
   * Begins nothing new, frees claims that wait, lets running handlers settle and commands be
   * answered, for at most `closeTimeoutMs`; then ends what is left with CLOSED. Safe to call again.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { asker, settings } = this.#context;
    const over = new ClaimdError("CLOSED", "the client is closed");
    this.#nodes.giveUpWaiting(over);
    await new Promise<void>((resolve) => {
      const timer = asker.environment.setTimer(resolve, settings.closeTimeoutMs, "keep-alive");
      void this.#workInHand().then(() => {
        timer.cancel();
        resolve();
      });
    });
    await this.#nodes.close(over);
  }

  async #workInHand(): Promise<void> {
    await Promise.allSettled(this.#runs);
    await this.#nodes.idle();
  }
}

function closed(): Promise<never> {
  return Promise.reject(new ClaimdError("CLOSED", "the client is closed"));
}
