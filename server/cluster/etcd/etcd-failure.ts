/**
 * What a failed call says, and who hears of it.
 *
 * refused: etcd has looked at it and will say the same again; somebody has to act. token: it does
 * not know, or not any more, who asks. passing: everything else; another member, or the same one
 * later, may do it. It says nothing of whether a transaction was applied.
 */
import { status } from "@grpc/grpc-js";
import type { TimeSource } from "../../clock.ts";

export type FailureKind = "refused" | "token" | "passing";

export interface EtcdLog {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

const REFUSALS: ReadonlySet<number> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.ALREADY_EXISTS,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.FAILED_PRECONDITION,
  status.OUT_OF_RANGE,
  status.UNIMPLEMENTED,
  // Among others: the database has reached its quota.
  status.RESOURCE_EXHAUSTED,
]);

/** Etcd has no code of its own for these (rpctypes/error.go). */
const TOKEN_TEXTS = ["user name is empty", "revision of auth store is old", "invalid auth token"];

/** Has the code of a full database, and is over when etcd has caught up. */
const OVERLOAD_TEXT = "too many requests";

/** The gRPC status of a failed call; undefined = it is something else that was thrown. */
export function statusCodeOf(error: unknown): number | undefined {
  const { code } = error instanceof Error ? (error as { code?: unknown }) : {};
  return typeof code === "number" ? code : undefined;
}

export function textOfFailure(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function failureKind(error: unknown): FailureKind {
  const text = textOfFailure(error);
  if (TOKEN_TEXTS.some((each) => text.includes(each))) return "token";
  if (text.includes(OVERLOAD_TEXT)) return "passing";
  return REFUSALS.has(statusCodeOf(error) ?? status.UNKNOWN) ? "refused" : "passing";
}

/** The same again is said so often only. */
const SAID_AGAIN_AFTER_MS = 30_000;
const TEXTS_KEPT = 64;

/** Says each failure once, and again while it lasts: whoever asks in a loop fills no disk. */
export class FailureLog {
  readonly #log: EtcdLog;
  readonly #time: TimeSource;
  readonly #saidAtMs = new Map<string, number>();

  constructor(log: EtcdLog, time: TimeSource) {
    this.#log = log;
    this.#time = time;
  }

  failed(what: string, endpoint: string, kind: FailureKind, error: unknown): void {
    const problem = textOfFailure(error);
    // Texts of what passes have times and addresses in them.
    const which = kind === "refused" ? problem : (statusCodeOf(error) ?? "");
    if (!this.#isNew(`${what} ${endpoint} ${kind} ${which}`)) return;
    const details = { what, endpoint, problem };
    if (kind === "refused") {
      this.#log.error(
        details,
        "etcd refuses what it is asked: nothing changes until somebody acts",
      );
    } else {
      this.#log.warn(details, "etcd has failed to answer");
    }
  }

  #isNew(text: string): boolean {
    const nowMs = this.#time.monotonicMs();
    const saidAtMs = this.#saidAtMs.get(text);
    if (saidAtMs !== undefined && nowMs - saidAtMs < SAID_AGAIN_AFTER_MS) return false;
    if (this.#saidAtMs.size >= TEXTS_KEPT) this.#saidAtMs.clear();
    this.#saidAtMs.set(text, nowMs);
    return true;
  }
}
