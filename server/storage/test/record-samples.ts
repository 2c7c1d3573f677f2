/**
 * Records for tests: one per state with no field at zero, a plain one, and any record there can be.
 */
import fc from "fast-check";
import type {
  ClaimRecord,
  Completed,
  Failed,
  Held,
  InProgress,
  Released,
  Result,
} from "../claim-record.ts";

export const KEY = Buffer.from("charge:1001");
export const SETTLED_AT_MS = Date.UTC(2026, 6, 1, 12, 0, 0, 123);
export const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

export const bytes = (from: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => from + i);

const IDENTITY = {
  token: 2 ** 52 + 3,
  attempt: 300,
  windowMs: 86_400_000,
  fingerprint: bytes(0x40, 5),
  traceparent: TRACEPARENT,
  spentClaimIds: bytes(0x80, 16),
};
export const RESULT: Result = {
  data: bytes(0x60, 3),
  contentType: "text/plain",
  metadata: { name: "größe", __proto__2: "x" },
  ref: "https://example.com/1",
  omitted: true,
  sizeBytes: 70_000,
};
export const PLAIN: Completed = {
  state: "COMPLETED",
  token: 5_000_000,
  attempt: 1,
  windowMs: 86_400_000,
  fingerprint: undefined,
  traceparent: "",
  spentClaimIds: new Uint8Array(0),
  claimId: bytes(1, 16),
  settledAtMs: SETTLED_AT_MS,
  result: undefined,
};
export const RUNNING: InProgress = {
  ...IDENTITY,
  state: "IN_PROGRESS",
  claimId: bytes(1, 16),
  hold: true,
  holder: "worker-1",
  grantedAtMs: SETTLED_AT_MS,
  leaseMs: 30_000,
  leaseUntilMs: SETTLED_AT_MS + 30_000,
};
const settled = { ...IDENTITY, claimId: bytes(1, 16), settledAtMs: SETTLED_AT_MS };
export const RELEASED: Released = {
  ...settled,
  state: "RELEASED",
  completed: true,
  extraAttempt: true,
};
export const COMPLETED: Completed = { ...settled, state: "COMPLETED", result: RESULT };
export const FAILED: Failed = { ...settled, state: "FAILED", result: RESULT };
export const HELD: Held = { ...settled, state: "HELD", holder: "worker-1" };
export const FULL: readonly ClaimRecord[] = [RUNNING, RELEASED, COMPLETED, FAILED, HELD];

const uint53 = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const instantMs = fc.nat({ max: 2 ** 48 - 1 });
const binary = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength });
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: "grapheme", maxLength });
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const claimId = binary(16, 16);
const hex = (length: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const identity = {
  token: uint53,
  attempt: uint53,
  windowMs: uint53,
  fingerprint: optional(binary(1, 32)),
  traceparent: fc.oneof(
    fc.tuple(hex(32), hex(16), hex(2)).map((parts) => `00-${parts.join("-")}`),
    text(40),
  ),
  spentClaimIds: fc.nat({ max: 64 }).chain((n) => binary(8 * n, 8 * n)),
};
const result: fc.Arbitrary<Result> = fc.record({
  data: binary(0, 20_000),
  contentType: text(40),
  metadata: fc.dictionary(text(20), text(200), { maxKeys: 16, noNullPrototype: true }),
  ref: text(200),
  omitted: fc.boolean(),
  sizeBytes: uint53,
});
const settledFields = { ...identity, claimId: optional(claimId), settledAtMs: instantMs };
export const anyRecord: fc.Arbitrary<ClaimRecord> = fc.oneof(
  fc.record({
    ...identity,
    state: fc.constant("IN_PROGRESS" as const),
    claimId,
    hold: fc.boolean(),
    holder: text(40),
    grantedAtMs: instantMs,
    leaseMs: uint53,
    leaseUntilMs: instantMs,
  }),
  fc.record({
    ...settledFields,
    state: fc.constant("RELEASED" as const),
    completed: fc.boolean(),
    extraAttempt: fc.boolean(),
  }),
  fc.record({
    ...settledFields,
    state: fc.constantFrom("COMPLETED" as const, "FAILED" as const),
    result: optional(result),
  }) as fc.Arbitrary<ClaimRecord>,
  fc.record({
    ...identity,
    state: fc.constant("HELD" as const),
    claimId,
    holder: text(40),
    settledAtMs: instantMs,
  }),
);

export const anyKey = binary(1, 512);
