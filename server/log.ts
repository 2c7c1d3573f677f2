/**
 * The log: JSON lines on standard error, one per event worth waking up for. Standard output has the
 * ready line alone.
 *
 * Never a claim id or a result. A key is shown as a short hash, the same for the same key, so that
 * lines can be brought together without telling whose they are; as itself only where that is asked
 * for.
 */
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { type DestinationStream, destination, type Logger, pino } from "pino";

export type Log = Logger;

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** Standard error by default, written at once: the last line before a crash counts most. */
  readonly to?: DestinationStream;
}

export function createLog({ level, to }: LogOptions): Log {
  return pino(
    { level, base: null, formatters: { level: (label) => ({ level: label }) } },
    to ?? destination({ fd: 2, sync: true }),
  );
}

/** A key's name in the log: a short hash, or with `plain` its own text (hex if it is none). */
export function keyForLog(key: Uint8Array, plain: boolean): string {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  if (!plain) return createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  return isUtf8(bytes) ? bytes.toString("utf8") : bytes.toString("hex");
}
