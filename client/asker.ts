/**
 * Asks: puts deadline and AbortSignal on a command, hands it to its node, tells the hooks.
 *
 * A call without an AbortSignal costs no listener, and no call costs a timer. A grant whose caller
 * gave up is given back: released with its own claim id, so that nobody waits for its lease.
 */
import { setMaxListeners } from "node:events";
import { Call, type Command, type Read, shapeOf } from "./call.ts";
import type { Counters } from "./counters.ts";
import type { Environment } from "./environment.ts";
import { ClaimdError } from "./errors.ts";
import type { Hooks } from "./hooks.ts";
import type { Nodes } from "./nodes.ts";
import type { Reply, ReplyOf } from "./reply.ts";

export interface AskOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export class Asker {
  readonly environment: Environment;
  readonly counters: Counters;
  readonly hooks: Hooks;
  readonly #nodes: Nodes;

  constructor(nodes: Nodes, environment: Environment, counters: Counters, hooks: Hooks) {
    this.#nodes = nodes;
    this.environment = environment;
    this.counters = counters;
    this.hooks = hooks;
  }

  /** `T` is what the command's verb is answered with. */
  ask<T extends Reply["type"]>(command: Command, options: AskOptions): Promise<ReplyOf<T>> {
    return this.askFor(command, options, asItIs) as Promise<ReplyOf<T>>;
  }

  /** What `read` makes of the reply, and by the same promise: one for each layer costs here. */
  askFor<T>(command: Command, options: AskOptions, read: Read<T>): Promise<T> {
    if (this.hooks.onCall !== undefined) return this.#told(command, options).then(read);
    return this.#send(command, options, read);
  }

  async #told(command: Command, options: AskOptions): Promise<Reply> {
    const askedAtMs = this.environment.nowMs();
    try {
      const reply = await this.#send(command, options, asItIs);
      this.#tell(command, askedAtMs, statusOf(reply));
      return reply;
    } catch (error) {
      this.#tell(command, askedAtMs, codeOf(error));
      throw error;
    }
  }

  #send<T>(command: Command, options: AskOptions, read: Read<T>): Promise<T> {
    const { signal, timeoutMs } = options;
    const call = new Call(command, timeoutMs, read);
    if (signal?.aborted === true) {
      call.refuse(abortError(signal));
    } else {
      if (signal !== undefined) endBySignal(call, signal, this.#nodes);
      this.#nodes.ask(call);
    }
    return call.promise as Promise<T>;
  }

  #tell({ shape }: Command, askedAtMs: number, status: string): void {
    const durationMs = this.environment.nowMs() - askedAtMs;
    this.hooks.onCall?.({ verb: shape.verb, namespace: shape.namespace, status, durationMs });
  }
}

function endBySignal(call: Call, signal: AbortSignal, nodes: Nodes): void {
  const onAbort = (): void => {
    nodes.giveUp(call, abortError(signal));
  };
  // One signal for thousands of calls is no leak: a listener lives as long as its call.
  setMaxListeners(0, signal);
  signal.addEventListener("abort", onAbort, { once: true });
  call.onOver = () => {
    signal.removeEventListener("abort", onAbort);
  };
}

/** Gives a grant back that nobody wants. When that fails the lease ends it. */
export function releaseLateGrant(asker: Asker, { command }: Call, timeoutMs: number): void {
  asker.counters.lateGrants++;
  const { key, claimId, shape } = command;
  const release = { key, claimId, shape: shapeOf(shape.namespace, "FAIL") };
  asker.ask<"settle">(release, { timeoutMs }).catch(() => {
    asker.counters.unsettled++;
  });
}

export function abortError(signal: AbortSignal): ClaimdError {
  return new ClaimdError("ABORTED", "the caller gave up", { cause: signal.reason });
}

function asItIs(reply: Reply): Reply {
  return reply;
}

function statusOf({ type, answer }: Reply): string {
  if (type === "claim" || type === "settle") return answer.status;
  if (type === "get") return answer.found ? "FOUND" : "NOT_FOUND";
  return answer.existed ? "REMOVED" : "NOT_FOUND";
}

function codeOf(error: unknown): string {
  return error instanceof ClaimdError ? error.code : "INTERNAL";
}
