/**
 * A claim that was granted: the right to apply the effect, and the duty to settle.
 *
 *   granted ─ complete ─▶ COMPLETED      granted ─ fail ─▶ RELEASED, FAILED or HELD
 *      │ disposed of unsettled: fail RETRYABLE, or UNKNOWN where the namespace holds lapsed claims
 *
 * Key and claim id were computed once and never change, whatever becomes of the payload. Every
 * settlement may be sent again. Refusals of settlements are values: look at `status`.
 */
import type { Result } from "@claimd/proto";
import { type Outcome, OUTCOMES, type Shape, shapeOf } from "./call.ts";
import { type CallOptions, type ClientContext, tellUnsettled } from "./client-context.ts";
import { derivedKey } from "./derived-key.ts";
import { type CheckedKey, keyBytes } from "./key-bytes.ts";
import { Lease, marginOf } from "./lease.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { choiceProblem, leaseOf, rangeProblem, refuse } from "./option-checks.ts";
import { LIMITS } from "./limits.ts";
import { type KeyRecord, keyRecord } from "./outcome.ts";
import type { ClaimReply, SettleReply } from "./reply.ts";
import { ClaimdError } from "./errors.ts";
import { type ResultInput, resultOfInput } from "./values.ts";

/** What became of a settlement or an extension. */
export interface Settled {
  /** APPLIED and ALREADY_APPLIED: it stands. STALE_OWNER, NOT_FOUND: it does not. */
  readonly status: "APPLIED" | "ALREADY_APPLIED" | "STALE_OWNER" | "NOT_FOUND";
  /** APPLIED after the lease was over, when nobody had taken over. */
  readonly late: boolean;
  /** What stands instead, or already. */
  readonly current: KeyRecord | undefined;
}

export type SettleOptions = Omit<CallOptions, "namespace">;
export interface ExtendOptions extends SettleOptions {
  /** From now. Default: the lease the claim was granted with. */
  readonly leaseMs?: number;
}
export interface FailOptions extends SettleOptions {
  /** What duplicates get with FAILED; for TERMINAL only. */
  readonly result?: ResultInput;
}

/** What is known of a claim when it is granted. */
export interface Grant {
  readonly namespace: string;
  readonly key: CheckedKey;
  readonly claimId: string;
  readonly requestedLeaseMs: number;
  readonly reply: ClaimReply;
}

export class GrantedClaim implements AsyncDisposable {
  readonly status = "GRANTED";
  readonly namespace: string;
  /** How often the key has been granted, this time included. */
  readonly attempt: number;
  /** Grows with every grant of the key. Pass it to sinks that refuse smaller ones. */
  readonly fencingToken: number;
  /** How long the lease lasts, from the sending of the claim or of an extension. */
  readonly leaseMs: number;
  /** After a lapse the key is HELD: nobody takes over. */
  readonly hold: boolean;
  /** Taken over from a claim that lapsed and may have run. */
  readonly reclaimed: boolean;
  /** Observe mode: in earnest it would have been another answer, and settling changes nothing. */
  readonly shadowed: boolean;
  readonly #context: ClientContext;
  readonly #grant: Grant;
  readonly #lease: Lease;
  #keeper: LeaseKeeper | undefined;
  #key: Buffer | undefined;
  #derivedKey: string | undefined;
  #settling = false;
  /**
   * What an extension asks for by itself. 0 = the lease the claim was granted with; its policy may
   * have a smaller one by now.
   */
  #usualLeaseMs: number;

  constructor(context: ClientContext, grant: Grant) {
    const { answer, fencingToken, sentAtMs } = grant.reply;
    this.#context = context;
    this.#grant = grant;
    this.#usualLeaseMs = grant.requestedLeaseMs;
    this.namespace = grant.namespace;
    this.attempt = answer.attempt;
    this.fencingToken = fencingToken;
    this.leaseMs = answer.leaseMs;
    this.hold = answer.hold;
    this.reclaimed = answer.reclaimed;
    this.shadowed = answer.shadowed;
    this.#lease = new Lease(context.asker.environment, this.#reliableUntilMs(sentAtMs), () => {
      this.#keeper?.stop();
      const { attempt, namespace } = this;
      context.settings.hooks.onLeaseLost?.({ namespace, attempt, fencingToken });
    });
  }

  /** The key's bytes. */
  get key(): Uint8Array {
    return (this.#key ??= keyBytes(this.#grant.key));
  }

  /** The same for every attempt at this key: an idempotency key for calls downstream. */
  get derivedKey(): string {
    return (this.#derivedKey ??= derivedKey(this.namespace, this.key));
  }

  /**
   * Aborts before the lease is over, server reachable or not. Pass it to what the handler calls.
   */
  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  /** How long the claim may still be relied on, margin taken off; 0 when it may not. */
  get leaseLeftMs(): number {
    return this.#lease.leftMs;
  }

  /** Extends the lease by itself at a third of it, until the claim is settled or lost. */
  keepLease(): void {
    if (this.#keeper !== undefined || this.#settling) return;
    const { environment } = this.#context.asker;
    this.#keeper = new LeaseKeeper(environment, this.#lease, this.leaseMs, async (timeoutMs) => {
      const { status } = await this.extend({ timeoutMs });
      return status;
    });
    this.#keeper.start();
  }

  /** Done: later duplicates get the result. Sent again until `settleTimeoutMs` is over. */
  async complete(result?: ResultInput, options: SettleOptions = {}): Promise<Settled> {
    return this.#settle(shapeOf(this.namespace, "COMPLETE"), resultOfInput(result), options);
  }

  /**
   * Not done. RETRYABLE: the effect did not happen, the next claim is granted. TERMINAL: it never
   * will. UNKNOWN: it may have happened, nobody runs it again until an operator knows.
   */
  async fail(outcome: Outcome, options: FailOptions = {}): Promise<Settled> {
    refuse(choiceProblem("outcome", outcome, OUTCOMES));
    const result = resultOfInput(options.result);
    return this.#settle(shapeOf(this.namespace, "FAIL", { outcome }), result, options);
  }

  /** More time, counted from now. */
  async extend(options: ExtendOptions = {}): Promise<Settled> {
    const ownLeaseMs = leaseOf(options.leaseMs);
    // From here on 0 may mean this one to the server: the granted one has to be named.
    if (ownLeaseMs !== 0) this.#usualLeaseMs = this.leaseMs;
    const leaseMs = ownLeaseMs || this.#usualLeaseMs;
    const shape = shapeOf(this.namespace, "EXTEND", { leaseMs });
    const { timeoutMs = this.#context.settings.timeoutMs } = options;
    refuse(rangeProblem("timeoutMs", timeoutMs, LIMITS.timeoutMs));
    const { reply, settled } = await this.#ask(shape, undefined, { ...options, timeoutMs });
    if (settled.status === "APPLIED" || settled.status === "ALREADY_APPLIED") {
      this.#lease.extendTo(this.#reliableUntilMs(reply.sentAtMs, leaseMs || this.leaseMs));
    }
    return settled;
  }

  /** Gives an unsettled claim back. Never throws: where nobody answers, the lease ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#settling) return;
    try {
      await this.fail(this.hold ? "UNKNOWN" : "RETRYABLE");
    } catch (error) {
      tellUnsettled(this.#context, this.namespace, error);
    }
  }

  #reliableUntilMs(sentAtMs: number, leaseMs: number = this.leaseMs): number {
    return sentAtMs + leaseMs - marginOf(leaseMs, this.#context.settings.leaseMarginMs);
  }

  async #settle(
    shape: Shape,
    result: Result | undefined,
    options: SettleOptions,
  ): Promise<Settled> {
    const { timeoutMs = this.#context.settings.settleTimeoutMs } = options;
    refuse(rangeProblem("timeoutMs", timeoutMs, LIMITS.timeoutMs));
    this.#settling = true;
    this.#keeper?.stop();
    this.#lease.end();
    return (await this.#ask(shape, result, { ...options, timeoutMs })).settled;
  }

  async #ask(
    shape: Shape,
    result: Result | undefined,
    options: SettleOptions & { readonly timeoutMs: number },
  ): Promise<{ readonly reply: SettleReply; readonly settled: Settled }> {
    const { key, claimId } = this.#grant;
    const reply = await this.#context.asker.ask<"settle">({ shape, key, claimId, result }, options);
    const { status, late, current } = reply.answer;
    if (status === "STATUS_UNSPECIFIED") {
      throw new ClaimdError("INTERNAL", "the server answered a settlement without status");
    }
    return {
      reply,
      settled: { status, late, current: current === null ? undefined : keyRecord(current) },
    };
  }
}
