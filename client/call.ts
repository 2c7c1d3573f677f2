/**
 * One command on its way: what it asks, until when, and who hears of the end.
 *
 * Must stay true: the promise ends exactly once, in `settle` or `refuse`. A call whose caller gave
 * up stays in its frame until the answer comes: an answer may be a grant that has to be given back.
 */
import type { Result } from "@claimd/proto";
import type { Moment } from "./deadlines.ts";
import { ClaimdError } from "./errors.ts";
import { type CheckedKey, keyLength } from "./key-bytes.ts";
import type { Reply } from "./reply.ts";

export type Verb = "CLAIM" | "COMPLETE" | "FAIL" | "EXTEND" | "GET" | "FORGET";
export const OUTCOMES = ["RETRYABLE", "TERMINAL", "UNKNOWN"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What the commands of one group share; calls without options of their own share the object. */
export interface Shape {
  readonly namespace: string;
  readonly verb: Verb;
  readonly leaseMs: number;
  readonly windowMs: number;
  readonly waitMs: number;
  readonly complete: boolean;
  readonly holder: string;
  readonly outcome: Outcome;
}

export interface Command {
  readonly shape: Shape;
  readonly key: CheckedKey;
  /** See claim-ids.ts; undefined for GET and FORGET. */
  readonly claimId?: string | undefined;
  readonly fingerprint?: Uint8Array | undefined;
  readonly traceparent?: string | undefined;
  readonly result?: Result | undefined;
  readonly fencingToken?: number;
  /** A grant that comes after the caller gave up is not given back: the caller went on without. */
  readonly keepLateGrant?: boolean;
  /** Any replica of the key's partition may know the answer, and says who leads if not. */
  readonly anyReplica?: boolean;
}

const PLAIN = {
  leaseMs: 0,
  windowMs: 0,
  waitMs: 0,
  complete: false,
  holder: "",
  outcome: "RETRYABLE",
} as const;

export function shapeOf(namespace: string, verb: Verb, options: Partial<Shape> = {}): Shape {
  return { ...PLAIN, ...options, namespace, verb };
}

export function sameShape(a: Shape, b: Shape): boolean {
  return (
    a === b ||
    (a.verb === b.verb &&
      a.namespace === b.namespace &&
      a.leaseMs === b.leaseMs &&
      a.windowMs === b.windowMs &&
      a.waitMs === b.waitMs &&
      a.complete === b.complete &&
      a.holder === b.holder &&
      a.outcome === b.outcome)
  );
}

/** Bytes of a command beside key, fingerprint and result: id, lengths and what they share. */
const OVERHEAD_BYTES = 24;

/** About as many as it takes in a frame: texts may need three bytes a character. */
function bytesOf({ data, ref = "", contentType = "", metadata = {} }: Result): number {
  let characters = ref.length + contentType.length;
  for (const [name, value] of Object.entries(metadata))
    characters += name.length + value.length + 4;
  return (data?.length ?? 0) + 3 * characters;
}

/** Who has a call in hand. */
export interface CallKeeper {
  /** Ends the call for its caller. What it asked may happen all the same. */
  giveUp(call: Call, error: ClaimdError): void;
}

/** Copies of a claim that waits, sent again together, still share a group. */
const WAIT_GRAIN_MS = 100;

/** What a call's promise gives. Told while the answers of a frame are read: must be quick. */
export type Read<T> = (reply: Reply) => T;

/** How a promise hands over its ends without a closure for each. */
let resolveMade: (value: unknown) => void;
let rejectMade: (error: ClaimdError) => void;
function handOver(resolve: typeof resolveMade, reject: typeof rejectMade): void {
  resolveMade = resolve;
  rejectMade = reject;
}

export class Call {
  readonly command: Command;
  /** With all its retries, and with what it may be parked. */
  readonly timeoutMs: number;
  readonly keyBytes: number;
  /** With the key's, about. */
  readonly bytes: number;
  /** When it was asked; undefined until it is. */
  moment: Moment | undefined;
  /** The command's own, but for the wait that is left when it is sent again. */
  shape: Shape;
  keeper: CallKeeper | undefined;
  /** Of its key, once it is known how many partitions there are; -1 until then. */
  partition = -1;
  /** How often it was UNAVAILABLE so far. */
  failures = 0;
  /** How often it has paused at the node that is asked now. */
  pauses = 0;
  /** How often it was sent to another node since the last pause. */
  hops = 0;
  lastError: ClaimdError | undefined;
  retryAtMs = 0;
  /** The frame it is in, and where; 0 = in none. */
  frame = 0;
  index = 0;
  /** The promise has ended. */
  over = false;
  /** Called when the promise ends. */
  onOver: (() => void) | undefined;
  readonly promise: Promise<unknown>;
  readonly #read: Read<unknown>;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: ClaimdError) => void;

  constructor(command: Command, timeoutMs: number, read: Read<unknown>) {
    this.command = command;
    this.shape = command.shape;
    this.timeoutMs = timeoutMs + command.shape.waitMs;
    this.keyBytes = keyLength(command.key);
    this.bytes =
      OVERHEAD_BYTES +
      this.keyBytes +
      (command.fingerprint?.length ?? 0) +
      (command.result === undefined ? 0 : bytesOf(command.result));
    this.#read = read;
    this.promise = new Promise(handOver);
    this.#resolve = resolveMade;
    this.#reject = rejectMade;
  }

  /** May be parked by the server: nothing waits behind it. */
  get waits(): boolean {
    return this.command.shape.waitMs !== 0;
  }

  get deadlineAtMs(): number {
    return this.#askedAtMs + this.timeoutMs;
  }

  /** When the claim has waited long enough; later copies of the call wait for the rest only. */
  get waitUntilMs(): number {
    return this.#askedAtMs + this.command.shape.waitMs;
  }

  /** Before it is sent: one that was sent before waits for the rest of its time only. */
  shortenWait(nowMs: number): void {
    if (!this.waits || this.failures + this.hops === 0) return;
    const restMs = Math.max(this.waitUntilMs - nowMs, 0);
    const waitMs = Math.min(Math.ceil(restMs / WAIT_GRAIN_MS) * WAIT_GRAIN_MS, this.shape.waitMs);
    this.shape = { ...this.shape, waitMs };
  }

  get #askedAtMs(): number {
    return this.moment?.atMs ?? Number.POSITIVE_INFINITY;
  }

  settle(reply: Reply): void {
    if (this.over) return;
    this.#end();
    try {
      this.#resolve(this.#read(reply));
    } catch (error) {
      this.#reject(error as ClaimdError);
    }
  }

  refuse(error: ClaimdError): void {
    if (this.over) return;
    this.#end();
    this.#reject(error);
  }

  /** UNAVAILABLE where, as far as is known, there was nobody to ask. */
  deadlineError(heard: boolean): ClaimdError {
    const { frame, lastError } = this;
    if (lastError === undefined || (frame !== 0 && heard)) {
      return new ClaimdError("DEADLINE", "no answer within the call's time", { cause: lastError });
    }
    const { reason, message } = lastError;
    const text = `no node within the call's time: ${message}`;
    return new ClaimdError("UNAVAILABLE", text, { cause: lastError, reason });
  }

  #end(): void {
    this.over = true;
    this.onOver?.();
  }

  /** Forget with token 0 names no grant: a second copy could hit a newer one. */
  get resendable(): boolean {
    return this.shape.verb !== "FORGET" || this.command.fencingToken !== 0;
  }

  /** A claim that, granted now, is nobody's. */
  get leavesGrant(): boolean {
    const { shape, keepLateGrant } = this.command;
    return this.over && shape.verb === "CLAIM" && !shape.complete && keepLateGrant !== true;
  }
}
