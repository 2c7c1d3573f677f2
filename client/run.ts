/**
 * `run`: applies an effect once per key, and gives duplicates what it gave.
 *
 *   claim ─ GRANTED ──▶ handler ─ returned ─▶ complete ─▶ { value, replayed: false }
 *     │                    └───── threw ────▶ fail as classified, the error goes on
 *     └─ COMPLETED ──▶ { value, replayed: true }         everything else: an error with its code
 *
 * Must stay true: an effect that happened is never reported as a failed one. When it could not be
 * recorded the error is COMPLETE_UNKNOWN or LEASE_LOST and carries the value.
 */
import { type Outcome, OUTCOMES } from "./call.ts";
import {
  type ClaimCommand,
  type ClaimOptions,
  claimCommand,
  claimWith,
  previousKeysOf,
} from "./claim.ts";
import { type ClientContext, tellUnsettled } from "./client-context.ts";
import { ClaimdError, isClaimdError } from "./errors.ts";
import type { GrantedClaim } from "./granted-claim.ts";
import { inSpan } from "./hooks.ts";
import { type Key, keyBytes } from "./key-bytes.ts";
import { choiceProblem, rangeProblem, refuse } from "./option-checks.ts";
import type { ClaimOutcome, TakenOutcome } from "./outcome.ts";
import { replayOf, type Replayed } from "./replay.ts";
import { type RunningClaim, runningClaim, unguardedClaim } from "./running-claim.ts";
import type { ResultInput } from "./values.ts";

export interface Classified {
  readonly outcome: Outcome;
  /** For TERMINAL: what duplicates get with FAILED. */
  readonly result?: ResultInput;
}

export interface RunOptions extends Omit<ClaimOptions, "waitMs"> {
  /**
   * What to do when the key is taken. `replay` (default): give the stored value, throw IN_PROGRESS
   * while somebody else is at work. `wait`: wait for that, up to `waitMs`. `throw`: DUPLICATE.
   */
  readonly onDuplicate?: "replay" | "wait" | "throw";
  /** For `wait`: how long in all. Default 30,000 ms. */
  readonly waitMs?: number;
  /**
   * What to do when no node answers the claim. `throw` (default): nothing is applied. `run-anyway`:
   * the effect is applied without a claim and may be applied twice; each time is counted.
   */
  readonly onUnavailable?: "throw" | "run-anyway";
  /**
   * How an error of the handler settles the claim. Default: RETRYABLE, the effect did not happen;
   * UNKNOWN where the namespace holds lapsed claims.
   */
  readonly classifyError?: (error: unknown, claim: RunningClaim) => Outcome | Classified;
}

/** The handler ran here. */
export interface Ran<T> {
  readonly replayed: false;
  readonly omitted: false;
  readonly value: T;
  /** 0 when it ran without a claim. */
  readonly attempt: number;
  /** It ran without a claim, see `onUnavailable`. */
  readonly failedOpen: boolean;
}

export type RunOutcome<T> = Ran<T> | Replayed<T>;

const DEFAULT_WAIT_MS = 30_000;
const WAIT = { min: 0, max: 24 * 3_600_000 };
/** One parking on the server: short enough for most policies' maximum. */
const WAIT_SLICE_MS = 10_000;
/** Between two tries when the server answers sooner than it was asked to wait. */
const SHORTEST_WAIT_MS = 50;

export async function run<T>(
  context: ClientContext,
  key: Key,
  handler: (claim: RunningClaim) => T | Promise<T>,
  options: RunOptions = {},
): Promise<RunOutcome<T>> {
  const { settings } = context;
  refuse(runProblem(handler, options));
  const namespace = options.namespace ?? settings.namespace;
  const attributes = { "claimd.namespace": namespace };
  return inSpan(settings.openTelemetry, "claimd run", attributes, async () => {
    const made = claimCommand(context, key, { ...options, waitMs: 0 }, "claim");
    const keepLateGrant = options.onUnavailable === "run-anyway";
    const command = keepLateGrant ? { ...made, keepLateGrant } : made;
    let outcome: ClaimOutcome;
    try {
      outcome = await claimForRun(context, command, options);
    } catch (error) {
      if (keepLateGrant && isClaimdError(error, "UNAVAILABLE", "DEADLINE")) {
        return runWithoutClaim(context, command, handler, options, error);
      }
      throw error;
    }
    if (outcome.status === "GRANTED") return runGranted(context, outcome, handler, options);
    if (outcome.status === "COMPLETED" && options.onDuplicate !== "throw") {
      return replayOf<T>(context, command, outcome);
    }
    throw takenError(outcome, options.onDuplicate === "throw");
  });
}

/** A misspelt word must not be the default in silence. */
function runProblem(handler: unknown, options: RunOptions): string | undefined {
  const { onDuplicate = "replay", onUnavailable = "throw", waitMs = 0 } = options;
  if (typeof handler !== "function") return `handler is ${typeof handler}, needed is a function`;
  return (
    choiceProblem("onDuplicate", onDuplicate, ["replay", "wait", "throw"]) ??
    choiceProblem("onUnavailable", onUnavailable, ["throw", "run-anyway"]) ??
    rangeProblem("waitMs", waitMs, WAIT)
  );
}

/** One claim, or as many parkings of the same claim as the wait takes. */
async function claimForRun(
  context: ClientContext,
  command: ClaimCommand,
  options: RunOptions,
): Promise<ClaimOutcome> {
  const previousKeys = previousKeysOf(options);
  if (options.onDuplicate !== "wait") return claimWith(context, command, options, previousKeys);
  const { environment } = context.asker;
  const untilMs = environment.nowMs() + (options.waitMs ?? DEFAULT_WAIT_MS);
  for (;;) {
    const startMs = environment.nowMs();
    const waitMs = Math.ceil(Math.min(Math.max(untilMs - startMs, 0), WAIT_SLICE_MS));
    const claimId = previousKeys.length === 0 ? command.claimId : context.claimIds.next();
    const waiting = { ...command, claimId, shape: { ...command.shape, waitMs } };
    const outcome = await claimWith(context, waiting, options, previousKeys);
    const nowMs = environment.nowMs();
    if (outcome.status !== "IN_PROGRESS" || nowMs >= untilMs) return outcome;
    const early = startMs + waitMs - nowMs;
    if (early > 0) await pause(context, Math.min(early, SHORTEST_WAIT_MS));
  }
}

function pause({ asker }: ClientContext, ms: number): Promise<void> {
  return new Promise((resolve) => {
    asker.environment.setTimer(resolve, ms, "keep-alive");
  });
}

async function runGranted<T>(
  context: ClientContext,
  granted: GrantedClaim,
  handler: (claim: RunningClaim) => T | Promise<T>,
  options: RunOptions,
): Promise<Ran<T>> {
  granted.keepLease();
  const claim = runningClaim(granted, options.signal);
  let value: T;
  try {
    value = await handler(claim);
  } catch (error) {
    await failAs(context, granted, classify(error, claim, options));
    throw error;
  }
  await completed(granted, value);
  return { replayed: false, omitted: false, value, attempt: granted.attempt, failedOpen: false };
}

/** The effect has happened: from here on every error carries what it gave. */
async function completed(granted: GrantedClaim, value: unknown): Promise<void> {
  let outcome: Awaited<ReturnType<GrantedClaim["complete"]>>;
  try {
    outcome = await granted.complete({ value });
  } catch (cause) {
    throw new ClaimdError(
      "COMPLETE_UNKNOWN",
      "the effect happened, and nobody knows whether its completion was recorded",
      { cause, value },
    );
  }
  if (outcome.status === "APPLIED" || outcome.status === "ALREADY_APPLIED") return;
  throw new ClaimdError(
    "LEASE_LOST",
    `the effect happened, but its completion was refused (${outcome.status}): it may happen again`,
    { value, outcome },
  );
}

function classify(error: unknown, claim: RunningClaim, options: RunOptions): Classified {
  const usual = { outcome: claim.hold ? "UNKNOWN" : "RETRYABLE" } as const;
  try {
    const said = options.classifyError?.(error, claim) ?? usual;
    const classified = typeof said === "string" ? { outcome: said } : said;
    return OUTCOMES.includes(classified.outcome) ? classified : usual;
  } catch {
    // A mistake in the classifier must not hide the error it was asked about.
    return usual;
  }
}

async function failAs(
  context: ClientContext,
  granted: GrantedClaim,
  { outcome, result }: Classified,
): Promise<void> {
  const { timeoutMs, settleTimeoutMs } = context.settings;
  try {
    await granted.fail(outcome, {
      ...(result === undefined ? {} : { result }),
      // A release that is lost costs a lease; the other two say what nobody else knows.
      timeoutMs: outcome === "RETRYABLE" ? timeoutMs : settleTimeoutMs,
    });
  } catch (error) {
    tellUnsettled(context, granted.namespace, error);
  }
}

async function runWithoutClaim<T>(
  context: ClientContext,
  { shape, key }: ClaimCommand,
  handler: (claim: RunningClaim) => T | Promise<T>,
  options: RunOptions,
  error: ClaimdError,
): Promise<Ran<T>> {
  const { namespace } = shape;
  context.asker.counters.failedOpen++;
  context.settings.hooks.onFailOpen?.({ namespace, error });
  const value = await handler(unguardedClaim(namespace, keyBytes(key), options.signal));
  return { replayed: false, omitted: false, value, attempt: 0, failedOpen: true };
}

function takenError(outcome: TakenOutcome, duplicatesThrow: boolean): ClaimdError {
  const { status } = outcome;
  if (status === "COMPLETED" || (status === "IN_PROGRESS" && duplicatesThrow)) {
    return new ClaimdError("DUPLICATE", `the key is taken: ${status}`, { outcome });
  }
  const retryAfterMs = outcome.status === "IN_PROGRESS" ? outcome.retryAfterMs : 0;
  return new ClaimdError(status, `nothing was applied: the key is ${status}`, {
    outcome,
    retryAfterMs,
  });
}
