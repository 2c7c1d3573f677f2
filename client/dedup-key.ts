/**
 * `dedupKey`: an unambiguous, versioned key out of the fields that identify an operation.
 *
 *   plain   d1:<version>:<scope>:<fields>                  when short
 *   hashed  d1h:<version>:<scope>:<SHA-256 of the plain one>
 *   keyed   d1m:<version>:<scope>:<HMAC-SHA-256 of the plain one>   with a secret
 *
 * Each part and each field is prefixed with its length, so that no two selections give the same
 * text; fields are in the order of their names. Must stay true for ever within `d1`: a key that
 * changes is a key that is granted again. `version` is the caller's: raise it when the selection
 * changes.
 */
import { createHash, createHmac } from "node:crypto";
import { ClaimdError } from "./errors.ts";
import { textProblem } from "./option-checks.ts";

export type FieldValue = string | number | bigint | boolean | null | Uint8Array;

export interface DedupKeyParts {
  /** What kind of operation: `charge`, `order-created`. 1 to 64 bytes. */
  readonly scope: string;
  /** What tells one operation from another. At least one field that is not empty. */
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** Of the selection of fields, 1 and up. */
  readonly version: number;
  /**
   * At least 16 bytes. Where others can choose the fields, keeps them from making keys that meet
   * yours or from guessing fields out of keys. Changing it changes every key.
   */
  readonly secret?: string | Uint8Array;
}

/** Longer plain keys are hashed: short ones can be read by an operator. */
const PLAIN_BYTES = 200;
const SCOPE_BYTES = 64;
const SECRET_BYTES = 16;

export function dedupKey(parts: DedupKeyParts): string {
  const { scope, fields, version, secret } = parts;
  const scopeProblem = textProblem("scope", scope, SCOPE_BYTES);
  if (scopeProblem !== undefined) refuse(scopeProblem);
  if (scope === "") refuse("scope is empty");
  if (!Number.isSafeInteger(version) || version < 1)
    refuse(`version is ${version}, needed is >= 1`);
  const names = Object.keys(fields).sort(byCodeUnits);
  if (names.length === 0) refuse("fields are empty: every operation would share one key");
  if (names.every((name) => isEmpty(fields[name]))) {
    refuse("all fields are empty: every such operation would share one key");
  }
  const head = `${version}:${prefixed(scope)}`;
  const body = names.map((name) => prefixed(name) + encoded(name, fields[name])).join("");
  const plain = `d1:${head}:${body}`;
  // A secret that a configuration lost must not become keys that anybody can make.
  if (secret === undefined && Object.hasOwn(parts, "secret")) refuse("secret is undefined");
  if (secret !== undefined) {
    const bytes = typeof secret === "string" ? Buffer.from(secret, "utf8") : secret;
    if (bytes.length < SECRET_BYTES) refuse(`secret has ${bytes.length} bytes, needed are 16`);
    return `d1m:${head}:${createHmac("sha256", bytes).update(plain).digest("base64url")}`;
  }
  if (Buffer.byteLength(plain, "utf8") <= PLAIN_BYTES) return plain;
  return `d1h:${head}:${createHash("sha256").update(plain).digest("base64url")}`;
}

/** One letter for the type: the text "1" and the number 1 are two things. */
function encoded(name: string, value: FieldValue | undefined): string {
  if (value === null) return "z";
  switch (typeof value) {
    case "string":
      return `s${prefixed(value)}`;
    case "number":
      if (!Number.isFinite(value)) refuse(`field ${name} is ${value}, which identifies nothing`);
      // -0 and 0 are the same number.
      return `n${prefixed(String(value === 0 ? 0 : value))}`;
    case "bigint":
      return `i${prefixed(String(value))}`;
    case "boolean":
      return value ? "t" : "f";
    default:
      if (value instanceof Uint8Array)
        return `b${prefixed(Buffer.from(value).toString("base64url"))}`;
      return refuse(`field ${name} is ${typeof value}, which identifies nothing`);
  }
}

function isEmpty(value: FieldValue | undefined): boolean {
  return value === null || value === "" || (value instanceof Uint8Array && value.length === 0);
}

function prefixed(text: string): string {
  if (!text.isWellFormed()) refuse("a part holds half a surrogate pair: it has no UTF-8");
  return `${Buffer.byteLength(text, "utf8")}:${text}`;
}

/** Independent of locale. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function refuse(problem: string): never {
  throw new ClaimdError("INVALID_ARGUMENT", `dedupKey: ${problem}`);
}
