/**
 * `claim`: the atomic check-and-set on a key, and what it is answered.
 *
 * Key and claim id are made once, here; every retry carries them. A claim that waited long is
 * extended before it is handed out, because its lease counts from the sending of the request.
 */
import type { AskOptions } from "./asker.ts";
import type { Command, Shape } from "./call.ts";
import type { CallOptions, ClientContext } from "./client-context.ts";
import { type Grant, GrantedClaim } from "./granted-claim.ts";
import { activeTraceparent } from "./hooks.ts";
import { type CheckedKey, checkedKey, type Key } from "./key-bytes.ts";
import { LIMITS } from "./limits.ts";
import {
  fingerprintOf,
  leaseOf,
  namespaceProblem,
  rangeProblem,
  refuse,
  textProblem,
  windowOf,
} from "./option-checks.ts";
import { type ClaimOutcome, type Completed, takenOutcome } from "./outcome.ts";
import { takenMeanwhile, takenPreviously } from "./previous-keys.ts";
import type { ClaimReply } from "./reply.ts";

/** Options of claims that settle in the same step too. */
export interface CheckAndSetOptions extends CallOptions {
  /** How long the key is remembered, at most the policy's maximum. Default: the client's. */
  readonly windowMs?: number;
  /** What identifies the payload: 1 to 32 bytes, or text whose SHA-256 is taken. Default: none. */
  readonly fingerprint?: string | Uint8Array;
  /** W3C trace context. Default: that of the active span, where `openTelemetry` was given. */
  readonly traceparent?: string;
}

export interface ClaimOptions extends CheckAndSetOptions {
  /** How long the claimant may work before others take over. Default: the client's. */
  readonly leaseMs?: number;
  /** How long to wait while somebody else is at work: to the policy's maximum. Default: 0. */
  readonly waitMs?: number;
  /** Who holds the lease, at most 128 bytes. Default: the client's. */
  readonly holder?: string;
  /**
   * The keys this operation had under earlier key formats, at most 8: granted only if none of them
   * is taken. See previous-keys.ts for what this can't cover.
   */
  readonly previousKeys?: readonly Key[];
}

/** The options of a call, checked, as what its group shares. */
function shapeWith(plain: Shape, options: ClaimOptions): Shape {
  const { namespace, leaseMs, windowMs, waitMs, holder } = options;
  if (namespace !== undefined) refuse(namespaceProblem(namespace));
  if (waitMs !== undefined) refuse(rangeProblem("waitMs", waitMs, LIMITS.waitMs));
  if (holder !== undefined) refuse(textProblem("holder", holder, LIMITS.holderBytes.max));
  return {
    ...plain,
    ...(namespace === undefined ? {} : { namespace }),
    ...(leaseMs === undefined ? {} : { leaseMs: leaseOf(leaseMs) }),
    ...(windowMs === undefined ? {} : { windowMs: windowOf(windowMs) }),
    ...(waitMs === undefined ? {} : { waitMs }),
    ...(holder === undefined ? {} : { holder }),
  };
}

export type ClaimCommand = Command & { readonly claimId: string };

/** What to send: made once per claim, whatever becomes of the payload meanwhile. */
export function claimCommand(
  context: ClientContext,
  key: Key,
  options: ClaimOptions | undefined,
  kind: "claim" | "checkAndSet",
): ClaimCommand {
  const plain = context.plain[kind];
  const claimId = context.claimIds.next();
  const { openTelemetry } = context.settings;
  if (options === undefined && openTelemetry === undefined) {
    return { shape: plain, key: checkedKey(key), claimId };
  }
  const given = options ?? {};
  const traceparent = given.traceparent ?? activeTraceparent(openTelemetry);
  if (traceparent !== undefined) {
    refuse(textProblem("traceparent", traceparent, LIMITS.traceparentBytes.max));
  }
  return {
    shape: shapeWith(plain, given),
    key: checkedKey(key),
    claimId,
    fingerprint: fingerprintOf(given.fingerprint),
    traceparent,
  };
}

export function timeoutOf({ settings }: ClientContext, timeoutMs: number | undefined): number {
  if (timeoutMs === undefined) return settings.timeoutMs;
  refuse(rangeProblem("timeoutMs", timeoutMs, LIMITS.timeoutMs));
  return timeoutMs;
}

const PREVIOUS_KEYS = { min: 0, max: LIMITS.previousKeys.max };

export function previousKeysOf({ previousKeys = [] }: ClaimOptions): readonly CheckedKey[] {
  refuse(rangeProblem("the number of previousKeys", previousKeys.length, PREVIOUS_KEYS));
  return previousKeys.map(checkedKey);
}

export async function claim(
  context: ClientContext,
  key: Key,
  options?: ClaimOptions,
): Promise<ClaimOutcome> {
  const command = claimCommand(context, key, options, "claim");
  return claimWith(context, command, options, options && previousKeysOf(options));
}

/**
 * Sends a claim that is made already. May be called again with the same claim id for one that was
 * not granted, but for one with previous keys: its grant may have been given back.
 */
export async function claimWith(
  context: ClientContext,
  command: ClaimCommand,
  options: ClaimOptions = {},
  previousKeys: readonly CheckedKey[] = [],
): Promise<ClaimOutcome> {
  const { asker, hotKeys } = context;
  const cached = keptAnswer(context, command);
  if (cached !== undefined) return cached;
  const ask = { timeoutMs: timeoutOf(context, options.timeoutMs), signal: options.signal };
  const startMs = asker.environment.nowMs();
  if (!hotKeys.has(command, startMs)) return askFor(context, command, ask, previousKeys);
  const hot = { ...command, anyReplica: true };
  if (!mayShare(command, options, previousKeys)) return askFor(context, hot, ask, previousKeys);
  const underWay = hotKeys.underWay(hot);
  if (underWay !== undefined) {
    const outcome = await underWay;
    if (outcome.status === "COMPLETED") {
      asker.counters.sharedClaims++;
      return outcome;
    }
    // It was another one's own answer: asked again, in what is left of this one's time.
    ask.timeoutMs = Math.max(ask.timeoutMs - (asker.environment.nowMs() - startMs), 1);
    return askFor(context, hot, ask, previousKeys);
  }
  const asked = askFor(context, hot, ask, previousKeys);
  hotKeys.share(hot, asked);
  return asked;
}

/** That the key is completed, where that was heard lately and may be relied on. */
export function keptAnswer(context: ClientContext, command: ClaimCommand): Completed | undefined {
  const { asker, cache, hotKeys } = context;
  if (cache === undefined && hotKeys.areNone) return undefined;
  const { shape, key, fingerprint } = command;
  const nowMs = asker.environment.nowMs();
  const print = fingerprint as Buffer | undefined;
  const kept =
    cache?.get(shape.namespace, key, print, nowMs) ??
    (hotKeys.has(command, nowMs) ? hotKeys.kept(command, nowMs) : undefined);
  if (kept !== undefined) asker.counters.cacheHits++;
  return kept;
}

/** What may be relied on later. */
export function keepAnswer(
  { cache, hotKeys }: ClientContext,
  command: ClaimCommand,
  completed: Completed,
  reply: ClaimReply,
): void {
  const { shape, key, fingerprint } = command;
  cache?.put(shape.namespace, key, fingerprint as Buffer | undefined, completed, reply);
  if (reply.answer.hot) hotKeys.heard(command, completed, reply);
}

/** Those that end alike: with the client's time, and by nobody's signal. */
function mayShare(
  { shape }: ClaimCommand,
  { signal, timeoutMs }: ClaimOptions,
  previousKeys: readonly CheckedKey[],
): boolean {
  const isPlain = signal === undefined && timeoutMs === undefined && previousKeys.length === 0;
  return isPlain && shape.waitMs === 0 && !shape.complete;
}

async function askFor(
  context: ClientContext,
  command: ClaimCommand,
  ask: AskOptions,
  previousKeys: readonly CheckedKey[],
): Promise<ClaimOutcome> {
  const { asker } = context;
  const { key, claimId } = command;
  const { namespace, leaseMs } = command.shape;
  const look = () => takenPreviously(context, previousKeys, command, ask);
  if (previousKeys.length > 0) {
    const taken = await look();
    if (taken !== undefined) return taken;
  }
  const reply = await asker.ask<"claim">(command, ask);
  if (reply.answer.status !== "GRANTED") {
    const outcome = takenOutcome(reply);
    if (outcome.status === "COMPLETED") keepAnswer(context, command, outcome, reply);
    return outcome;
  }
  const grant = { namespace, key, claimId, requestedLeaseMs: leaseMs, reply };
  const granted = await granting(context, grant);
  if (previousKeys.length === 0) return granted;
  return (await takenMeanwhile(context, granted, look)) ?? granted;
}

async function granting(context: ClientContext, grant: Grant): Promise<GrantedClaim> {
  const granted = new GrantedClaim(context, grant);
  if (granted.shadowed || granted.leaseLeftMs >= granted.leaseMs / 2) return granted;
  // The answer was long under way, so the server's lease began later than is known here.
  await granted.extend().catch(() => undefined);
  return granted;
}
