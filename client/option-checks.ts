/** Checks of what a caller passes. Every message names the option, its value and the bounds. */
import { createHash } from "node:crypto";
import { ClaimdError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

interface Range {
  readonly min: number;
  readonly max: number;
}

/** What is wrong with a whole number; undefined when nothing is. */
export function rangeProblem(
  name: string,
  value: unknown,
  { min, max }: Range,
): string | undefined {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) {
    return undefined;
  }
  return `${name} is ${shown(value)}, allowed is a whole number from ${min} to ${max}`;
}

const NAMESPACE = /^[a-z0-9-]{1,64}$/;

export function namespaceProblem(value: unknown): string | undefined {
  if (typeof value === "string" && NAMESPACE.test(value)) return undefined;
  return `namespace is ${shown(value)}, allowed are 1 to 64 of a-z, 0-9 and -`;
}

export function textProblem(name: string, value: unknown, maxBytes: number): string | undefined {
  if (typeof value !== "string") return `${name} is ${shown(value)}, allowed is text`;
  if (!value.isWellFormed()) return `${name} holds half a surrogate pair: it has no UTF-8`;
  const bytes = Buffer.byteLength(value, "utf8");
  return bytes <= maxBytes ? undefined : `${name} has ${bytes} bytes, allowed are ${maxBytes}`;
}

export function choiceProblem(
  name: string,
  value: unknown,
  allowed: readonly string[],
): string | undefined {
  if (typeof value === "string" && allowed.includes(value)) return undefined;
  return `${name} is ${shown(value)}, allowed are ${allowed.join(", ")}`;
}

export function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new ClaimdError("INVALID_ARGUMENT", problem);
}

/** 0 stands for the namespace's policy. */
export function leaseOf(leaseMs: number | undefined): number {
  if (leaseMs === undefined || leaseMs === 0) return 0;
  refuse(rangeProblem("leaseMs", leaseMs, LIMITS.leaseMs));
  return leaseMs;
}

/** 0 stands for the namespace's policy. */
export function windowOf(windowMs: number | undefined): number {
  if (windowMs === undefined || windowMs === 0) return 0;
  refuse(rangeProblem("windowMs", windowMs, LIMITS.windowMs));
  return windowMs;
}

/** Bytes are taken as they are; of text, which may be a whole payload, its SHA-256. */
export function fingerprintOf(fingerprint: string | Uint8Array | undefined): Buffer | undefined {
  if (fingerprint === undefined) return undefined;
  if (typeof fingerprint === "string") return createHash("sha256").update(fingerprint).digest();
  const { min, max } = LIMITS.fingerprintBytes;
  refuse(rangeProblem("the size of fingerprint", fingerprint.length, { min, max }));
  return Buffer.from(fingerprint);
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" || value === null || value === undefined) return `${value}`;
  return typeof value;
}
