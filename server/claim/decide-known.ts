/**
 * What a member that does not lead the partition may answer from a committed record: COMPLETED to
 * a plain claim that fits, as `decide` would, and nothing else. "Completed until T" stays true.
 *
 * Never answers at T or later by its own clock, though `decide` waits for the bound on clocks:
 * within it another one may have forgotten the key already.
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
  const expiresInMs = reply.expiresInMs - turn.maxClockOffsetMs;
  return expiresInMs > 0 ? { ...reply, expiresInMs } : undefined;
}
