/**
 * Histories of one key made up by the model: honest ones, and ones of a server with a known
 * mistake.
 */
import type { Record__Output, Result__Output } from "@claimd/proto";
import { status } from "@grpc/grpc-js";
import type { Answer, Command } from "./command.ts";
import type { Call } from "./history.ts";
import { ABSENT, type KeyState, step } from "./key-model.ts";
import type { Random } from "./seed.ts";

export type Mistake =
  | "none"
  | "an answered write is lost"
  | "a running key is granted again"
  | "a settled key is granted again"
  | "a token is used twice"
  | "a result changes"
  | "its own grant looks like a rival's"
  | "a forget is lost";

const NAMESPACE = "n";
const KEY = Buffer.from("k");
const OWNERS = ["a", "b", "c"].map((name) => Buffer.alloc(16, name));
const RESULTS = ["one", "two"].map((data) => ({ data: Buffer.from(data) }));

function commandBy(random: Random, key: KeyState, tokens: readonly number[]): Command {
  const claimId = random.pick(OWNERS);
  const owner = OWNERS.find((each) => each.toString("hex") === key.owner);
  // Mostly by the owner: settles by strangers change nothing.
  const settler = owner !== undefined && random.chance(0.8) ? owner : claimId;
  const on = { namespace: NAMESPACE, key: KEY };
  const fate = random.next();
  if (fate < 0.4) return { verb: "CLAIM", ...on, claimId, complete: random.chance(0.1) };
  if (fate < 0.58) {
    return { verb: "COMPLETE", ...on, claimId: settler, result: random.pick(RESULTS) };
  }
  if (fate < 0.72) {
    const outcome = random.pick(["RETRYABLE", "RETRYABLE", "TERMINAL", "UNKNOWN"] as const);
    return { verb: "FAIL", ...on, claimId: settler, outcome, result: random.pick(RESULTS) };
  }
  if (fate < 0.77) return { verb: "EXTEND", ...on, claimId: settler };
  if (fate < 0.9) return { verb: "GET", ...on };
  return { verb: "FORGET", ...on, fencingToken: random.pick([0, ...tokens]) };
}

function resultOf(text: string): Result__Output {
  const [data = "", contentType = "", ref = ""] = JSON.parse(text) as string[];
  const bytes = Buffer.from(data, "base64");
  return { data: bytes, contentType, metadata: {}, ref, omitted: false, sizeBytes: bytes.length };
}

function recordOf(key: KeyState): Record__Output {
  return {
    state: key.state === "ABSENT" ? "STATE_UNSPECIFIED" : key.state,
    fencingToken: key.token,
    attempt: key.attempt,
    lapsed: false,
    leaseLeftMs: 0,
    holder: "",
    traceparent: "",
    result: resultOf(key.result),
    ageMs: 0,
    expiresInMs: 0,
    hold: false,
    fingerprint: Buffer.alloc(0),
    next: "STATUS_UNSPECIFIED",
  };
}

/** The model's words as the answer a server would give. */
function answerOf(command: Command, said: string, key: KeyState): Answer {
  const [status_ = ""] = said.split(" ");
  if (said === "spent") {
    const code = status.FAILED_PRECONDITION;
    return { kind: "error", code, reason: "CLAIM_ID_SPENT", message: "", retryAfterMs: 0 };
  }
  switch (command.verb) {
    case "CLAIM":
      return {
        kind: "claim",
        status: status_ as "GRANTED",
        fencingToken: status_ === "GRANTED" ? key.token : 0,
        attempt: key.attempt,
        leaseMs: 1e9,
        hold: false,
        reclaimed: false,
        retryAfterMs: 0,
        holder: "",
        traceparent: "",
        result: /COMPLETED|FAILED/.test(status_) ? resultOf(key.result) : null,
        ageMs: 0,
        expiresInMs: 0,
        shadowed: false,
        hot: false,
      };
    case "GET":
      return said === "absent"
        ? { kind: "get", found: false, record: null }
        : { kind: "get", found: true, record: recordOf(key) };
    case "FORGET":
      return { kind: "forget", existed: said === "existed true" };
    default: {
      const shown = /STALE_OWNER|ALREADY_APPLIED/.test(status_) ? recordOf(key) : null;
      return { kind: "settle", status: status_ as "APPLIED", late: false, current: shown };
    }
  }
}

interface Wrong {
  readonly said: string;
  readonly shown: KeyState;
  readonly next: KeyState;
}

/** What a server with that mistake does with this command; undefined where it does no harm. */
function wrongly(mistake: Mistake, command: Command, key: KeyState, right: Wrong) {
  const rival = command.verb === "CLAIM" && command.claimId.toString("hex") !== key.owner;
  const settled = key.state === "COMPLETED" || key.state === "FAILED";
  const again = (attempt: number, token: number): Wrong => {
    const owner = "claimId" in command ? command.claimId.toString("hex") : "";
    const next: KeyState = { ...ABSENT, state: "IN_PROGRESS", owner, attempt, token };
    return { said: `GRANTED ${attempt}`, shown: next, next };
  };
  const wrote = right.next !== key && right.next.state !== "ABSENT";
  switch (mistake) {
    case "an answered write is lost":
      return wrote ? { ...right, next: key } : undefined;
    case "a running key is granted again":
      return rival && key.state === "IN_PROGRESS" ? again(key.attempt, key.token + 1) : undefined;
    case "a settled key is granted again":
      return rival && settled ? again(key.attempt + 1, key.token + 1) : undefined;
    case "a token is used twice":
      return rival && key.state === "RELEASED" ? again(key.attempt + 1, key.token) : undefined;
    case "a result changes": {
      const other = { ...key, result: JSON.stringify(["b3RoZXI=", "", ""]) };
      return settled && right.next === key && /(COMPLETED|FAILED).*\[/.test(right.said)
        ? { said: right.said, shown: other, next: key }
        : undefined;
    }
    case "its own grant looks like a rival's": {
      const own = command.verb === "CLAIM" && !rival && key.state === "IN_PROGRESS";
      return own ? { said: `IN_PROGRESS ${key.attempt}`, shown: key, next: key } : undefined;
    }
    case "a forget is lost":
      return right.said === "existed true" ? { ...right, next: key } : undefined;
    case "none":
      return undefined;
  }
}

/** `length` calls that overlap, a share of them without an answer. */
export function madeUpHistory(
  random: Random,
  length: number,
  mistake: Mistake,
  unanswered: number,
): Call[] {
  const calls: Call[] = [];
  const tokens: number[] = [];
  let key = ABSENT;
  let made = mistake === "none";
  for (let at = 1; at <= length; at++) {
    const command = commandBy(random, key, tokens);
    const { next, said } = step(key, command);
    const fresh = next.state !== "ABSENT" && next.token === 0;
    const after = fresh ? { ...next, token: next.above + 1 + random.below(3) } : next;
    const right: Wrong = { said, shown: said.startsWith("GRANTED") ? after : key, next: after };
    const wrong = made ? undefined : wrongly(mistake, command, key, right);
    made ||= wrong !== undefined;
    const { shown, next: then } = wrong ?? right;
    const open = wrong === undefined && random.chance(unanswered);
    if (fresh && !open) tokens.push(after.token);
    calls.push({
      command,
      invokedAtMs: at * 10 - random.below(random.chance(0.5) ? 5 : 25),
      returnedAtMs: open ? Infinity : at * 10 + random.below(random.chance(0.5) ? 5 : 25),
      answer: open ? undefined : answerOf(command, (wrong ?? right).said, shown),
    });
    if (!open || random.chance(0.5)) key = then;
  }
  return calls.sort((a, b) => a.invokedAtMs - b.invokedAtMs);
}
