/**
 * What one answer says about its key: that at some moment between sending and answer its newest
 * grant was this one and in this phase.
 *
 * Phases of a grant only go forward: in progress, held, settled, gone. An answer that leaves room
 * (EXHAUSTED may be lapsed or released) spans several of them.
 */
import type { Record__Output, Result, Result__Output } from "@claimd/proto";
import type { Answer, Command } from "./command.ts";

export const PHASE = { IN_PROGRESS: 0, HELD: 1, SETTLED: 2, GONE: 3 } as const;

/** Which grant: by token where it is known, else by attempt, else by who owns it. */
export type GrantName =
  | { readonly token: number }
  | { readonly attempt: number }
  | { readonly owner: string };

export type Observation =
  | {
      readonly type: "grant";
      readonly grant: GrantName;
      readonly least: number;
      readonly most: number;
      /** What the settled phase holds: state and result. */
      readonly outcome?: string;
    }
  | { readonly type: "absent" }
  /** A Forget of whatever was there did its work. */
  | { readonly type: "removed" }
  /** A Forget named a grant that is no longer there. */
  | { readonly type: "over"; readonly token: number }
  | { readonly type: "spent"; readonly owner: string };

type AnyResult = Result | Result__Output | null | undefined;

export function digest(result: AnyResult): string {
  const data = Buffer.from(result?.data ?? "").toString("base64");
  return JSON.stringify([data, result?.contentType ?? "", result?.ref ?? ""]);
}

const outcome = (state: string, result: AnyResult): string => `${state} ${digest(result)}`;

function ofRecord(record: Record__Output): Observation {
  const grant = { token: record.fencingToken };
  switch (record.state) {
    case "IN_PROGRESS":
      return { type: "grant", grant, least: PHASE.IN_PROGRESS, most: PHASE.IN_PROGRESS };
    case "HELD":
      return { type: "grant", grant, least: PHASE.HELD, most: PHASE.HELD };
    default:
      return {
        type: "grant",
        grant,
        least: PHASE.SETTLED,
        most: PHASE.SETTLED,
        outcome: outcome(record.state, record.result),
      };
  }
}

function ofClaim(command: Command, answer: Extract<Answer, { kind: "claim" }>): Observation {
  const grant = { attempt: answer.attempt };
  switch (answer.status) {
    case "GRANTED": {
      const oneShot = command.verb === "CLAIM" && command.complete === true;
      const phase = oneShot ? PHASE.SETTLED : PHASE.IN_PROGRESS;
      return { type: "grant", grant: { token: answer.fencingToken }, least: phase, most: phase };
    }
    case "IN_PROGRESS":
      return { type: "grant", grant, least: PHASE.IN_PROGRESS, most: PHASE.IN_PROGRESS };
    case "HELD":
      return { type: "grant", grant, least: PHASE.IN_PROGRESS, most: PHASE.HELD };
    case "COMPLETED":
    case "FAILED":
      return {
        type: "grant",
        grant,
        least: PHASE.SETTLED,
        most: PHASE.SETTLED,
        outcome: outcome(answer.status, answer.result),
      };
    default:
      return { type: "grant", grant, least: PHASE.IN_PROGRESS, most: PHASE.SETTLED };
  }
}

function ofSettle(command: Command, answer: Extract<Answer, { kind: "settle" }>) {
  if (answer.status === "NOT_FOUND") return { type: "absent" } as const;
  if (answer.status !== "APPLIED") {
    return answer.current === null ? undefined : ofRecord(answer.current);
  }
  if (!("claimId" in command)) return undefined;
  const grant = { owner: command.claimId.toString("hex") };
  const at = (phase: number, what?: string): Observation => ({
    type: "grant",
    grant,
    least: phase,
    most: phase,
    ...(what !== undefined && { outcome: what }),
  });
  if (command.verb === "EXTEND") return at(PHASE.IN_PROGRESS);
  if (command.verb === "COMPLETE") return at(PHASE.SETTLED, outcome("COMPLETED", command.result));
  if (command.verb !== "FAIL") return undefined;
  switch (command.outcome) {
    case "RETRYABLE":
      return at(PHASE.SETTLED, outcome("RELEASED", undefined));
    case "TERMINAL":
      return at(PHASE.SETTLED, outcome("FAILED", command.result));
    default:
      return at(PHASE.HELD);
  }
}

/** Undefined where an answer says nothing about the key. */
export function observe(command: Command, answer: Answer): Observation | undefined {
  switch (answer.kind) {
    case "claim":
      return ofClaim(command, answer);
    case "settle":
      return ofSettle(command, answer);
    case "get":
      return answer.found && answer.record !== null ? ofRecord(answer.record) : { type: "absent" };
    case "forget": {
      const token = command.verb === "FORGET" ? (command.fencingToken ?? 0) : 0;
      if (!answer.existed) return token === 0 ? { type: "absent" } : { type: "over", token };
      if (token === 0) return { type: "removed" };
      return { type: "grant", grant: { token }, least: PHASE.GONE, most: PHASE.GONE };
    }
    case "error":
      return answer.reason === "CLAIM_ID_SPENT" && "claimId" in command
        ? { type: "spent", owner: command.claimId.toString("hex") }
        : undefined;
  }
}
