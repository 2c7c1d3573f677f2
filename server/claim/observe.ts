/**
 * Observe mode, for a safe roll-out: what was decided is written and counted as usual, then the
 * caller is told to go on whatever it was.
 *
 * The decision that comes in stays what was decided: count that one, answer the one that comes out.
 * A pause, a quota or a full disk refuses here too: those guard the node, not the key. No promise
 * of claimd but an honest count holds for a shadowed answer, hence its token 0.
 */

import type { ClaimCommand, Command } from "./command.ts";
import type { Decision, Turn } from "./decision.ts";
import type { Granted, SettleReply } from "./reply.ts";

const APPLIED: SettleReply = {
  type: "settle",
  status: "APPLIED",
  late: false,
  current: undefined,
};

/** Resolve, Forget and Get are an operator's or change nothing: they are answered as decided. */
export function shadow(command: Command, decided: Decision, turn: Pick<Turn, "policy">): Decision {
  const { reply, write } = decided;
  switch (command.type) {
    case "claim":
      if (reply.type === "claim" && reply.status !== "GRANTED") {
        return { reply: shadowed(reply.attempt, command, turn), write };
      }
      if (reply.type === "refused" && reply.code === "CLAIM_ID_SPENT") {
        return { reply: shadowed(1, command, turn), write };
      }
      return decided;
    case "complete":
    case "fail":
    case "extend":
      if (reply.type !== "settle") return decided;
      if (reply.status === "APPLIED" || reply.status === "ALREADY_APPLIED") return decided;
      return { reply: APPLIED, write };
    default:
      return decided;
  }
}

function shadowed(
  attempt: number,
  command: ClaimCommand,
  { policy }: Pick<Turn, "policy">,
): Granted {
  const leaseMs = command.leaseMs === 0 ? policy.leaseMs : command.leaseMs;
  return {
    type: "claim",
    status: "GRANTED",
    token: 0,
    attempt,
    leaseMs: command.complete ? 0 : leaseMs,
    hold: false,
    reclaimed: false,
    shadowed: true,
  };
}
