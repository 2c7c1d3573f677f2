/**
 * One key as the contract's table says, without lapse and expiry: for histories much shorter than
 * any lease. What the exhaustive search walks through, and what makes up histories to check.
 *
 * Tokens are chosen by the server: the model only knows which of them a grant may have.
 */
import type { Record__Output } from "@claimd/proto";
import type { Answer, ClaimAnswer, Command, SettleAnswer } from "./command.ts";
import { digest } from "./observation.ts";

export interface KeyState {
  readonly state: "ABSENT" | "IN_PROGRESS" | "RELEASED" | "COMPLETED" | "FAILED" | "HELD";
  readonly owner: string;
  readonly attempt: number;
  /** 0 while nobody was told the token of the newest grant. */
  readonly token: number;
  /** The newest token is greater than this. */
  readonly above: number;
  readonly result: string;
  readonly spent: readonly string[];
}

export const ABSENT: KeyState = {
  state: "ABSENT",
  owner: "",
  attempt: 0,
  token: 0,
  above: 0,
  result: digest(undefined),
  spent: [],
};

export interface Step {
  readonly next: KeyState;
  /** What the command is answered, in words; see `saidBy`. */
  readonly said: string;
  /** Whether the answer shows the token of the grant. */
  readonly shows: boolean;
}

const removed = (key: KeyState): KeyState => ({ ...ABSENT, above: Math.max(key.above, key.token) });

function granted(key: KeyState, owner: string, complete: boolean, attempt: number): KeyState {
  return {
    state: complete ? "COMPLETED" : "IN_PROGRESS",
    owner,
    attempt,
    token: 0,
    above: Math.max(key.above, key.token),
    result: digest(undefined),
    spent: key.spent,
  };
}

const spend = (key: KeyState): readonly string[] => [...key.spent, key.owner];

function stepClaim(key: KeyState, owner: string, complete: boolean): Step {
  const says = (said: string, next = key, shows = false): Step => ({ next, said, shows });
  const own = key.owner === owner;
  if (key.state === "ABSENT" || (key.state === "RELEASED" && !own)) {
    if (key.spent.includes(owner)) return says("spent");
    const next = granted(key, owner, complete, key.attempt + 1);
    return says(`GRANTED ${next.attempt}`, next, true);
  }
  if (key.state === "RELEASED") return says("spent");
  if (own && key.state === "IN_PROGRESS") {
    const next = complete ? { ...key, state: "COMPLETED" as const, spent: spend(key) } : key;
    return says(`GRANTED ${key.attempt}`, next, true);
  }
  if (own && key.state === "COMPLETED" && complete) {
    return says(`GRANTED ${key.attempt}`, key, true);
  }
  const settled = key.state === "COMPLETED" || key.state === "FAILED";
  return says(`${key.state} ${key.attempt}${settled ? ` ${key.result}` : ""}`);
}

function stepSettle(key: KeyState, command: Command, owner: string): Step {
  const says = (said: string, next = key, shows = false): Step => ({ next, said, shows });
  const current = (status: string): Step => says(`${status} ${key.state} ${key.result}`, key, true);
  if (key.state === "ABSENT") return says("NOT_FOUND");
  if (key.owner !== owner) return current("STALE_OWNER");
  const open = key.state === "IN_PROGRESS";
  const unsettled = open || key.state === "HELD";
  if (command.verb === "EXTEND") return open ? says("APPLIED") : current("STALE_OWNER");
  if (command.verb === "COMPLETE") {
    if (key.state === "COMPLETED") return current("ALREADY_APPLIED");
    if (!unsettled) return current("STALE_OWNER");
    const result = digest(command.result);
    return says("APPLIED", { ...key, state: "COMPLETED", result, spent: spend(key) });
  }
  if (command.verb !== "FAIL") throw new Error("not a settle");
  const to = { RETRYABLE: "RELEASED", TERMINAL: "FAILED", UNKNOWN: "HELD" } as const;
  const state = to[command.outcome];
  if (key.state === state) return current("ALREADY_APPLIED");
  if (!unsettled) return current("STALE_OWNER");
  const result = state === "FAILED" ? digest(command.result) : digest(undefined);
  const spent = state === "HELD" ? key.spent : spend(key);
  return says("APPLIED", { ...key, state, result, spent });
}

/** What a command does to a key and what it is answered. */
export function step(key: KeyState, command: Command): Step {
  switch (command.verb) {
    case "CLAIM":
      return stepClaim(key, command.claimId.toString("hex"), command.complete === true);
    case "GET": {
      const shown = key.state === "ABSENT" ? "absent" : `${key.state} ${key.attempt} ${key.result}`;
      return { next: key, said: shown, shows: key.state !== "ABSENT" };
    }
    case "FORGET": {
      const named = command.fencingToken ?? 0;
      const fits = key.state !== "ABSENT" && (named === 0 || named === key.token);
      return { next: fits ? removed(key) : key, said: `existed ${fits}`, shows: false };
    }
    default:
      return stepSettle(key, command, command.claimId.toString("hex"));
  }
}

/** The same words from a real answer, with the token it shows (0 = none). */
export function saidBy(answer: Answer): { readonly said: string; readonly token: number } {
  const ofClaim = ({ status, attempt, result, fencingToken }: ClaimAnswer) => {
    const settled = status === "COMPLETED" || status === "FAILED";
    const said = `${status} ${attempt}${settled ? ` ${digest(result)}` : ""}`;
    return { said, token: fencingToken };
  };
  const ofSettle = ({ status, current }: SettleAnswer) => {
    if (current === null || status === "APPLIED") return { said: status, token: 0 };
    return {
      said: `${status} ${current.state} ${digest(current.result)}`,
      token: current.fencingToken,
    };
  };
  const ofRecord = (record: Record__Output | null) =>
    record === null
      ? { said: "absent", token: 0 }
      : {
          said: `${record.state} ${record.attempt} ${digest(record.result)}`,
          token: record.fencingToken,
        };
  switch (answer.kind) {
    case "claim":
      return ofClaim(answer);
    case "settle":
      return ofSettle(answer);
    case "get":
      return ofRecord(answer.found ? answer.record : null);
    case "forget":
      return { said: `existed ${answer.existed}`, token: 0 };
    case "error":
      return { said: answer.reason === "CLAIM_ID_SPENT" ? "spent" : "refused", token: 0 };
  }
}
