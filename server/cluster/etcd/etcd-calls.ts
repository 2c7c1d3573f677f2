/**
 * Calls of etcd's API, each with a deadline: at whom, with which token, how often.
 *
 *   ask       reads: at each member once, until one answers; rejects with COORDINATOR_UNAVAILABLE
 *   sendOnce  transactions: put on a connection once or not at all; undefined = nobody knows
 *   open      streams, for those who see to their deadlines themselves
 *
 * Must stay true: what `sendOnce` was given is never sent twice.
 */
import type { ClientDuplexStream, Metadata, MethodDefinition, status } from "@grpc/grpc-js";
import type { TimeSource } from "../../clock.ts";
import { ClaimdError } from "../../errors.ts";
import { ETCD } from "./etcd-api.ts";
import type { EtcdChannel, EtcdChannels } from "./etcd-channels.ts";
import type { FailureKind, FailureLog } from "./etcd-failure.ts";
import { failureKind, statusCodeOf, textOfFailure } from "./etcd-failure.ts";
import type { EtcdToken, EtcdUser } from "./etcd-token.ts";

export interface EtcdCallsOptions {
  readonly channels: EtcdChannels;
  readonly token: EtcdToken;
  /** Of a call with all it takes: connecting, asking for a token, asking other members. */
  readonly deadlineMs: number;
  readonly time: TimeSource;
  readonly failures: FailureLog;
}

export interface OpenStream<Q, R> {
  readonly stream: ClientDuplexStream<Q, R>;
  /** It ended as it should not: others are asked first. */
  readonly failed: (error: unknown) => void;
  /** Etcd ended it for a reason; 3.4 says of a lost token that there is no permission. */
  readonly refused: (reason: string) => void;
}

const NOBODY = "no member can be reached";

type Attempt<R> =
  | { readonly kind: "answered"; readonly response: R }
  | { readonly kind: FailureKind | "unreachable"; readonly error: unknown };

export class EtcdCalls {
  readonly #channels: EtcdChannels;
  readonly #token: EtcdToken;
  readonly #deadlineMs: number;
  readonly #time: TimeSource;
  readonly #failures: FailureLog;
  readonly #running = new Set<{ cancel(): void }>();

  constructor({ channels, token, deadlineMs, time, failures }: EtcdCallsOptions) {
    this.#channels = channels;
    this.#token = token;
    this.#deadlineMs = deadlineMs;
    this.#time = time;
    this.#failures = failures;
  }

  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  get isClosed(): boolean {
    return this.#channels.isClosed;
  }

  /** A status in `expected` is the caller's to handle, as the error's cause, and is not logged. */
  async ask<Q, R>(
    method: MethodDefinition<Q, R>,
    request: Q,
    expected: readonly status[] = [],
  ): Promise<R> {
    const endAtMs = this.#time.monotonicMs() + this.#deadlineMs;
    let mayRenewToken = true;
    let last: unknown;
    for (let left = this.#channels.count; left > 0; ) {
      const shareMs = (endAtMs - this.#time.monotonicMs()) / left;
      const attempt = await this.#attempt(method, request, shareMs, expected);
      if (attempt.kind === "answered") return attempt.response;
      last = attempt.error;
      if (attempt.kind === "refused" || attempt.kind === "unreachable") break;
      if (attempt.kind === "token" && mayRenewToken) mayRenewToken = false;
      else left -= 1;
    }
    const text = `etcd: ${method.path}: ${textOfFailure(last)}`;
    throw new ClaimdError("COORDINATOR_UNAVAILABLE", text, { cause: last });
  }

  /** Never rejects. Undefined = no answer: it may have been done, or be done yet. */
  async sendOnce<Q, R>(
    method: MethodDefinition<Q, R>,
    request: Q,
    withinMs = this.#deadlineMs,
  ): Promise<R | undefined> {
    const attempt = await this.#attempt(method, request, withinMs, []);
    return attempt.kind === "answered" ? attempt.response : undefined;
  }

  /** Undefined = nobody can be reached. The stream's errors are the caller's to hear. */
  async open<Q, R>(
    method: MethodDefinition<Q, R>,
    withinMs?: number,
  ): Promise<OpenStream<Q, R> | undefined> {
    const endAtMs = this.#time.monotonicMs() + (withinMs ?? this.#deadlineMs);
    const channel = await this.#connected(withinMs ?? this.#deadlineMs);
    if (channel === undefined) return undefined;
    const { path, requestSerialize, responseDeserialize } = method;
    let metadata: Metadata | undefined;
    try {
      const sent = await this.#metadata(channel, endAtMs);
      metadata = sent;
      const stream = channel.client.makeBidiStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        sent,
        withinMs === undefined ? {} : { deadline: this.#deadline(endAtMs) },
      );
      this.#running.add(stream);
      stream.once("status", () => this.#running.delete(stream));
      const failed = (error: unknown): void => {
        this.#failed(channel, sent, path, error);
      };
      const refused = (reason: string): void => {
        this.#token.refused(sent);
        this.#failures.failed(path, channel.endpoint, "refused", new Error(reason));
      };
      return { stream, failed, refused };
    } catch (error) {
      this.#failed(channel, metadata, path, error);
      return undefined;
    }
  }

  close(): void {
    this.#channels.close();
    for (const call of this.#running) call.cancel();
  }

  /** Sends once at most. */
  async #attempt<Q, R>(
    method: MethodDefinition<Q, R>,
    request: Q,
    withinMs: number,
    expected: readonly status[],
  ): Promise<Attempt<R>> {
    const endAtMs = this.#time.monotonicMs() + withinMs;
    const channel = await this.#connected(withinMs);
    if (channel === undefined) {
      return { kind: "unreachable", error: new Error(NOBODY) };
    }
    let metadata: Metadata | undefined;
    try {
      metadata = await this.#metadata(channel, endAtMs);
      const response = await this.#send(channel, method, request, metadata, endAtMs);
      return { kind: "answered", response };
    } catch (error) {
      const isExpected = expected.some((code) => code === statusCodeOf(error));
      const kind = isExpected ? "refused" : this.#failed(channel, metadata, method.path, error);
      return { kind, error };
    }
  }

  /** Half of the time is left for the call itself. */
  async #connected(withinMs: number): Promise<EtcdChannel | undefined> {
    const channel = await this.#channels.connected(withinMs / 2);
    if (channel === undefined && !this.isClosed) {
      this.#failures.failed("connect", "all", "passing", new Error(NOBODY));
    }
    return channel;
  }

  /** grpc-js takes the wall clock's word, and makes it a duration at once. */
  #deadline(endAtMs: number): number {
    return this.#time.wallMs() + (endAtMs - this.#time.monotonicMs());
  }

  #metadata(channel: EtcdChannel, endAtMs: number): Promise<Metadata> {
    const authenticate = async (user: EtcdUser, plain: Metadata): Promise<string> =>
      (await this.#send(channel, ETCD.authenticate, user, plain, endAtMs)).token;
    return this.#token.metadata(authenticate);
  }

  #send<Q, R>(
    { client }: EtcdChannel,
    { path, requestSerialize, responseDeserialize }: MethodDefinition<Q, R>,
    request: Q,
    metadata: Metadata,
    endAtMs: number,
  ): Promise<R> {
    return new Promise((resolve, reject) => {
      const call = client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        { deadline: this.#deadline(endAtMs) },
        (error, response) => {
          this.#running.delete(call);
          if (response === undefined) reject(error ?? new Error("no answer"));
          else resolve(response);
        },
      );
      this.#running.add(call);
    });
  }

  #failed(
    channel: EtcdChannel,
    metadata: Metadata | undefined,
    what: string,
    error: unknown,
  ): FailureKind {
    if (this.isClosed) return "refused";
    const said = failureKind(error);
    const isRenewed = said === "token" && metadata !== undefined && this.#token.refused(metadata);
    const kind = said === "token" && !isRenewed ? "refused" : said;
    if (kind === "passing") this.#channels.giveUp(channel);
    this.#failures.failed(what, channel.endpoint, kind, error);
    return kind;
  }
}
