/**
 * What callers asked and what they were answered, each attempt for itself: for the checker of
 * histories of real processes, which knows nothing of logs and epochs, and for what each side knew
 * when it asked.
 */
import type { Command } from "../../../claim/command.ts";
import type { RecordView, Reply } from "../../../claim/reply.ts";
import type { Policy } from "../../../storage/policy.ts";
import { checkHistory } from "../../../test/support/check-history.ts";
import type * as Wire from "../../../test/support/command.ts";
import type { Call as CheckedCall } from "../../../test/support/history.ts";
import type { Answer } from "./answers.ts";
import type { World } from "./world.ts";

interface Call {
  readonly key: string;
  readonly command: Command;
  readonly askedAtMs: number;
  answeredAtMs: number;
  reply: Reply | undefined;
  /** COMPLETED of a key that had been forgotten: who is not in sync may still say so. */
  isOutdated: boolean;
  readonly floor: number;
}

const NAMESPACE = "n";
/** Clocks show whole milliseconds. */
const SLACK_MS = 2;
const NO_RESULT = {
  data: Buffer.alloc(0),
  contentType: "",
  metadata: {},
  ref: "",
  omitted: false,
  sizeBytes: 0,
};

export class ClaimHistory {
  readonly #world: World;
  readonly #calls: Call[] = [];
  /** The highest entry of each key that an answer spoke of. */
  readonly #floors = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  get length(): number {
    return this.#calls.length;
  }

  floorOf(key: string): number {
    return this.#floors.get(key) ?? 0;
  }

  ask(key: string, command: Command): Call {
    const askedAtMs = this.#world.nowMs;
    const floor = this.floorOf(key);
    const open = { answeredAtMs: Infinity, reply: undefined, isOutdated: false };
    const call: Call = { key, command, askedAtMs, ...open, floor };
    this.#calls.push(call);
    return call;
  }

  answer(call: Call, { reply, basis, write, isBehind }: Answer): void {
    call.answeredAtMs = this.#world.nowMs;
    call.reply = reply;
    call.isOutdated = isBehind && basis < call.floor;
    const { key } = call;
    this.#floors.set(key, Math.max(this.floorOf(key), basis, write ?? 0));
  }

  /** One granted claim id per key and window, nothing answered lost, no result that changes. */
  check({ leaseMs, windowMs }: Policy): void {
    const calls = this.#calls.filter(({ isOutdated }) => !isOutdated).map(checkedCall);
    const [problem] = checkHistory(calls, {
      policyOf: () => ({ leaseMs, windowMs }),
      slackMs: SLACK_MS,
    });
    if (problem !== undefined) this.#world.fail("histories", problem);
  }
}

function checkedCall({ key, command, askedAtMs, answeredAtMs, reply }: Call): CheckedCall {
  return {
    command: wireCommand(key, command),
    invokedAtMs: askedAtMs,
    returnedAtMs: answeredAtMs,
    answer: reply === undefined ? undefined : wireAnswer(reply),
  };
}

function wireCommand(name: string, command: Command): Wire.Command {
  const on = { namespace: NAMESPACE, key: Buffer.from(name) };
  switch (command.type) {
    case "claim": {
      const { claimId, complete } = command;
      return { verb: "CLAIM", ...on, claimId: Buffer.from(claimId), complete };
    }
    case "complete":
      return { verb: "COMPLETE", ...on, claimId: Buffer.from(command.claimId) };
    case "fail": {
      const { claimId, outcome } = command;
      return { verb: "FAIL", ...on, claimId: Buffer.from(claimId), outcome };
    }
    case "extend":
      return { verb: "EXTEND", ...on, claimId: Buffer.from(command.claimId) };
    case "get":
      return { verb: "GET", ...on };
    case "forget":
      return { verb: "FORGET", ...on, fencingToken: command.token };
    case "resolve":
      throw new Error("nobody resolves here");
  }
}

function wireAnswer(reply: Reply): Wire.Answer {
  switch (reply.type) {
    case "claim": {
      const granted = reply.status === "GRANTED" ? reply : undefined;
      return {
        kind: "claim",
        status: reply.status,
        fencingToken: granted?.token ?? 0,
        attempt: reply.attempt,
        leaseMs: granted?.leaseMs ?? 0,
        hold: false,
        reclaimed: granted?.reclaimed ?? false,
        retryAfterMs: 0,
        holder: "",
        traceparent: "",
        result: reply.status === "COMPLETED" || reply.status === "FAILED" ? NO_RESULT : null,
        ageMs: 0,
        expiresInMs: 0,
        shadowed: false,
        hot: false,
      };
    }
    case "settle": {
      const current = reply.current === undefined ? null : wireRecord(reply.current);
      return { kind: "settle", status: reply.status, late: reply.late, current };
    }
    case "get": {
      const record = reply.record === undefined ? null : wireRecord(reply.record);
      return { kind: "get", found: record !== null, record };
    }
    case "forget":
      return { kind: "forget", existed: reply.existed };
    case "refused":
      return { kind: "error", code: 9, reason: reply.code, message: "", retryAfterMs: 0 };
  }
}

function wireRecord(view: RecordView) {
  return {
    state: view.state,
    fencingToken: view.token,
    attempt: view.attempt,
    lapsed: view.lapsed,
    leaseLeftMs: view.leaseLeftMs,
    holder: view.holder,
    traceparent: view.traceparent,
    result: NO_RESULT,
    ageMs: view.ageMs,
    expiresInMs: view.expiresInMs,
    hold: view.hold,
    fingerprint: Buffer.alloc(0),
    next: view.next,
  };
}
