/**
 * Values to stored results and back. `run` stores what its handler returns as JSON.
 *
 * A value that JSON can't hold never fails a completion: the effect has happened. Its result is
 * marked as omitted, and a replay says so.
 */
import type { Result, Result__Output } from "@claimd/proto";
import { ClaimdError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { rangeProblem, refuse, textProblem } from "./option-checks.ts";

export const JSON_TYPE = "application/json";

/** What a completion stores: a JSON value, or bytes, or a reference to where they are. */
export interface ResultInput {
  /** Stored as JSON; not together with `data`. */
  readonly value?: unknown;
  readonly data?: Uint8Array;
  /** Of `data`, at most 128 bytes. */
  readonly contentType?: string;
  /** At most 16 entries and 4 KiB in all. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** A URL of at most 2,048 bytes. Kept even where the bytes are too large to be. */
  readonly ref?: string;
}

/** What a duplicate gets back. */
export interface StoredResult {
  readonly data: Uint8Array;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly ref: string;
  /** The bytes were too large for the namespace, or could not be written down. */
  readonly omitted: boolean;
  readonly sizeBytes: number;
}

/** JSON, or the mark of an omitted value. `undefined` is no result at all. */
function resultOfValue(value: unknown): Result | undefined {
  if (value === undefined) return undefined;
  try {
    // Without a value for functions and symbols, which the types of JSON.stringify don't say.
    const json = JSON.stringify(value) as string | undefined;
    if (json !== undefined) return sendable(Buffer.from(json, "utf8"), JSON_TYPE);
  } catch {
    // A bigint or a cycle: a mistake to be told by the mark, not by doing the effect again.
  }
  return { omitted: true };
}

export function resultOfInput(input: ResultInput | undefined): Result | undefined {
  if (input === undefined) return undefined;
  refuse(resultProblem(input));
  const { value, data, contentType, metadata, ref } = input;
  const stored =
    data === undefined
      ? (resultOfValue(value) ?? {})
      : sendable(Buffer.from(data.buffer, data.byteOffset, data.length), contentType ?? "");
  const result = {
    ...stored,
    ...(metadata === undefined ? {} : { metadata: { ...metadata } }),
    ...(ref === undefined ? {} : { ref }),
  };
  return Object.keys(result).length === 0 ? undefined : result;
}

/** Everything but the size of the data: what the server would refuse must not hurt its frame. */
function resultProblem(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null) {
    const given = input === null ? "null" : typeof input;
    return `a result is an object with value or data, not ${given}`;
  }
  const { value, data, contentType, metadata, ref } = input as Record<string, unknown>;
  if (value !== undefined && data !== undefined) {
    return "a result has either value or data, not both";
  }
  if (data !== undefined && !(data instanceof Uint8Array)) return "data of a result must be bytes";
  return (
    textProblem("contentType", contentType ?? "", LIMITS.contentTypeBytes.max) ??
    textProblem("ref", ref ?? "", LIMITS.refBytes.max) ??
    metadataProblem(metadata ?? {})
  );
}

function metadataProblem(metadata: object): string | undefined {
  const entries: [string, unknown][] = Object.entries(metadata);
  const { max } = LIMITS.metadataEntries;
  let bytes = 0;
  for (const [name, value] of entries) {
    const problem =
      textProblem("a name in metadata", name, LIMITS.metadataBytes.max) ??
      textProblem(`metadata.${name}`, value, LIMITS.metadataBytes.max);
    if (problem !== undefined) return problem;
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value as string);
  }
  return (
    rangeProblem("the number of metadata", entries.length, { min: 0, max }) ??
    rangeProblem("the size of metadata", bytes, { min: 0, max: LIMITS.metadataBytes.max })
  );
}

/** What no namespace keeps is not sent, only how large it was. */
function sendable(data: Buffer, contentType: string): Result {
  if (data.length <= LIMITS.resultBytes.max) return { data, contentType };
  return { omitted: true, sizeBytes: data.length, contentType };
}

export type ReadValue =
  | { readonly omitted: false; readonly value: unknown }
  | { readonly omitted: true; readonly ref: string; readonly sizeBytes: number };

/** What a replay gives: JSON as its value, anything else as its bytes, nothing as `undefined`. */
export function readValue(result: StoredResult | undefined): ReadValue {
  if (result === undefined) return { omitted: false, value: undefined };
  const { data, contentType, ref, sizeBytes, omitted } = result;
  if (omitted) return { omitted: true, ref, sizeBytes };
  if (contentType !== JSON_TYPE) return { omitted: false, value: data };
  try {
    return { omitted: false, value: JSON.parse(Buffer.from(data).toString("utf8")) as unknown };
  } catch (cause) {
    throw new ClaimdError("INVALID_RESULT", "the stored result says it is JSON and is not", {
      cause,
    });
  }
}

export function storedResult(result: Result__Output | null): StoredResult | undefined {
  if (result === null) return undefined;
  const { data, contentType, metadata, ref, omitted, sizeBytes } = result;
  return { data, contentType, metadata, ref, omitted, sizeBytes };
}
