/**
 * I1 to I5 checked from outside: commands and replies of one key, never its record.
 *
 * Where a bound depends on what is not in a reply (a restart grace), it is the weaker one: a lease
 * ends at the earliest when the last answer to its owner said so.
 */
import type { Result } from "../../storage/claim-record.ts";
import type { Granted } from "../reply.ts";
import type { Step } from "./histories.ts";

interface Life {
  /** The claim ids that held the key since it was last absent. */
  readonly held: string[];
  owner: string;
  token: number;
  attempt: number;
  hold: boolean;
  leaseMs: number;
  /** Not over before. */
  leaseEndMs: number;
  windowMs: number;
  /** May be granted anew at once. */
  released: boolean;
  settled:
    | {
        readonly as: "COMPLETED" | "FAILED" | "HELD";
        readonly result: Result | undefined;
        readonly atMs: number;
      }
    | undefined;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export class Promises {
  #life: Life | undefined;
  #lastToken = 0;

  /** What the step breaks; undefined when it keeps every promise. */
  check(step: Step): string | undefined {
    const { command, reply, turn } = step;
    switch (command.type) {
      case "claim":
        if (reply.type !== "claim") return undefined;
        if (reply.status !== "GRANTED") return this.#checkTaken(step);
        return reply.token === this.#life?.token
          ? this.#checkAgain(step, reply)
          : this.#checkFresh(step, reply);
      case "complete":
      case "fail":
      case "extend":
        if (reply.type !== "settle" || reply.status !== "APPLIED") return undefined;
        if (this.#life?.owner !== hex(command.claimId)) return "I2: somebody else's was applied";
        return this.#apply(step, this.#life);
      case "resolve":
        if (reply.type !== "settle" || reply.status !== "APPLIED") return undefined;
        if (this.#life?.token !== command.token) return "Resolve hit another grant";
        this.#life.owner = "";
        return this.#apply(step, this.#life);
      case "forget":
        if (reply.type !== "forget" || !reply.existed) return undefined;
        if (command.token !== 0 && command.token !== this.#life?.token) return "Forget hit another";
        this.#life = undefined;
        return undefined;
      case "get":
        if (reply.type === "get" && reply.record?.token !== undefined) {
          return reply.record.token < this.#lastToken
            ? undefined
            : this.#sameResult(reply.record.result, turn.nowMs);
        }
        return undefined;
    }
  }

  #windowIsOver(life: Life, nowMs: number): boolean {
    return nowMs >= (life.settled?.atMs ?? life.leaseEndMs) + life.windowMs;
  }

  #checkFresh({ command, turn }: Step, granted: Granted): string | undefined {
    if (command.type !== "claim") return "not a claim";
    if (granted.token <= this.#lastToken) return "I4: the token did not grow";
    this.#lastToken = granted.token;
    const { nowMs, policy } = turn;
    const before = this.#life;
    const claimId = hex(command.claimId);
    const forgotten = before === undefined || this.#windowIsOver(before, nowMs);
    const first = granted.attempt === 1;
    if (!forgotten) {
      if (before.settled !== undefined) return `I3: granted while ${before.settled.as}`;
      const lapsed = nowMs >= before.leaseEndMs && !before.hold;
      if (!before.released && !lapsed) return "I1, I5: granted while it runs or is held";
      if (granted.reclaimed === before.released) return "reclaimed means a lapsed claim";
      if (before.held.includes(claimId)) return "I1: a spent claim id was granted";
      if (granted.attempt !== before.attempt + 1) return "attempts are counted on";
    } else if (before === undefined && !first) return "the first attempt is 1";
    const leaseMs = command.complete ? 0 : granted.leaseMs;
    this.#life = {
      held: [...(first && forgotten ? [] : (before?.held ?? [])), claimId],
      owner: claimId,
      token: granted.token,
      attempt: granted.attempt,
      hold: granted.hold,
      leaseMs,
      leaseEndMs: nowMs + leaseMs,
      windowMs: command.windowMs === 0 ? policy.windowMs : command.windowMs,
      released: false,
      settled: command.complete ? { as: "COMPLETED", result: undefined, atMs: nowMs } : undefined,
    };
    return undefined;
  }

  #checkAgain({ command, turn }: Step, granted: Granted): string | undefined {
    const life = this.#life;
    if (life === undefined || command.type !== "claim") return "nothing to grant again";
    if (hex(command.claimId) !== life.owner) return "I1: two claim ids have one grant";
    if (granted.attempt !== life.attempt) return "the same grant has the same attempt";
    const { nowMs } = turn;
    if (command.complete) {
      life.settled ??= { as: "COMPLETED", result: undefined, atMs: nowMs };
      return undefined;
    }
    if (nowMs + granted.leaseMs < life.leaseEndMs) return "the lease was shortened";
    if (nowMs + granted.leaseMs > life.leaseEndMs)
      life.leaseMs = command.leaseMs || turn.policy.leaseMs;
    life.leaseEndMs = nowMs + granted.leaseMs;
    return undefined;
  }

  #checkTaken({ reply, turn }: Step): string | undefined {
    if (reply.type !== "claim" || this.#life === undefined) return "taken by nobody";
    const { settled } = this.#life;
    if (reply.status !== "COMPLETED" && reply.status !== "FAILED") return undefined;
    if (settled?.as !== reply.status) return `I3: ${settled?.as} became ${reply.status}`;
    return this.#sameResult(reply.result, turn.nowMs);
  }

  #sameResult(result: Result | undefined, nowMs: number): string | undefined {
    const life = this.#life;
    if (life?.settled === undefined || this.#windowIsOver(life, nowMs)) return undefined;
    const stored = life.settled.result;
    if (result?.ref === stored?.ref && result?.sizeBytes === stored?.data.length) return undefined;
    return "I3: the result is another one";
  }

  #apply({ command, turn }: Step, life: Life): string | undefined {
    const { nowMs, policy } = turn;
    if (life.released && command.type !== "resolve") return "I3: settled again after its release";
    if (life.settled !== undefined && life.settled.as !== "HELD") return "I3: settled twice";
    if (command.type === "extend") {
      if (life.settled !== undefined) return "extended after it was settled";
      const leaseMs = command.leaseMs === 0 ? life.leaseMs : command.leaseMs;
      if (nowMs + leaseMs > life.leaseEndMs) life.leaseMs = leaseMs;
      life.leaseEndMs = Math.max(life.leaseEndMs, nowMs + leaseMs);
      return undefined;
    }
    const says =
      command.type === "complete"
        ? "COMPLETED"
        : command.type === "fail"
          ? ({ RETRYABLE: "RELEASED", TERMINAL: "FAILED", UNKNOWN: "HELD" } as const)[
              command.outcome
            ]
          : command.type === "resolve"
            ? command.resolution
            : "RELEASED";
    const forgets = command.type === "complete" && policy.forgetOnComplete;
    life.released = says === "RELEASED" || forgets;
    if (forgets) life.attempt = 0;
    const result = "result" in command && says !== "HELD" ? command.result : undefined;
    life.settled =
      life.released || says === "RELEASED" ? undefined : { as: says, result, atMs: nowMs };
    if (life.released) {
      if (forgets) life.windowMs = 0;
      life.leaseEndMs = nowMs;
    }
    return undefined;
  }
}
