/** `checkAndSet`: claimed and completed in one write, for effects that are the record itself. */
import { type CheckAndSetOptions, claimCommand, timeoutOf } from "./claim.ts";
import type { ClientContext } from "./client-context.ts";
import type { Key } from "./key-bytes.ts";
import { type CheckAndSet, takenOutcome } from "./outcome.ts";

export async function checkAndSet(
  context: ClientContext,
  key: Key,
  options?: CheckAndSetOptions,
): Promise<CheckAndSet> {
  const { asker, cache, settings } = context;
  const command = claimCommand(context, key, options, "checkAndSet");
  const { namespace } = command.shape;
  const fingerprint = command.fingerprint as Buffer | undefined;
  const cached = cache?.get(namespace, command.key, fingerprint, asker.environment.nowMs());
  if (cached !== undefined) {
    asker.counters.cacheHits++;
    return { first: false, ...cached };
  }
  const ask =
    options === undefined
      ? settings
      : { timeoutMs: timeoutOf(context, options.timeoutMs), signal: options.signal };
  const reply = await asker.ask<"claim">(command, ask);
  const { status, attempt, shadowed } = reply.answer;
  if (status === "GRANTED") {
    return { first: true, attempt, fencingToken: reply.fencingToken, shadowed };
  }
  const taken = takenOutcome(reply);
  if (taken.status === "COMPLETED") cache?.put(namespace, command.key, fingerprint, taken, reply);
  return { first: false, ...taken };
}
