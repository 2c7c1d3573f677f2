/**
 * What is stored of a namespace: version (1), JSON in UTF-8, CRC-32 of all before (little-endian).
 *
 * JSON, because a policy is small, rare and read by people who look for what went wrong. Strict:
 * a field that is missing, unknown or out of bounds is RECORDS_DAMAGED and named, never a default.
 */
import { crc32 } from "node:zlib";
import { z } from "zod";
import { ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { type GenerationClasses, MAX_CLASS, MIN_CLASS } from "./generation.ts";
import type { Policy } from "./policy.ts";

const VERSION = 1;
const CHECKSUM_BYTES = 4;

export interface StoredNamespace {
  /** Stands in every key of its records; never used for another namespace. */
  readonly id: number;
  readonly policy: Policy;
  readonly classes: GenerationClasses;
}

const integer = (min: number, max: number = Number.MAX_SAFE_INTEGER): z.ZodInt =>
  z.int().min(min).max(max);
const generationClass = integer(MIN_CLASS, MAX_CLASS);
const window = integer(LIMITS.windowMs.min, LIMITS.windowMs.max);
const lease = integer(LIMITS.leaseMs.min, LIMITS.leaseMs.max);

const policy: z.ZodType<Policy> = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,64}$/),
  revision: integer(1),
  windowMs: window,
  maxWindowMs: window,
  leaseMs: lease,
  maxLeaseMs: lease,
  maxWaitMs: integer(0, LIMITS.waitMs.max),
  onLeaseExpiry: z.enum(["RECLAIM", "HOLD"]),
  maxAttempts: integer(0, LIMITS.maxAttempts.max),
  fingerprint: z.enum(["OPTIONAL", "OFF", "REQUIRED"]),
  resultMaxBytes: integer(0, LIMITS.resultBytes.max),
  forgetOnComplete: z.boolean(),
  observe: z.boolean(),
  paused: z.boolean(),
  quota: z.strictObject({
    claimsPerSecond: integer(0),
    records: integer(0),
    bytes: integer(0),
    waiting: integer(0),
  }),
});

const namespace: z.ZodType<StoredNamespace> = z.strictObject({
  id: integer(0, 2 ** 32 - 1),
  policy,
  classes: z.strictObject({
    current: generationClass,
    previous: z.exactOptional(
      z.strictObject({ class: generationClass, untilMs: z.number().min(0) }),
    ),
  }),
});

export function encodeNamespace(stored: StoredNamespace): Buffer {
  const json = Buffer.from(JSON.stringify(stored));
  const bytes = Buffer.allocUnsafe(1 + json.length + CHECKSUM_BYTES);
  bytes[0] = VERSION;
  bytes.set(json, 1);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 1 + json.length)), 1 + json.length);
  return bytes;
}

/** Throws RECORDS_DAMAGED, naming the field. */
export function decodeNamespace(value: Uint8Array): StoredNamespace {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < 1 || crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) {
    throw new ClaimdError("RECORDS_DAMAGED", "a namespace fails its checksum");
  }
  if (bytes[0] !== VERSION) {
    throw new ClaimdError("RECORDS_DAMAGED", `a namespace has version ${bytes[0]}`);
  }
  const { success, data, error } = namespace.safeParse(parsed(bytes.toString("utf8", 1, end)));
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new ClaimdError("RECORDS_DAMAGED", `a namespace is not one: ${problems.join("; ")}`);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw new ClaimdError("RECORDS_DAMAGED", "a namespace is not JSON", { cause });
  }
}
