/**
 * COMPLETED answers, kept for no longer than the server said, counted from the sending of the
 * request. Nothing else is ever kept: "completed until T" is the one answer that stays true.
 *
 * An operator's Forget or Resolve elsewhere is not seen before T; `forget` of this client is.
 */
import { type CheckedKey, keyBytes } from "./key-bytes.ts";
import { LIMITS } from "./limits.ts";
import type { Completed } from "./outcome.ts";
import type { ClaimReply } from "./reply.ts";

interface Entry {
  readonly outcome: Completed;
  readonly fingerprint: string;
  readonly sentAtMs: number;
  readonly untilMs: number;
}

export class CompletedCache {
  /** Oldest use first: a Map keeps the order of insertion. */
  readonly #entries = new Map<string, Entry>();
  readonly #most: number;

  constructor(entries: number) {
    this.#most = entries;
  }

  /** Only for the fingerprint that was answered: another one may be a mismatch. */
  get(
    namespace: string,
    key: CheckedKey,
    fingerprint: Buffer | undefined,
    nowMs: number,
  ): Completed | undefined {
    const name = nameOf(namespace, key);
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    if (entry.untilMs <= nowMs) {
      this.#entries.delete(name);
      return undefined;
    }
    if (entry.fingerprint !== textOf(fingerprint)) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    const passedMs = Math.floor(nowMs - entry.sentAtMs);
    const { outcome } = entry;
    return {
      ...outcome,
      ageMs: outcome.ageMs + passedMs,
      expiresInMs: Math.max(outcome.expiresInMs - passedMs, 0),
    };
  }

  put(
    namespace: string,
    key: CheckedKey,
    fingerprint: Buffer | undefined,
    outcome: Completed,
    { sentAtMs, expiresInMs }: Pick<ClaimReply, "sentAtMs" | "expiresInMs">,
  ): void {
    const { result } = outcome;
    if (result !== undefined) {
      if (result.omitted || result.data.length > LIMITS.cachedResultBytes) return;
      // A copy: the bytes are a view of the whole message.
      outcome = { ...outcome, result: { ...result, data: Uint8Array.from(result.data) } };
    }
    const untilMs = sentAtMs + expiresInMs;
    const name = nameOf(namespace, key);
    this.#entries.delete(name);
    this.#entries.set(name, { outcome, fingerprint: textOf(fingerprint), sentAtMs, untilMs });
    if (this.#entries.size > this.#most) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
  }

  delete(namespace: string, key: CheckedKey): void {
    this.#entries.delete(nameOf(namespace, key));
  }
}

/** A namespace has no colon: no two pairs share a name. */
export function nameOf(namespace: string, key: CheckedKey): string {
  return `${namespace}:${keyBytes(key).toString("latin1")}`;
}

export function textOf(fingerprint: Buffer | undefined): string {
  return fingerprint === undefined ? "" : fingerprint.toString("latin1");
}
