/**
 * Small records as JSON in UTF-8, to be read by people too: `{"version":1, …}`.
 *
 * Strict: what is not as it was written is CLUSTER_DAMAGED with field, value and bound, never a
 * default. Another version is refused as such.
 */
import type { z } from "zod";
import { ClaimdError } from "../errors.ts";
import { fieldProblems } from "./partition-record-shape.ts";

const VERSION = 1;
/** More than any of them needs; nothing larger is even parsed. */
export const MAX_JSON_RECORD_BYTES = 16 * 1024;

export function encodeJsonRecord(record: object): Uint8Array {
  return Buffer.from(JSON.stringify({ version: VERSION, ...record }));
}

/** `what`: "a store's record", for the text. Throws CLUSTER_DAMAGED. */
export function decodeJsonRecord<T>(what: string, shape: z.ZodType<T>, bytes: Uint8Array): T {
  const damaged = (problem: string, cause?: unknown): ClaimdError =>
    new ClaimdError("CLUSTER_DAMAGED", `${what} ${problem}`, { cause });
  if (bytes.length > MAX_JSON_RECORD_BYTES) {
    throw damaged(`has ${bytes.length} bytes, at most ${MAX_JSON_RECORD_BYTES}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damaged("is not JSON in UTF-8", cause);
  }
  const { version, ...fields } = Object(parsed) as Readonly<Record<string, unknown>>;
  if (version !== VERSION) {
    const shown = version === undefined ? "none" : JSON.stringify(version);
    throw damaged(`has version ${shown}, must be ${VERSION}`);
  }
  const { success, data, error } = shape.safeParse(fields);
  if (!success) throw damaged(`is not one: ${fieldProblems(fields, error)}`);
  return data;
}
