/**
 * What a member that does not lead the partition may answer from a committed record: COMPLETED to
 * a plain claim that fits, as `decide` would, and nothing else. "Completed until T" stays true.
 *
 * Never answers at T or later, whatever `decide` allows for clocks that differ: only the leader
 * says when a key is forgotten.
 */
import type { ClaimRecord } from "../storage/claim-record.ts";
import type { Command } from "./command.ts";
import { decide } from "./decide.ts";
import type { Turn } from "./decision.ts";
import type { TakenSettled } from "./reply.ts";

/** `record` is committed. Undefined = the leader has to be asked. */
export function decideKnown(
  record: ClaimRecord | undefined,
  command: Command,
  turn: Turn,
): TakenSettled | undefined {
  if (record?.state !== "COMPLETED" || command.type !== "claim") return undefined;
  if (command.complete || turn.policy.observe) return undefined;
  const { reply } = decide(record, command, turn);
  if (reply.type !== "claim" || reply.status !== "COMPLETED") return undefined;
  return reply.expiresInMs > 0 ? reply : undefined;
}
