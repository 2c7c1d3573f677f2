/**
 * What is asked from outside a claim: look at a key, resolve it by hand, forget it.
 *
 * Forget and Resolve name the token of the grant they mean, so that a copy sent again can't hit a
 * newer one. Resolve decides only what is stuck: a key whose next claim is answered HELD or
 * EXHAUSTED. It leaves no owner; the claim id is spent.
 */

import { unreachable } from "../errors.ts";
import type { ClaimRecord } from "../storage/claim-record.ts";
import type { ForgetCommand, ResolveCommand } from "./command.ts";
import type { Decision, Turn } from "./decision.ts";
import { applied, NOT_FOUND, unchanged } from "./decide-settle.ts";
import { concluded, kept, released } from "./transitions.ts";
import { statusForOthers, viewOf } from "./views.ts";

const FORGOTTEN: Decision = { reply: { type: "forget", existed: true }, write: "removed" };
const NOTHING_TO_FORGET: Decision = {
  reply: { type: "forget", existed: false },
  write: undefined,
};
const NOTHING_KNOWN: Decision = { reply: { type: "get", record: undefined }, write: undefined };

export function decideGet(record: ClaimRecord | undefined, turn: Turn): Decision {
  if (record === undefined) return NOTHING_KNOWN;
  return { reply: { type: "get", record: viewOf(record, turn) }, write: undefined };
}

export function decideForget(record: ClaimRecord | undefined, { token }: ForgetCommand): Decision {
  if (record === undefined) return NOTHING_TO_FORGET;
  return token === 0 || token === record.token ? FORGOTTEN : NOTHING_TO_FORGET;
}

export function decideResolve(
  record: ClaimRecord | undefined,
  { token, resolution, result }: ResolveCommand,
  turn: Turn,
): Decision {
  if (record === undefined) return NOT_FOUND;
  const status = statusForOthers(record, turn);
  const stuck = status === "HELD" || status === "EXHAUSTED";
  if (!stuck || token !== record.token) return unchanged("STALE_OWNER", record, turn);
  const { nowMs, policy } = turn;
  switch (resolution) {
    case "COMPLETED":
      return applied(concluded("COMPLETED", record, "byOperator", nowMs, kept(result, policy)));
    case "FAILED":
      return applied(concluded("FAILED", record, "byOperator", nowMs, kept(result, policy)));
    case "RELEASED":
      return applied(released(record, "byOperator", nowMs));
    default:
      return unreachable(resolution);
  }
}
