/**
 * A claim: the atomic check-and-set on a key.
 *
 * In this order: another fingerprint is a mistake whatever else is true; one's own claim gets its
 * own answer again; everybody else is told what became of the key, and granted it where that is
 * nothing. Only a grant, and a lease of one's own that grows, write.
 *
 *   - A claim sent again gets the same token and attempt, and `reclaimed` false: whether the grant
 *     took over a lapsed claim is known in its first answer alone, no record keeps it.
 *   - A one-shot's answer is the same from a grant, from completing one's own claim, and from a
 *     retry: no lease, so no hold.
 *   - CLAIM_ID_SPENT comes before what refuses grants for a time: waiting would not help.
 */

import { unreachable } from "../errors.ts";
import type { ClaimRecord, InProgress } from "../storage/claim-record.ts";
import type { Policy } from "../storage/policy.ts";
import { isOwner, isSpent } from "./claim-id.ts";
import type { ClaimCommand } from "./command.ts";
import type { Decision, Turn } from "./decision.ts";
import type { ClaimReply, ClaimStatus, Granted } from "./reply.ts";
import { concluded, granted, renewed } from "./transitions.ts";
import {
  ageMs,
  forgottenAtMs,
  heldForMs,
  holderOf,
  leaseLeftMs,
  resultOf,
  statusForOthers,
} from "./views.ts";

const CLAIM_ID_SPENT: Decision = {
  reply: {
    type: "refused",
    code: "CLAIM_ID_SPENT",
    message: "claim_id: its attempt has ended; a new attempt needs a new claim id",
    retryAfterMs: 0,
  },
  write: undefined,
};

export function decideClaim(
  record: ClaimRecord | undefined,
  command: ClaimCommand,
  turn: Turn,
): Decision {
  if (record === undefined) return grantAnew(undefined, command, turn);
  if (isMismatch(record, command, turn.policy)) return answer("MISMATCH", record, turn);
  if (isOwner(record, command.claimId)) {
    if (record.state === "IN_PROGRESS") return continueOwn(record, command, turn);
    if (record.state === "RELEASED") return CLAIM_ID_SPENT;
    if (record.state === "COMPLETED" && command.complete) {
      return { reply: grantedOneShot(record, false), write: undefined };
    }
  }
  const status = statusForOthers(record, turn);
  if (status !== "GRANTED") return answer(status, record, turn);
  if (isSpent(record, command.claimId)) return CLAIM_ID_SPENT;
  return grantAnew(record, command, turn);
}

/** OFF compares nothing, also where an earlier policy has stored a fingerprint. */
function isMismatch(record: ClaimRecord, command: ClaimCommand, policy: Policy): boolean {
  const known = record.fingerprint;
  const sent = command.fingerprint;
  if (known === undefined || sent === undefined || policy.fingerprint === "OFF") return false;
  if (known.length !== sent.length) return true;
  for (let at = 0; at < known.length; at++) {
    if (known[at] !== sent[at]) return true;
  }
  return false;
}

/** `previous` is lapsed or released, or the key is absent. */
function grantAnew(previous: ClaimRecord | undefined, command: ClaimCommand, turn: Turn): Decision {
  if (turn.grantsRefused !== undefined) return { reply: turn.grantsRefused, write: undefined };
  const record = granted(previous, command, turn);
  const reclaimed = previous !== undefined && previous.state === "IN_PROGRESS";
  return {
    reply:
      record.state === "IN_PROGRESS"
        ? grantedLease(record, record.leaseMs, reclaimed)
        : grantedOneShot(record, reclaimed),
    write: record,
  };
}

/** One's own claim, running or lapsed: nobody took over. */
function continueOwn(record: InProgress, command: ClaimCommand, turn: Turn): Decision {
  if (command.complete) {
    const write = concluded("COMPLETED", record, "byOwner", turn.nowMs, undefined);
    return { reply: grantedOneShot(write, false), write };
  }
  const leaseMs = command.leaseMs === 0 ? turn.policy.leaseMs : command.leaseMs;
  const after = renewed(record, leaseMs, turn);
  return {
    reply: grantedLease(after, leaseLeftMs(after, turn), false),
    write: after === record ? undefined : after,
  };
}

function grantedLease(record: InProgress, leaseMs: number, reclaimed: boolean): Granted {
  return {
    type: "claim",
    status: "GRANTED",
    token: record.token,
    attempt: record.attempt,
    leaseMs,
    hold: record.hold,
    reclaimed,
    shadowed: false,
  };
}

function grantedOneShot(record: ClaimRecord, reclaimed: boolean): Granted {
  return {
    type: "claim",
    status: "GRANTED",
    token: record.token,
    attempt: record.attempt,
    leaseMs: 0,
    hold: false,
    reclaimed,
    shadowed: false,
  };
}

function answer(
  status: Exclude<ClaimStatus, "GRANTED">,
  record: ClaimRecord,
  turn: Turn,
): Decision {
  return { reply: takenReply(status, record, turn), write: undefined };
}

function takenReply(
  status: Exclude<ClaimStatus, "GRANTED">,
  record: ClaimRecord,
  turn: Turn,
): ClaimReply {
  const { attempt, traceparent } = record;
  const since = ageMs(record, turn.nowMs);
  const expiresInMs = forgottenAtMs(record, turn) - turn.nowMs;
  const type = "claim";
  switch (status) {
    case "IN_PROGRESS":
      return {
        type,
        status,
        attempt,
        traceparent,
        ageMs: since,
        expiresInMs,
        retryAfterMs: heldForMs(record, turn),
        holder: holderOf(record),
      };
    case "COMPLETED":
    case "FAILED": {
      const result = resultOf(record);
      return { type, status, attempt, traceparent, ageMs: since, expiresInMs, result };
    }
    case "HELD":
    case "EXHAUSTED":
    case "MISMATCH":
      return { type, status, attempt, traceparent, ageMs: since, expiresInMs };
    default:
      return unreachable(status);
  }
}
