/** What the handler of `run` sees of its claim. It does not settle: `run` does. */
import { derivedKey } from "./derived-key.ts";
import type { GrantedClaim } from "./granted-claim.ts";

export interface RunningClaim {
  readonly namespace: string;
  readonly key: Uint8Array;
  /** How often the key has been granted, this time included; 0 without a claim. */
  readonly attempt: number;
  /** Grows with every grant of the key; 0 without a claim. */
  readonly fencingToken: number;
  /** Taken over from a claim that lapsed and may have run: look before you leap. */
  readonly reclaimed: boolean;
  /** After a lapse nobody takes over. */
  readonly hold: boolean;
  readonly shadowed: boolean;
  /** The same for every attempt at this key: an idempotency key for calls downstream. */
  readonly derivedKey: string;
  /** Aborts before the lease is over, or when the caller gives up. */
  readonly signal: AbortSignal;
  /** How long the claim may still be relied on; 0 without a claim. */
  readonly leaseLeftMs: number;
  /** False where the handler runs although nobody could be asked (`onUnavailable`). */
  readonly guarded: boolean;
}

export function runningClaim(
  granted: GrantedClaim,
  callerSignal: AbortSignal | undefined,
): RunningClaim {
  const { namespace, key, attempt, fencingToken, reclaimed, hold, shadowed } = granted;
  return {
    namespace,
    key,
    attempt,
    fencingToken,
    reclaimed,
    hold,
    shadowed,
    guarded: true,
    get derivedKey() {
      return granted.derivedKey;
    },
    get signal() {
      const { signal } = granted;
      return callerSignal === undefined ? signal : AbortSignal.any([signal, callerSignal]);
    },
    get leaseLeftMs() {
      return granted.leaseLeftMs;
    },
  };
}

export function unguardedClaim(
  namespace: string,
  key: Uint8Array,
  callerSignal: AbortSignal | undefined,
): RunningClaim {
  return {
    namespace,
    key,
    attempt: 0,
    fencingToken: 0,
    reclaimed: false,
    hold: false,
    shadowed: false,
    leaseLeftMs: 0,
    guarded: false,
    derivedKey: derivedKey(namespace, key),
    signal: callerSignal ?? new AbortController().signal,
  };
}
