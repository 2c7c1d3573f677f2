/**
 * Callers that never rest: mixed commands on hot keys and on keys of their own, in namespaces with
 * long and with short windows and leases, every call written into a history.
 *
 * A call without an answer is kept: whoever runs the load sends it again later, as a client would.
 */
import { performance } from "node:perf_hooks";
import type { Namespace } from "@claimd/proto";
import type { Answer, ClaimCommand, Command, Transport } from "./command.ts";
import { type History, isOpen } from "./history.ts";
import { sleep } from "./key-asker.ts";
import type { Policy } from "./key-grants.ts";
import type { Random } from "./seed.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What the load needs to exist, and what the checker must know of it. */
export const LOAD_NAMESPACES: readonly (Namespace & Policy & { readonly name: string })[] = [
  { name: "long", windowMs: DAY_MS, leaseMs: HOUR_MS },
  { name: "lapsing", windowMs: DAY_MS, leaseMs: 150 },
  { name: "brief", windowMs: 1000, leaseMs: 150 },
  { name: "tries", windowMs: DAY_MS, leaseMs: HOUR_MS, maxAttempts: 3 },
  { name: "held", windowMs: DAY_MS, leaseMs: 150, hold: true },
];

export function loadPolicy(namespace: string): Policy {
  const found = LOAD_NAMESPACES.find(({ name }) => name === namespace);
  if (found === undefined) throw new Error(`no namespace ${namespace}`);
  return found;
}

/** Hot keys are hot for so long, then others are. */
const HOT_FOR_MS = 250;
const HOT_KEYS = 6;
/** Old keys of its own that a caller comes back to. */
const KEPT = 64;

export interface LoadOptions {
  readonly random: Random;
  readonly history: History;
  /** Ask again, with the same claim id, until there is an answer. */
  readonly persistent?: boolean;
  /** So that keys of several loads on one server differ. */
  readonly label?: string;
}

export class Load {
  /** Commands that got no answer. */
  readonly unanswered: Command[] = [];
  /** Claims that were granted, newest last. */
  readonly granted: ClaimCommand[] = [];
  answered = 0;
  readonly #options: LoadOptions;
  #running: Promise<void>[] = [];
  #stopped = false;
  #made = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  start(transports: readonly Transport[], callers: number): void {
    this.#stopped = false;
    this.#running = Array.from({ length: callers }, (_, caller) =>
      this.#call(transports[caller % transports.length] as Transport),
    );
  }

  /** Until so many more calls have been answered: a slow machine must not make a weak test. */
  async answers(more: number): Promise<void> {
    const enough = this.answered + more;
    while (this.answered < enough) await sleep(5);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #call(transport: Transport): Promise<void> {
    const kept: Command[] = [];
    while (!this.#stopped) {
      const { random } = this.#options;
      const old = kept.length > 0 && random.chance(0.2) ? random.pick(kept) : this.#target();
      const claim = this.#claim(old);
      kept.push(claim);
      if (kept.length > KEPT) kept.shift();
      const answer = await this.#ask(transport, claim);
      if (answer === undefined) continue;
      if (answer.kind === "claim" && answer.status === "GRANTED") {
        this.granted.push(claim);
        await this.#work(transport, claim, answer.fencingToken);
      } else if (random.chance(0.2)) {
        const { namespace, key } = claim;
        await this.#ask(transport, { verb: "GET", namespace, key });
      }
    }
  }

  /** What somebody does who was granted a key: mostly the right thing. */
  async #work(transport: Transport, claim: ClaimCommand, token: number): Promise<void> {
    const { random } = this.#options;
    const { namespace, key, claimId } = claim;
    const on = { namespace, key, claimId };
    if (random.chance(0.2)) await this.#ask(transport, claim);
    if (random.chance(0.2)) await this.#ask(transport, { verb: "EXTEND", ...on });
    if (random.chance(0.05)) await sleep(random.below(300));
    const result = { data: random.bytes(random.below(40)), contentType: "a/b" };
    const fate = random.next();
    if (fate < 0.6) {
      await this.#ask(transport, { verb: "COMPLETE", ...on, result });
    } else if (fate < 0.85) {
      const outcome = random.pick(["RETRYABLE", "RETRYABLE", "TERMINAL", "UNKNOWN"] as const);
      await this.#ask(transport, { verb: "FAIL", ...on, outcome, result });
    } else if (fate < 0.9) {
      await this.#ask(transport, { verb: "FORGET", namespace, key, fencingToken: token });
    }
    if (random.chance(0.1)) await this.#ask(transport, { verb: "COMPLETE", ...on, result });
  }

  async #ask(transport: Transport, command: Command): Promise<Answer | undefined> {
    const { history, persistent } = this.#options;
    for (;;) {
      const answer = await history.ask(transport, command);
      if (!isOpen(answer)) {
        this.answered += 1;
        return answer;
      }
      if (persistent !== true) {
        this.unanswered.push(command);
        await sleep(5);
        return undefined;
      }
      await sleep(this.#options.random.below(20));
    }
  }

  #target(): { readonly namespace: string; readonly key: Buffer } {
    const { random, label = "" } = this.#options;
    const namespace = random.pick(LOAD_NAMESPACES).name;
    if (random.chance(0.4)) {
      const name = `hot-${Math.floor(performance.now() / HOT_FOR_MS)}-${random.below(HOT_KEYS)}`;
      return { namespace, key: Buffer.from(`${label}${name}`) };
    }
    return { namespace, key: Buffer.from(`${label}own-${++this.#made}`) };
  }

  #claim({ namespace, key }: { readonly namespace: string; readonly key: Buffer }): ClaimCommand {
    const { random } = this.#options;
    const oneShot = random.chance(0.1) ? { complete: true } : {};
    return { verb: "CLAIM", namespace, key, claimId: random.bytes(16), ...oneShot };
  }
}
