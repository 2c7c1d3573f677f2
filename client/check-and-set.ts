/**
 * `checkAndSet`: claimed and completed in one write, for effects that are the record itself.
 *
 * The whole call is one promise, and what it gives is made when the answer comes. Only the leader
 * is asked: a replica may not know that this very call was the first, and said so before.
 */
import {
  type CheckAndSetOptions,
  type ClaimCommand,
  claimCommand,
  keepAnswer,
  keptAnswer,
  timeoutOf,
} from "./claim.ts";
import type { ClientContext } from "./client-context.ts";
import type { Key } from "./key-bytes.ts";
import { type CheckAndSet, takenOutcome } from "./outcome.ts";
import type { ClaimReply, Reply } from "./reply.ts";

export function checkAndSet(
  context: ClientContext,
  key: Key,
  options?: CheckAndSetOptions,
): Promise<CheckAndSet> {
  try {
    const { asker, settings } = context;
    const command = claimCommand(context, key, options, "checkAndSet");
    const cached = keptAnswer(context, command);
    if (cached !== undefined) return Promise.resolve({ first: false, ...cached });
    const ask =
      options === undefined
        ? settings
        : { timeoutMs: timeoutOf(context, options.timeoutMs), signal: options.signal };
    return asker.askFor(command, ask, (reply) => firstOrTaken(context, command, reply));
  } catch (error) {
    const mistake = error as Error;
    return Promise.reject(mistake);
  }
}

/** A claim is answered as one: the connection has seen to it. */
function firstOrTaken(context: ClientContext, command: ClaimCommand, answered: Reply): CheckAndSet {
  const reply = answered as ClaimReply;
  const { status, attempt, shadowed } = reply.answer;
  if (status === "GRANTED") {
    return { first: true, attempt, fencingToken: reply.fencingToken, shadowed };
  }
  const taken = takenOutcome(reply);
  if (taken.status === "COMPLETED") keepAnswer(context, command, taken, reply);
  return { first: false, ...taken };
}
