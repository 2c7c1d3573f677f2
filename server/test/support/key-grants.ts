/**
 * What a key's history says about its grants: who owned each, for how long at least, how it may
 * have ended.
 *
 * Every bound is on the safe side: a grant happened no earlier than its first claim was sent, a
 * lease or window lasts at least from the sending of what began it.
 */
import type { Answer, Command } from "./command.ts";
import type { Call } from "./history.ts";

export interface Policy {
  readonly windowMs: number;
  readonly leaseMs: number;
  readonly hold?: boolean;
}

export interface Grant {
  readonly token: number;
  attempt: number;
  /** As hex; undefined when only a record showed the grant. */
  owner: string | undefined;
  /** No earlier than this was it granted. */
  fromMs: number;
  /** No later than this. */
  untilMs: number;
  /** It was still there at some time after this. */
  seenMs: number;
  /** The lease lasts at least until then. */
  leaseUntilMs: number;
  windowMs: number;
  oneShot: boolean;
}

export const ownerOf = (command: Command): string | undefined =>
  "claimId" in command ? command.claimId.toString("hex") : undefined;

export const isForgetThatMayHaveWorked = ({ command, answer }: Call): boolean =>
  command.verb === "FORGET" &&
  (answer === undefined || (answer.kind === "forget" && answer.existed));

/** The record that an answer shows, where it shows one. */
export function recordOf(answer: Answer | undefined) {
  if (answer?.kind === "get" && answer.found) return answer.record;
  return answer?.kind === "settle" ? answer.current : null;
}

export class KeyGrants {
  readonly problems: string[] = [];
  readonly #calls: readonly Call[];
  readonly #policy: Policy;
  readonly #slackMs: number;
  readonly #grants = new Map<number, Grant>();
  readonly #firstSentMs = new Map<string, number>();
  readonly #windows = new Map<string, number>();
  readonly #settles = new Map<string, Call[]>();
  readonly #forgets: readonly Call[];
  readonly #owned = new Map<string, Grant[]>();

  /** By token, ascending. */
  readonly line: readonly Grant[];
  /** Claims without an answer: each may have been a grant that nobody was told of. */
  readonly openClaims: number;
  readonly #unseenUntilMs: number;
  readonly #openOwners: ReadonlySet<string | undefined>;

  constructor(calls: readonly Call[], policy: Policy, slackMs: number) {
    this.#calls = calls;
    this.#policy = policy;
    this.#slackMs = slackMs;
    this.#forgets = calls.filter(isForgetThatMayHaveWorked);
    for (const call of calls) this.#addSent(call);
    for (const call of calls) this.#addAnswered(call);
    this.line = [...this.#grants.values()].sort((a, b) => a.token - b.token);
    for (const grant of this.line) {
      if (grant.owner === undefined) continue;
      this.#owned.set(grant.owner, [...(this.#owned.get(grant.owner) ?? []), grant]);
    }
    for (const call of calls) this.#addExtended(call);
    const open = calls.filter(
      ({ command, answer }) => command.verb === "CLAIM" && answer === undefined,
    );
    this.openClaims = open.length;
    this.#unseenUntilMs = open.reduce((least, { command, invokedAtMs }) => {
      const windowMs = this.#windows.get(ownerOf(command) ?? "") ?? policy.windowMs;
      return Math.min(least, invokedAtMs + windowMs);
    }, Infinity);
    this.#openOwners = new Set(open.map(({ command }) => ownerOf(command)));
  }

  /** Whether a claim id may have been granted the key again without anybody being told. */
  mayOwnUnseen(owner: string): boolean {
    return this.#openOwners.has(owner);
  }

  of(owner: string | undefined): readonly Grant[] {
    return this.#owned.get(owner ?? "") ?? [];
  }

  /** Whether nothing can have removed the key: then an attempt number names one grant. */
  neverForgotten(): boolean {
    const first = this.#calls[0];
    const ends = this.#calls.map(({ returnedAtMs, invokedAtMs }) =>
      returnedAtMs === Infinity ? invokedAtMs : returnedAtMs,
    );
    const windows = [this.#policy.windowMs, ...this.#windows.values()];
    const spanMs = ends.reduce((a, b) => Math.max(a, b), 0) - (first?.invokedAtMs ?? 0);
    const shortest = windows.reduce((a, b) => Math.min(a, b), Infinity);
    return this.#forgets.length === 0 && spanMs < shortest - this.#slackMs;
  }

  mayBeForgotten(grant: Grant, beforeMs: number): boolean {
    return this.#forgets.some(({ command, invokedAtMs, returnedAtMs }) => {
      const token = command.verb === "FORGET" ? (command.fencingToken ?? 0) : 0;
      const fits = token === 0 || token === grant.token;
      return fits && invokedAtMs <= beforeMs && returnedAtMs >= grant.seenMs;
    });
  }

  mayBeExpired(grant: Grant, atMs: number): boolean {
    const settles = this.#settlesOf(grant);
    let fromMs = settles.reduce((least, call) => Math.min(least, call.invokedAtMs), Infinity);
    if (grant.oneShot) fromMs = grant.fromMs;
    const untilMs = Math.min(fromMs, grant.leaseUntilMs) + grant.windowMs;
    return atMs >= untilMs - this.#slackMs;
  }

  /** Whether a grant that nobody was told of may have come and gone. */
  mayUnseenExpire(atMs: number): boolean {
    return atMs >= this.#unseenUntilMs - this.#slackMs;
  }

  mayBeReleased(grant: Grant, beforeMs: number): boolean {
    if (grant.owner === undefined) return true;
    return this.#settlesOf(grant).some(
      ({ command, invokedAtMs }) =>
        command.verb === "FAIL" && command.outcome === "RETRYABLE" && invokedAtMs <= beforeMs,
    );
  }

  mayBeLapsed(grant: Grant, atMs: number): boolean {
    return this.#policy.hold !== true && atMs >= grant.leaseUntilMs - this.#slackMs;
  }

  #settlesOf(grant: Grant): readonly Call[] {
    return this.#settles.get(grant.owner ?? "") ?? [];
  }

  #addSent({ command, invokedAtMs, answer, returnedAtMs }: Call): void {
    const owner = ownerOf(command);
    if (owner === undefined) return;
    if (command.verb === "CLAIM") {
      const before = this.#firstSentMs.get(owner) ?? Infinity;
      this.#firstSentMs.set(owner, Math.min(before, invokedAtMs));
      const windowMs = command.windowMs ?? 0;
      this.#windows.set(owner, windowMs === 0 ? this.#policy.windowMs : windowMs);
      return;
    }
    const counts =
      answer === undefined || (answer.kind === "settle" && /APPLIED/.test(answer.status));
    if (command.verb === "EXTEND" || !counts) return;
    const list = this.#settles.get(owner) ?? [];
    list.push({ command, invokedAtMs, answer, returnedAtMs });
    this.#settles.set(owner, list);
  }

  #addAnswered(call: Call): void {
    const { command, answer, invokedAtMs } = call;
    if (answer?.kind === "claim" && answer.status === "GRANTED") {
      const owner = ownerOf(command);
      const grant = this.#grantOf(answer.fencingToken, answer.attempt, call);
      if (grant.owner !== undefined && grant.owner !== owner) {
        this.problems.push(`token ${grant.token} granted to two claim ids`);
      }
      const oneShot = command.verb === "CLAIM" && command.complete === true;
      grant.owner = owner;
      grant.oneShot ||= oneShot;
      grant.fromMs = this.#firstSentMs.get(owner ?? "") ?? invokedAtMs;
      grant.windowMs = this.#windows.get(owner ?? "") ?? this.#policy.windowMs;
      grant.leaseUntilMs = Math.max(grant.leaseUntilMs, invokedAtMs + answer.leaseMs);
    }
    const record = recordOf(answer);
    if (record != null) this.#grantOf(record.fencingToken, record.attempt, call);
  }

  /** Extends count where it is clear which grant they extended. */
  #addExtended({ command, answer, invokedAtMs }: Call): void {
    if (command.verb !== "EXTEND" || answer?.kind !== "settle" || answer.status !== "APPLIED")
      return;
    const [grant, second] = this.of(ownerOf(command));
    if (grant === undefined || second !== undefined) return;
    const leaseMs = command.leaseMs ?? 0;
    const untilMs = invokedAtMs + (leaseMs === 0 ? 0 : leaseMs);
    grant.leaseUntilMs = Math.max(grant.leaseUntilMs, untilMs);
  }

  #grantOf(token: number, attempt: number, { invokedAtMs, returnedAtMs }: Call): Grant {
    const known = this.#grants.get(token);
    if (known !== undefined) {
      known.untilMs = Math.min(known.untilMs, returnedAtMs);
      known.seenMs = Math.max(known.seenMs, invokedAtMs);
      if (known.attempt !== attempt) this.problems.push(`token ${token} with two attempts`);
      return known;
    }
    const grant: Grant = {
      token,
      attempt,
      owner: undefined,
      fromMs: -Infinity,
      untilMs: returnedAtMs,
      seenMs: invokedAtMs,
      leaseUntilMs: -Infinity,
      windowMs: this.#policy.windowMs,
      oneShot: false,
    };
    this.#grants.set(token, grant);
    return grant;
  }
}
