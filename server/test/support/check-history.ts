/**
 * The checker of histories: no two winners, nothing answered lost, old claim ids get their old
 * answer.
 *
 * Per key and in n log n. Grants stand in a line (by token), each passes its phases; every answer
 * is a point on that line, and points of calls that follow each other never go back. Where the line
 * moves on to a next grant there must have been a reason: release, lapse, Forget or expiry.
 *
 * Never cries wolf: what lost answers, short leases or Forgets leave open counts as innocent. That
 * it agrees with an exhaustive search, and misses none of the mistakes it is for, is tested beside
 * it.
 */
import type { Command } from "./command.ts";
import { byKey, type Call } from "./history.ts";
import { type Grant, KeyGrants, ownerOf, type Policy } from "./key-grants.ts";
import { digest, type GrantName, type Observation, observe, PHASE } from "./observation.ts";

export interface CheckOptions {
  readonly policyOf: (namespace: string) => Policy;
  /** How far the server's clock may be from ours over a lease or a window. */
  readonly slackMs?: number;
}

interface Point {
  readonly call: Call;
  readonly seen: Observation;
}

/** Every problem found, each with its key; empty when the history is possible. */
export function checkHistory(calls: readonly Call[], options: CheckOptions): string[] {
  return [...byKey(calls)].flatMap(([name, ofKey]) => {
    const policy = options.policyOf(name.slice(0, name.indexOf("/")));
    const problems = new KeyCheck(ofKey, policy, options.slackMs ?? 0).problems();
    return problems.map((problem) => `${name}: ${problem}`);
  });
}

class KeyCheck {
  readonly #calls: readonly Call[];
  readonly #grants: KeyGrants;
  readonly #unique: boolean;
  readonly #problems: string[] = [];
  readonly #line: readonly Grant[];
  readonly #place: Map<number, number>;
  readonly #byAttempt: Map<number, number>;
  readonly #outcomes = new Map<number, string>();
  readonly #submitted: Set<string>;

  constructor(calls: readonly Call[], policy: Policy, slackMs: number) {
    this.#calls = calls;
    this.#grants = new KeyGrants(calls, policy, slackMs);
    this.#unique = this.#grants.neverForgotten();
    this.#line = this.#grants.line;
    this.#place = new Map(this.#line.map(({ token }, at) => [token, at]));
    this.#byAttempt = new Map(this.#line.map(({ attempt }, at) => [attempt, at]));
    this.#submitted = new Set(calls.flatMap(({ command }) => submittedBy(command)));
  }

  problems(): string[] {
    this.#sweep();
    for (let at = 0; at < this.#line.length; at++) this.#checkStep(at);
    this.#checkOwners();
    return [...this.#grants.problems, ...this.#problems];
  }

  /**
   * Points in the order of time: none may lie before one that had been answered when it was sent.
   */
  #sweep(): void {
    const points = this.#calls.flatMap((call): Point[] => {
      const seen = call.answer === undefined ? undefined : observe(call.command, call.answer);
      return seen === undefined ? [] : [{ call, seen }];
    });
    const returns = [...points].sort((a, b) => a.call.returnedAtMs - b.call.returnedAtMs);
    const floors = new Map<Point, number>();
    let floor = -1;
    let returned = 0;
    for (const point of points) {
      for (; returned < returns.length; returned++) {
        const earlier = returns[returned] as Point;
        if (earlier.call.returnedAtMs >= point.call.invokedAtMs) break;
        floor = Math.max(floor, this.#least(earlier, floors.get(earlier) ?? -1));
      }
      floors.set(point, floor);
      this.#checkPoint(point, floor);
    }
  }

  /** Where the line is at least after this answer. */
  #least({ call, seen }: Point, floor: number): number {
    switch (seen.type) {
      case "grant": {
        const at = this.#placeOf(seen.grant, call, floor);
        return at === undefined ? -1 : at * 4 + seen.least;
      }
      case "absent":
      case "removed":
        return floor < 0 ? -1 : Math.floor(floor / 4) * 4 + PHASE.GONE;
      case "over": {
        const at = this.#place.get(seen.token);
        // A Forget that was there before its grant says nothing.
        return at === undefined || floor < at * 4 ? -1 : at * 4 + PHASE.GONE;
      }
      case "spent": {
        const at = this.#placeOf({ owner: seen.owner }, call, floor);
        return at === undefined ? -1 : at * 4 + PHASE.SETTLED;
      }
    }
  }

  #checkPoint({ call, seen }: Point, floor: number): void {
    if (seen.type === "absent") this.#checkAbsent(call, floor);
    if (seen.type !== "grant") return;
    const { outcome } = seen;
    if (outcome !== undefined && !this.#submitted.has(outcome)) {
      this.#problems.push(`${describe(call)} shows ${outcome}, which nobody asked for`);
    }
    const at = this.#placeOf(seen.grant, call, floor);
    if (at === undefined) {
      if ("attempt" in seen.grant) this.#checkUnseen(seen.grant.attempt, floor);
      return;
    }
    if (seen.most === PHASE.GONE && floor >= at * 4 + PHASE.GONE) {
      this.#problems.push(`token ${this.#line[at]?.token ?? 0} was forgotten twice`);
    }
    if (at * 4 + seen.most < floor) {
      this.#problems.push(
        `${describe(call)} shows grant ${at} in phase ${seen.most}, ` +
          `but grant ${Math.floor(floor / 4)} was in phase ${floor % 4} before`,
      );
    }
    if (outcome !== undefined) this.#checkOutcome(at, outcome);
    this.#checkOwn(call, at, seen);
  }

  /** An attempt nobody was told of: its claim must have lost its answer. */
  #checkUnseen(attempt: number, floor: number): void {
    const known = this.#line[Math.floor(floor / 4)];
    if (this.#unique && floor >= 0 && known !== undefined && attempt < known.attempt) {
      this.#problems.push(`attempt ${attempt} was answered after attempt ${known.attempt}`);
    }
    if (this.#unique && this.#grants.openClaims === 0) {
      this.#problems.push(`attempt ${attempt} was answered, and granted to nobody`);
    }
  }

  #checkAbsent(call: Call, floor: number): void {
    const grant = this.#line[Math.floor(floor / 4)];
    if (floor < 0 || grant === undefined || floor % 4 === PHASE.GONE) return;
    // The key may have been granted to others meanwhile, and they be gone.
    const since = this.#line.slice(Math.floor(floor / 4));
    const mayBeGone = since.some(
      (each) => each.fromMs <= call.returnedAtMs && this.#mayBeGone(each, call.returnedAtMs),
    );
    if (!mayBeGone && !this.#grants.mayUnseenExpire(call.returnedAtMs)) {
      this.#problems.push(`${describe(call)} finds nothing, but token ${grant.token} was answered`);
    }
  }

  #checkOutcome(at: number, outcome: string): void {
    const before = this.#outcomes.get(at) ?? outcome;
    this.#outcomes.set(at, before);
    if (before !== outcome) this.#problems.push(`grant ${at} is both ${before} and ${outcome}`);
  }

  /** Nobody is told that what he owns belongs to somebody else. */
  #checkOwn({ command, answer }: Call, at: number, seen: Observation): void {
    const owner = ownerOf(command);
    if (owner === undefined || this.#line[at]?.owner !== owner || seen.type !== "grant") return;
    if (answer?.kind === "claim" && answer.status === "IN_PROGRESS") {
      this.#problems.push("a claim sent again was told that its own grant is a rival's");
    }
    const held = seen.most === PHASE.HELD && command.verb !== "EXTEND";
    const open = seen.most === PHASE.IN_PROGRESS || held;
    if (answer?.kind === "settle" && answer.status === "STALE_OWNER" && open) {
      this.#problems.push(`${command.verb} by the owner was answered STALE_OWNER`);
    }
  }

  /** From one grant to the next there must have been a way. */
  #checkStep(at: number): void {
    const from = this.#line[at - 1];
    const to = this.#line[at] as Grant;
    const skipped = to.attempt - (from?.attempt ?? 0) - 1;
    if (this.#unique && skipped > this.#grants.openClaims) {
      this.#problems.push(`attempt ${to.attempt} without the ${skipped} before it`);
    }
    if (from === undefined) return;
    if (this.#mayBeGone(from, to.untilMs)) return;
    const outcome = this.#outcomes.get(at - 1) ?? (from.oneShot ? "COMPLETED" : "");
    const where = `token ${from.token} (attempt ${from.attempt}) to ${to.token} (${to.attempt})`;
    if (/^(COMPLETED|FAILED)/.test(outcome)) {
      this.#problems.push(`granted again after ${outcome}: ${where}`);
    } else if (to.attempt <= from.attempt && !this.#grants.mayUnseenExpire(to.untilMs)) {
      this.#problems.push(`attempts do not grow: ${where}`);
    } else if (
      !this.#grants.mayBeReleased(from, to.untilMs) &&
      !this.#grants.mayBeLapsed(from, to.untilMs)
    ) {
      this.#problems.push(`two owners at once: ${where}`);
    }
  }

  #mayBeGone(grant: Grant, atMs: number): boolean {
    return this.#grants.mayBeForgotten(grant, atMs) || this.#grants.mayBeExpired(grant, atMs);
  }

  #checkOwners(): void {
    if (!this.#unique) return;
    const attempts = new Map<string, number>();
    for (const { owner, attempt } of this.#line) {
      if (owner === undefined) continue;
      const before = attempts.get(owner) ?? attempt;
      attempts.set(owner, attempt);
      if (before !== attempt) this.#problems.push(`a claim id owned ${before} and ${attempt}`);
    }
  }

  #placeOf(grant: GrantName, call: Call, floor: number): number | undefined {
    if ("token" in grant) return this.#place.get(grant.token);
    if ("attempt" in grant) {
      if (this.#unique) return this.#byAttempt.get(grant.attempt);
      return this.#grants.openClaims === 0
        ? this.#onlyPlace(grant.attempt, call, floor)
        : undefined;
    }
    if (!this.#unique && this.#grants.mayOwnUnseen(grant.owner)) return undefined;
    const [only, second] = this.#grants.of(grant.owner);
    return only === undefined || second !== undefined ? undefined : this.#place.get(only.token);
  }

  /** The grant of that attempt from `floor` on to the call's end, where there is just one. */
  #onlyPlace(attempt: number, call: Call, floor: number): number | undefined {
    let found: number | undefined;
    for (let at = Math.max(0, Math.floor(floor / 4)); at < this.#line.length; at++) {
      const grant = this.#line[at] as Grant;
      if (grant.fromMs > call.returnedAtMs || grant.attempt !== attempt) continue;
      if (found !== undefined) return undefined;
      found = at;
    }
    return found;
  }
}

/** What a later answer may show because of this command. */
function submittedBy(command: Command): string[] {
  switch (command.verb) {
    case "CLAIM":
      return command.complete === true ? [`COMPLETED ${digest(undefined)}`] : [];
    case "COMPLETE":
      return [`COMPLETED ${digest(command.result)}`];
    case "FAIL":
      if (command.outcome === "RETRYABLE") return [`RELEASED ${digest(undefined)}`];
      return [`FAILED ${digest(command.result)}`];
    default:
      return [];
  }
}

function describe({ command, answer }: Call): string {
  const status = answer !== undefined && "status" in answer ? answer.status : answer?.kind;
  return `${command.verb} answered ${status ?? "nothing"}`;
}
