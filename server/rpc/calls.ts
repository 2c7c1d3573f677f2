/**
 * One wrapper for every method: what a handler gives or throws becomes a message or a status, and
 * is counted. Nothing a handler does escapes from here: a rejected promise would end the process.
 *
 * A message that is no message of its method never reaches a handler: INVALID_ARGUMENT.
 */
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  Metadata,
  MethodDefinition,
  ServerWritableStream,
  ServiceDefinition,
  StatusObject,
} from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import { ClaimdError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { failureOf, statusOf } from "./status.ts";

/** What a handler may know of its call. */
export interface CallContext {
  /** Address and port of the caller. */
  readonly peer: string;
  /** When the caller gives up, by the wall clock; Infinity = never. */
  readonly deadlineMs: number;
  /** Another node has sent it on (forwarding.ts). */
  readonly isForwarded: boolean;
  /**
   * The caller gave up, or is gone. Called at most once, never after the answer; the last listener
   * counts.
   */
  onCancel(listener: () => void): void;
}

export type UnaryMethod<Request, Response> = (
  request: Request,
  context: CallContext,
) => Promise<Response>;

/** Writes one message; resolves to false when the caller is gone. */
export type WriteMessage<Response> = (message: Response) => Promise<boolean>;

export type StreamingMethod<Request, Response> = (
  request: Request,
  context: CallContext,
  write: WriteMessage<Response>,
) => Promise<void>;

export interface CallsParts {
  readonly metrics: Pick<Metrics, "rpcHandled">;
  readonly log: Log;
  readonly monotonicMs: () => number;
  readonly wallClockMs: () => number;
}

/** The metadata that marks a call which another node has sent on. */
export const FORWARDED = "claimd-forwarded";

const OK: Partial<StatusObject> = { code: status.OK };

/** In Go's spelling, which dashboards made for go-grpc-prometheus expect. */
const CODE_NAMES: Readonly<Record<status, string>> = {
  [status.OK]: "OK",
  [status.CANCELLED]: "Canceled",
  [status.UNKNOWN]: "Unknown",
  [status.INVALID_ARGUMENT]: "InvalidArgument",
  [status.DEADLINE_EXCEEDED]: "DeadlineExceeded",
  [status.NOT_FOUND]: "NotFound",
  [status.ALREADY_EXISTS]: "AlreadyExists",
  [status.PERMISSION_DENIED]: "PermissionDenied",
  [status.RESOURCE_EXHAUSTED]: "ResourceExhausted",
  [status.FAILED_PRECONDITION]: "FailedPrecondition",
  [status.ABORTED]: "Aborted",
  [status.OUT_OF_RANGE]: "OutOfRange",
  [status.UNIMPLEMENTED]: "Unimplemented",
  [status.INTERNAL]: "Internal",
  [status.UNAVAILABLE]: "Unavailable",
  [status.DATA_LOSS]: "DataLoss",
  [status.UNAUTHENTICATED]: "Unauthenticated",
};

/** Stands for bytes that are no message; grpc-js hands it through as if it were one. */
const MALFORMED = Symbol("malformed");

export function isMalformed(message: unknown): boolean {
  return message === MALFORMED;
}

export function malformed(): ClaimdError {
  return new ClaimdError("INVALID_ARGUMENT", "message: not a message of this method");
}

/** The service with decoders that never throw. */
export function tolerant(service: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(service).map(
    ([name, method]: [string, MethodDefinition<object, object>]) => [
      name,
      { ...method, requestDeserialize: tolerantDecoder(method.requestDeserialize) },
    ],
  );
  return Object.fromEntries(methods) as ServiceDefinition;
}

function tolerantDecoder(decode: (bytes: Buffer) => object): (bytes: Buffer) => unknown {
  return (bytes) => {
    try {
      return decode(bytes);
    } catch {
      return MALFORMED;
    }
  };
}

/** What all kinds of calls have. */
interface AnyCall {
  getPeer(): string;
  getDeadline(): Date | number;
  readonly metadata: Metadata;
  on(event: "cancelled", listener: () => void): unknown;
}

export class Calls {
  readonly #parts: CallsParts;

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  unary<Request, Response>(
    service: string,
    method: string,
    handle: UnaryMethod<Request, Response>,
  ): handleUnaryCall<Request, Response> {
    return (call, callback) => {
      const running = this.#begin(call, service, method);
      const { request } = call;
      void Promise.resolve()
        .then(() => {
          if (isMalformed(request)) throw malformed();
          return handle(request, running);
        })
        .then(
          (response) => {
            if (running.end(OK)) callback(null, response);
          },
          (error: unknown) => {
            const failed = this.statusOf(error, method);
            if (running.end(failed)) callback(failed);
          },
        );
    };
  }

  serverStream<Request, Response>(
    service: string,
    method: string,
    handle: StreamingMethod<Request, Response>,
  ): handleServerStreamingCall<Request, Response> {
    return (call) => {
      const running = this.#begin(call, service, method);
      const { request } = call;
      void Promise.resolve()
        .then(() => {
          if (isMalformed(request)) throw malformed();
          return handle(request, running, (message) => writeMessage(call, message));
        })
        .then(
          () => {
            if (running.end(OK)) call.end();
          },
          (error: unknown) => {
            const failed = this.statusOf(error, method);
            if (running.end(failed)) call.emit("error", failed);
          },
        );
    };
  }

  /** Counts a stream that is served elsewhere; to be called when it ends. */
  beginStream(call: AnyCall, service: string, method: string): RunningCall {
    return this.#begin(call, service, method);
  }

  /** The status of something thrown; what is not an error of ours is logged. */
  statusOf(error: unknown, method: string): StatusObject {
    const failure = failureOf(error);
    if (failure.code === "INTERNAL") this.#parts.log.error({ err: error, method }, "call failed");
    return statusOf(failure);
  }

  #begin(call: AnyCall, service: string, method: string): RunningCall {
    const { metrics, monotonicMs, wallClockMs } = this.#parts;
    const startedMs = monotonicMs();
    const running = new RunningCall(call, (code) => {
      const seconds = (monotonicMs() - startedMs) / 1000;
      metrics.rpcHandled(service, method, CODE_NAMES[code], seconds);
    });
    // Also emitted behind every answer: then `end` has been called already.
    call.on("cancelled", () => {
      const late = wallClockMs() >= running.deadlineMs;
      running.cancelled(late ? status.DEADLINE_EXCEEDED : status.CANCELLED);
    });
    return running;
  }
}

export class RunningCall implements CallContext {
  readonly peer: string;
  readonly deadlineMs: number;
  readonly isForwarded: boolean;
  readonly #ended: (code: status) => void;
  #open = true;
  #onCancel: (() => void) | undefined;

  constructor(call: AnyCall, ended: (code: status) => void) {
    this.peer = call.getPeer();
    this.deadlineMs = deadlineMs(call);
    this.isForwarded = call.metadata.get(FORWARDED).length > 0;
    this.#ended = ended;
  }

  onCancel(listener: () => void): void {
    if (this.#open) this.#onCancel = listener;
    else listener();
  }

  /** False when the caller is gone: nothing more can be told. */
  end({ code }: Partial<StatusObject>): boolean {
    if (!this.#open) return false;
    this.#open = false;
    this.#ended(code ?? status.UNKNOWN);
    return true;
  }

  cancelled(code: status): void {
    if (this.end({ code })) this.#onCancel?.();
  }
}

function deadlineMs(call: AnyCall): number {
  const deadline = call.getDeadline();
  return typeof deadline === "number" ? deadline : deadline.getTime();
}

/** Waits while the caller's window is full. */
function writeMessage<Response>(
  call: ServerWritableStream<unknown, Response>,
  message: Response,
): Promise<boolean> {
  if (call.cancelled || call.destroyed) return Promise.resolve(false);
  if (call.write(message)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (open: boolean) => () => {
      call.off("drain", drained);
      call.off("cancelled", gone);
      resolve(open);
    };
    const drained = settle(true);
    const gone = settle(false);
    call.once("drain", drained);
    call.once("cancelled", gone);
  });
}
