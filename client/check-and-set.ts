/**
 * `checkAndSet`: claimed and completed in one write, for effects that are the record itself.
 *
 * The whole call is one promise, and what it gives is made when the answer comes.
 */
import type { CompletedCache } from "./cache.ts";
import { type CheckAndSetOptions, type ClaimCommand, claimCommand, timeoutOf } from "./claim.ts";
import type { ClientContext } from "./client-context.ts";
import type { Key } from "./key-bytes.ts";
import { type CheckAndSet, type Completed, takenOutcome } from "./outcome.ts";
import type { ClaimReply, Reply } from "./reply.ts";

export function checkAndSet(
  context: ClientContext,
  key: Key,
  options?: CheckAndSetOptions,
): Promise<CheckAndSet> {
  try {
    const { asker, cache, settings } = context;
    const command = claimCommand(context, key, options, "checkAndSet");
    const cached = cache && lookUp(context, cache, command);
    if (cached !== undefined) return Promise.resolve({ first: false, ...cached });
    const ask =
      options === undefined
        ? settings
        : { timeoutMs: timeoutOf(context, options.timeoutMs), signal: options.signal };
    const read = cache === undefined ? firstOrTaken : (reply: Reply) => kept(cache, command, reply);
    return asker.askFor(command, ask, read);
  } catch (error) {
    const mistake = error as Error;
    return Promise.reject(mistake);
  }
}

/** A claim is answered as one: the connection has seen to it. */
function firstOrTaken(reply: Reply): CheckAndSet {
  const { answer, fencingToken } = reply as ClaimReply;
  const { status, attempt, shadowed } = answer;
  if (status === "GRANTED") return { first: true, attempt, fencingToken, shadowed };
  return { first: false, ...takenOutcome(reply as ClaimReply) };
}

function lookUp(
  { asker }: ClientContext,
  cache: CompletedCache,
  { shape, key, fingerprint }: ClaimCommand,
): Completed | undefined {
  const nowMs = asker.environment.nowMs();
  const cached = cache.get(shape.namespace, key, fingerprint as Buffer | undefined, nowMs);
  if (cached !== undefined) asker.counters.cacheHits++;
  return cached;
}

function kept(cache: CompletedCache, command: ClaimCommand, answered: Reply): CheckAndSet {
  const reply = answered as ClaimReply;
  if (reply.answer.status === "COMPLETED") {
    const { shape, key, fingerprint } = command;
    const completed = takenOutcome(reply) as Completed;
    cache.put(shape.namespace, key, fingerprint as Buffer | undefined, completed, reply);
  }
  return firstOrTaken(reply);
}
