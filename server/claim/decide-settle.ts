/**
 * What an owner says of its claim: completed, failed, not done yet.
 *
 * The first settlement stands; saying the same again is ALREADY_APPLIED, anything else STALE_OWNER.
 * Only a claim that is HELD may still be settled in another way: "unknown" is not yet an outcome.
 * `late` says that the lease was over (or the key held) and nobody had taken over; an Extend that
 * gets the lease anew is never late, since nothing was decided without it.
 *
 * Must stay true: I2, only the newest claim id settles or extends; I3, a settled result never
 * changes within its window.
 */

import { unreachable } from "../errors.ts";
import type { ClaimRecord, Held, InProgress } from "../storage/claim-record.ts";
import { isOwner } from "./claim-id.ts";
import type { CompleteCommand, ExtendCommand, FailCommand } from "./command.ts";
import type { Decision, Turn } from "./decision.ts";
import type { SettleReply } from "./reply.ts";
import { concluded, forgotten, held, kept, released, renewed } from "./transitions.ts";
import { leaseLeftMs, viewOf } from "./views.ts";

const APPLIED: SettleReply = {
  type: "settle",
  status: "APPLIED",
  late: false,
  current: undefined,
};
const APPLIED_LATE: SettleReply = { ...APPLIED, late: true };

export const NOT_FOUND: Decision = {
  reply: { type: "settle", status: "NOT_FOUND", late: false, current: undefined },
  write: undefined,
};

export function applied(write: ClaimRecord): Decision {
  return { reply: APPLIED, write };
}

/** Nothing changes, and the caller is told what stands. */
export function unchanged(
  status: "STALE_OWNER" | "ALREADY_APPLIED",
  record: ClaimRecord,
  turn: Turn,
): Decision {
  return {
    reply: { type: "settle", status, late: false, current: viewOf(record, turn) },
    write: undefined,
  };
}

export function decideComplete(
  record: ClaimRecord | undefined,
  command: CompleteCommand,
  turn: Turn,
): Decision {
  if (record === undefined) return NOT_FOUND;
  if (!isOwner(record, command.claimId)) return unchanged("STALE_OWNER", record, turn);
  switch (record.state) {
    case "IN_PROGRESS":
    case "HELD": {
      const { nowMs, policy } = turn;
      const write = policy.forgetOnComplete
        ? forgotten(record, nowMs, policy)
        : concluded("COMPLETED", record, "byOwner", nowMs, kept(command.result, policy));
      return settled(record, write, turn);
    }
    case "RELEASED":
      return unchanged(record.completed ? "ALREADY_APPLIED" : "STALE_OWNER", record, turn);
    case "COMPLETED":
      return unchanged("ALREADY_APPLIED", record, turn);
    case "FAILED":
      return unchanged("STALE_OWNER", record, turn);
    default:
      return unreachable(record);
  }
}

export function decideFail(
  record: ClaimRecord | undefined,
  command: FailCommand,
  turn: Turn,
): Decision {
  if (record === undefined) return NOT_FOUND;
  if (!isOwner(record, command.claimId)) return unchanged("STALE_OWNER", record, turn);
  if (saidBefore(record, command)) return unchanged("ALREADY_APPLIED", record, turn);
  if (record.state !== "IN_PROGRESS" && record.state !== "HELD") {
    return unchanged("STALE_OWNER", record, turn);
  }
  const { nowMs, policy } = turn;
  switch (command.outcome) {
    case "RETRYABLE":
      return settled(record, released(record, "byOwner", nowMs), turn);
    case "TERMINAL": {
      const result = kept(command.result, policy);
      return settled(record, concluded("FAILED", record, "byOwner", nowMs, result), turn);
    }
    case "UNKNOWN":
      return settled(record, held(record, nowMs), turn);
    default:
      return unreachable(command.outcome);
  }
}

function saidBefore(record: ClaimRecord, { outcome }: FailCommand): boolean {
  switch (record.state) {
    case "RELEASED":
      return outcome === "RETRYABLE" && !record.completed;
    case "FAILED":
      return outcome === "TERMINAL";
    case "HELD":
      return outcome === "UNKNOWN";
    default:
      return false;
  }
}

export function decideExtend(
  record: ClaimRecord | undefined,
  command: ExtendCommand,
  turn: Turn,
): Decision {
  if (record === undefined) return NOT_FOUND;
  if (record.state !== "IN_PROGRESS" || !isOwner(record, command.claimId)) {
    return unchanged("STALE_OWNER", record, turn);
  }
  const leaseMs = command.leaseMs === 0 ? record.leaseMs : command.leaseMs;
  const after = renewed(record, leaseMs, turn);
  return { reply: APPLIED, write: after === record ? undefined : after };
}

function settled(before: InProgress | Held, write: ClaimRecord, turn: Turn): Decision {
  return { reply: leaseLeftMs(before, turn) > 0 ? APPLIED : APPLIED_LATE, write };
}
