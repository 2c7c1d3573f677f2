/**
 * What a namespace's policy may be, and what is put in where nothing is said. The same for calls of
 * operators and for the policy file.
 *
 * Field names in what is refused are those of the proto file.
 */
import { ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Policy, Quota } from "../storage/policy.ts";

/** A policy as asked for: what is absent or 0 stands for the default. Nothing in it is trusted. */
export type PolicyDraft = {
  readonly [Field in keyof Omit<Policy, "name" | "quota">]?: unknown;
} & { readonly name: unknown; readonly quota?: { readonly [Field in keyof Quota]?: unknown } };

const NAME = /^[a-z0-9-]+$/;
const MAX_COUNT = Number.MAX_SAFE_INTEGER;
const MAX_UINT32 = 2 ** 32 - 1;

export function defaultPolicy(name: string): Policy {
  return policyOf({ name });
}

/** Throws INVALID_ARGUMENT with every problem in one message, each with field, value and bound. */
export function policyOf(draft: PolicyDraft): Policy {
  const problems: string[] = [];
  const fields = new Fields(problems);
  const { windowMs: window, leaseMs: lease, waitMs: wait } = LIMITS;

  const windowMs = fields.duration("window_ms", draft.windowMs, window, window.default);
  const leaseMs = fields.duration("lease_ms", draft.leaseMs, lease, lease.default);
  const quota = draft.quota ?? {};
  const policy: Policy = {
    name: fields.name(draft.name),
    revision: fields.count("revision", draft.revision, MAX_COUNT),
    windowMs,
    maxWindowMs: fields.duration("max_window_ms", draft.maxWindowMs, window, windowMs),
    leaseMs,
    maxLeaseMs: fields.duration(
      "max_lease_ms",
      draft.maxLeaseMs,
      lease,
      Math.max(lease.defaultMax, leaseMs),
    ),
    maxWaitMs: fields.duration("max_wait_ms", draft.maxWaitMs, { min: 1, ...wait }, wait.default),
    onLeaseExpiry: fields.oneOf("on_lease_expiry", draft.onLeaseExpiry, ["RECLAIM", "HOLD"]),
    maxAttempts: fields.count("max_attempts", draft.maxAttempts, LIMITS.maxAttempts.max),
    fingerprint: fields.oneOf("fingerprint", draft.fingerprint, ["OPTIONAL", "OFF", "REQUIRED"]),
    resultMaxBytes:
      fields.count("result_max_bytes", draft.resultMaxBytes, LIMITS.resultBytes.max) ||
      LIMITS.resultBytes.default,
    forgetOnComplete: fields.flag("forget_on_complete", draft.forgetOnComplete),
    observe: fields.flag("observe", draft.observe),
    paused: fields.flag("paused", draft.paused),
    quota: {
      claimsPerSecond: fields.count("quota.claims_per_second", quota.claimsPerSecond, MAX_UINT32),
      records: fields.count("quota.records", quota.records, MAX_COUNT),
      bytes: fields.count("quota.bytes", quota.bytes, MAX_COUNT),
      waiting: fields.count("quota.waiting", quota.waiting, LIMITS.parkedClaims.max),
    },
  };
  if (policy.windowMs > policy.maxWindowMs) {
    problems.push(`window_ms: ${policy.windowMs}, at most max_window_ms ${policy.maxWindowMs}`);
  }
  if (policy.leaseMs > policy.maxLeaseMs) {
    problems.push(`lease_ms: ${policy.leaseMs}, at most max_lease_ms ${policy.maxLeaseMs}`);
  }
  if (problems.length > 0) throw new ClaimdError("INVALID_ARGUMENT", problems.join("; "));
  return policy;
}

/** Reads single fields; what is wrong is noted and a value in bounds given, so that all is read. */
class Fields {
  readonly #problems: string[];

  constructor(problems: string[]) {
    this.#problems = problems;
  }

  name(value: unknown): string {
    const { max } = LIMITS.namespaceNameBytes;
    if (typeof value !== "string" || value === "") this.#problems.push("name: missing");
    else if (value.length > max) this.#problems.push(`name: ${value.length} bytes, at most ${max}`);
    else if (!NAME.test(value)) this.#problems.push("name: other characters than a-z, 0-9 and -");
    else return value;
    return "invalid";
  }

  duration(
    field: string,
    value: unknown,
    { min, max }: { readonly min: number; readonly max: number },
    otherwise: number,
  ): number {
    const ms = this.count(field, value, max);
    if (ms === 0) return otherwise;
    if (ms >= min) return ms;
    this.#problems.push(`${field}: ${ms}, at least ${min}`);
    return otherwise;
  }

  count(field: string, value: unknown, max: number): number {
    if (value === undefined) return 0;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
      this.#problems.push(`${field}: ${shown(value)}, a whole number of 0 to ${max}`);
    } else if (value > max) {
      this.#problems.push(`${field}: ${value}, at most ${max}`);
    } else return value;
    return 0;
  }

  flag(field: string, value: unknown): boolean {
    if (value === undefined || typeof value === "boolean") return value ?? false;
    this.#problems.push(`${field}: ${shown(value)}, true or false`);
    return false;
  }

  /** The first of `allowed` is the default. */
  oneOf<const Value extends string>(
    field: string,
    value: unknown,
    allowed: readonly [Value, ...Value[]],
  ): Value {
    if (value === undefined) return allowed[0];
    const found = allowed.find((each) => each === value);
    if (found !== undefined) return found;
    this.#problems.push(`${field}: ${shown(value)}, one of ${allowed.join(", ")}`);
    return allowed[0];
  }
}

/** Short, whatever it is: it comes from outside and goes into a header. */
function shown(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return value === null ? "null" : `a ${typeof value}`;
}
