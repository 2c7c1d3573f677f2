/**
 * Bounds of single fields. Each check gives what is wrong, naming field, value and bound, or
 * undefined. A value is named by its size, never by its content: it may be a key or a secret.
 *
 * Text that was not valid UTF-8 arrives with U+FFFD in place of what could not be read. It is
 * refused, not kept: nothing is stored that the caller did not send.
 */
import type { Result__Output } from "@claimd/proto";
import { LIMITS } from "../limits.ts";

export type Problem = string | undefined;

const NAMESPACE_NAME = /^[a-z0-9-]{1,64}$/;
const REPLACEMENT = "\uFFFD";

export function bytesProblem(field: string, bytes: number, min: number, max: number): Problem {
  if (bytes < min) return `${field}: ${bytes} bytes, at least ${min}`;
  if (bytes > max) return `${field}: ${bytes} bytes, at most ${max}`;
  return undefined;
}

export function textProblem(field: string, text: string, maxBytes: number): Problem {
  if (text === "") return undefined;
  // A character has at most three bytes: most texts need not be counted.
  if (text.length * 3 > maxBytes) {
    const problem = bytesProblem(field, Buffer.byteLength(text), 0, maxBytes);
    if (problem !== undefined) return problem;
  }
  return text.includes(REPLACEMENT) ? `${field}: not valid UTF-8` : undefined;
}

/** 0 stands for a default and is in bounds. */
export function durationProblem(field: string, ms: number, min: number, max: number): Problem {
  if (ms === 0) return undefined;
  if (ms < min) return `${field}: ${ms} ms, at least ${min}`;
  if (ms > max) return `${field}: ${ms} ms, at most ${max}`;
  return undefined;
}

export function tokenProblem(field: string, token: number): Problem {
  return token <= LIMITS.token.max ? undefined : `${field}: above ${LIMITS.token.max}`;
}

export function namespaceNameProblem(field: string, name: string): Problem {
  const { min, max } = LIMITS.namespaceNameBytes;
  const problem = bytesProblem(field, Buffer.byteLength(name), min, max);
  if (problem !== undefined) return problem;
  return NAMESPACE_NAME.test(name) ? undefined : `${field}: other characters than a-z, 0-9 and -`;
}

/** An unknown value of an enum arrives as its number. */
export function enumProblem(field: string, value: unknown, allowed: readonly string[]): Problem {
  if (typeof value === "string" && allowed.includes(value)) return undefined;
  return `${field}: ${String(value)}, not one of ${allowed.join(", ")}`;
}

/** Everything but the data: data beyond the namespace's bound is dropped, never an error. */
export function resultProblem(result: Result__Output): Problem {
  return (
    textProblem("result.content_type", result.contentType, LIMITS.contentTypeBytes.max) ??
    textProblem("result.ref", result.ref, LIMITS.refBytes.max) ??
    sizeProblem("result.size_bytes", result.sizeBytes) ??
    metadataProblem(result.metadata)
  );
}

/** Of data that was not sent; a larger number is not exact any more. */
function sizeProblem(field: string, bytes: number): Problem {
  return bytes <= Number.MAX_SAFE_INTEGER
    ? undefined
    : `${field}: above ${Number.MAX_SAFE_INTEGER}`;
}

function metadataProblem(metadata: Readonly<Record<string, string>>): Problem {
  const entries = Object.entries(metadata);
  if (entries.length === 0) return undefined;
  const { max: maxEntries } = LIMITS.metadataEntries;
  if (entries.length > maxEntries) {
    return `result.metadata: ${entries.length} entries, at most ${maxEntries}`;
  }
  let bytes = 0;
  for (const [name, value] of entries) {
    if (name.includes(REPLACEMENT) || value.includes(REPLACEMENT)) {
      return "result.metadata: not valid UTF-8";
    }
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  return bytesProblem("result.metadata", bytes, 0, LIMITS.metadataBytes.max);
}
