/**
 * Keys over a Map: the smallest honest state machine that a client can be tried against. Not the
 * product's: no window, no fingerprint, no quota; every answer comes at once.
 */
import type { ClaimResponse, Record as WireRecord, Result, SettleResponse } from "@claimd/proto";

interface Entry {
  state: "IN_PROGRESS" | "RELEASED" | "COMPLETED" | "FAILED" | "HELD";
  claimId: string;
  token: number;
  attempt: number;
  leaseUntilMs: number;
  leaseMs: number;
  holder: string;
  result: Result | null;
}

export interface ClaimAsked {
  readonly name: string;
  readonly claimId: string;
  readonly leaseMs: number;
  readonly complete: boolean;
  readonly holder: string;
}

export interface MapPolicy {
  leaseMs: number;
  hold: boolean;
  /** 0 = no bound. */
  maxAttempts: number;
  /** Of results; what is longer is omitted. */
  resultMaxBytes: number;
}

const WINDOW_MS = 60_000;

export class MapKeys {
  readonly policy: MapPolicy = {
    leaseMs: 30_000,
    hold: false,
    maxAttempts: 0,
    resultMaxBytes: 64 * 1024,
  };
  /** The claim ids each key was granted to, in order: the oracle of a test. */
  readonly grants = new Map<string, string[]>();
  /** Keys whose COMPLETED answers say that they are hot. */
  readonly hot = new Set<string>();
  readonly #entries = new Map<string, Entry>();
  #token = 0;

  claim(asked: ClaimAsked): ClaimResponse {
    const nowMs = performance.now();
    const entry = this.#entries.get(asked.name);
    if (entry === undefined) return this.#grant(asked, 1, false);
    const lapsed = entry.state === "IN_PROGRESS" && entry.leaseUntilMs <= nowMs;
    const own = entry.claimId === asked.claimId;
    if (own && entry.state === "IN_PROGRESS") {
      if (lapsed) entry.leaseUntilMs = nowMs + entry.leaseMs;
      return this.#granted(entry, false);
    }
    if (own && entry.state === "COMPLETED" && asked.complete) return this.#granted(entry, false);
    if (entry.state === "IN_PROGRESS" && !lapsed) {
      const retryAfterMs = Math.ceil(entry.leaseUntilMs - nowMs);
      return { ...this.#taken(entry, "IN_PROGRESS"), retryAfterMs, holder: entry.holder };
    }
    if (lapsed && this.policy.hold) return this.#taken(entry, "HELD");
    if (entry.state === "RELEASED" || lapsed) {
      const { maxAttempts } = this.policy;
      if (maxAttempts > 0 && entry.attempt >= maxAttempts) return this.#taken(entry, "EXHAUSTED");
      return this.#grant(asked, entry.attempt + 1, lapsed);
    }
    const hot = entry.state === "COMPLETED" && this.hot.has(asked.name);
    return { ...this.#taken(entry, entry.state), result: entry.result, hot };
  }

  settle(
    name: string,
    claimId: string,
    to: "COMPLETED" | "RELEASED" | "FAILED" | "HELD",
    result: Result | null,
  ): SettleResponse {
    const entry = this.#entries.get(name);
    if (entry === undefined) return { status: "NOT_FOUND" };
    if (entry.claimId !== claimId) return { status: "STALE_OWNER", current: this.get(name) };
    if (entry.state === to) return { status: "ALREADY_APPLIED", current: this.get(name) };
    if (entry.state !== "IN_PROGRESS" && entry.state !== "HELD") {
      return { status: "STALE_OWNER", current: this.get(name) };
    }
    const late = entry.leaseUntilMs <= performance.now();
    entry.state = to;
    entry.result = result === null ? null : this.#fitted(result);
    return { status: "APPLIED", late };
  }

  extend(name: string, claimId: string, leaseMs: number): SettleResponse {
    const entry = this.#entries.get(name);
    if (entry === undefined) return { status: "NOT_FOUND" };
    if (entry.claimId !== claimId || entry.state !== "IN_PROGRESS") {
      return { status: "STALE_OWNER", current: this.get(name) };
    }
    const untilMs = performance.now() + (leaseMs || entry.leaseMs);
    entry.leaseUntilMs = Math.max(entry.leaseUntilMs, untilMs);
    return { status: "APPLIED" };
  }

  get(name: string): WireRecord | null {
    const entry = this.#entries.get(name);
    if (entry === undefined) return null;
    const { state, token, attempt, holder, leaseUntilMs, result } = entry;
    const leaseLeftMs = Math.max(Math.ceil(leaseUntilMs - performance.now()), 0);
    const lapsed = state === "IN_PROGRESS" && leaseLeftMs === 0;
    return {
      state,
      fencingToken: token,
      attempt,
      holder,
      lapsed,
      leaseLeftMs: state === "IN_PROGRESS" ? leaseLeftMs : 0,
      result,
      expiresInMs: WINDOW_MS,
      hold: this.policy.hold,
      next: state === "RELEASED" || lapsed ? "GRANTED" : state,
    };
  }

  forget(name: string, token: number): boolean {
    const entry = this.#entries.get(name);
    if (entry === undefined || (token !== 0 && entry.token !== token)) return false;
    return this.#entries.delete(name);
  }

  #grant(asked: ClaimAsked, attempt: number, reclaimed: boolean): ClaimResponse {
    const leaseMs = asked.leaseMs || this.policy.leaseMs;
    const entry: Entry = {
      state: asked.complete ? "COMPLETED" : "IN_PROGRESS",
      claimId: asked.claimId,
      token: ++this.#token,
      attempt,
      leaseMs,
      leaseUntilMs: performance.now() + leaseMs,
      holder: asked.holder,
      result: null,
    };
    this.#entries.set(asked.name, entry);
    this.grants.set(asked.name, [...(this.grants.get(asked.name) ?? []), asked.claimId]);
    return this.#granted(entry, reclaimed);
  }

  #granted(entry: Entry, reclaimed: boolean): ClaimResponse {
    return {
      status: "GRANTED",
      fencingToken: entry.token,
      attempt: entry.attempt,
      leaseMs: Math.max(Math.floor(entry.leaseUntilMs - performance.now()), 0),
      hold: this.policy.hold,
      reclaimed,
    };
  }

  #taken({ attempt }: Entry, status: NonNullable<ClaimResponse["status"]>): ClaimResponse {
    return { status, attempt, ageMs: 0, expiresInMs: WINDOW_MS };
  }

  #fitted(result: Result): Result | null {
    // As in a node: a column can't tell an empty result from none.
    if (result.omitted === true) return result;
    if (result.contentType === "" && result.ref === "" && result.data?.length === 0) return null;
    const sizeBytes = (result.data as Buffer).length;
    if (sizeBytes <= this.policy.resultMaxBytes) return { ...result, sizeBytes };
    return { ...result, data: Buffer.alloc(0), omitted: true, sizeBytes };
  }
}
