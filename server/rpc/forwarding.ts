/**
 * Unary calls that have reached a node which does not lead the key's partition, sent on to the node
 * that does: whoever knows no topology may ask any node. The caller's deadline goes with the call,
 * and so does its giving up; what the leader answers comes back as it is.
 *
 * Must stay true: one hop. A call that was sent on carries a mark and is not sent on again, so that
 * nodes which disagree never send it in circles.
 */
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { ClaimdError, ERROR_CODES } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { REFUSED } from "../shard/refusals.ts";
import { type CallContext, FORWARDED, type UnaryMethod } from "./calls.ts";

/** Of a method of ours: as it arrives here, and as it is sent on. */
export interface ForwardedMethod<Request, Response> {
  readonly path: string;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** For whom a call is sent on. */
export interface Caller extends Pick<CallContext, "deadlineMs"> {
  onCancel(listener: () => void): unknown;
}

const CHANNEL: ChannelOptions = {
  "grpc.enable_channelz": 0,
  "grpc.enable_retries": 0,
  "grpc.use_local_subchannel_pool": 1,
  "grpc.initial_reconnect_backoff_ms": 50,
  "grpc.max_reconnect_backoff_ms": 500,
  // A leader that vanished without a word is given up within some seconds.
  "grpc.keepalive_time_ms": 5000,
  "grpc.keepalive_timeout_ms": 3000,
  "grpc.max_receive_message_length": LIMITS.messageBytes.max,
  "grpc.max_send_message_length": LIMITS.messageBytes.max,
};

export class Forwarding {
  readonly #credentials: ChannelCredentials;
  /** By address, the one that was used last at the end. */
  readonly #clients = new Map<string, Client>();

  /** `credentials`: for the gRPC ports of the other nodes. */
  constructor(credentials: ChannelCredentials) {
    this.#credentials = credentials;
  }

  /** The method as `handle` serves it, and its leader where that is another node. */
  led<Request, Response>(
    method: ForwardedMethod<Request, Response>,
    handle: UnaryMethod<Request, Response>,
  ): UnaryMethod<Request, Response> {
    return async (request, context) => {
      try {
        return await handle(request, context);
      } catch (error) {
        const leader = error instanceof ClaimdError ? (error.leader?.address ?? "") : "";
        if (leader === "" || context.isForwarded) throw error;
        return await this.ask(leader, method, request, context);
      }
    };
  }

  /** Rejects with what the node at `address` refused it for. */
  ask<Request, Response>(
    address: string,
    method: ForwardedMethod<Request, Response>,
    request: Request,
    context: Caller,
  ): Promise<Response> {
    const { path, requestSerialize, responseDeserialize } = method;
    const metadata = new Metadata();
    metadata.set(FORWARDED, "1");
    return new Promise((resolve, reject) => {
      const call = this.#clientAt(address).makeUnaryRequest(
        ...([path, requestSerialize, responseDeserialize, request] as const),
        ...([metadata, { deadline: context.deadlineMs }] as const),
        (error, response) => {
          if (error === null && response !== undefined) resolve(response);
          else reject(refusedFor(error));
        },
      );
      context.onCancel(() => {
        call.cancel();
      });
    });
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #clientAt(address: string): Client {
    const client = this.#clients.get(address) ?? new Client(address, this.#credentials, CHANNEL);
    this.#clients.delete(address);
    this.#clients.set(address, client);
    const [oldest] = this.#clients;
    if (oldest !== undefined && this.#clients.size > LIMITS.forwardedTo.max) {
      this.#clients.delete(oldest[0]);
      oldest[1].close(); // Calls under way there end as they would.
    }
    return client;
  }
}

/** What has no reason of ours was said by nobody: the call may have got there, or not. */
function refusedFor(error: ServiceError | null): ClaimdError {
  const trailer = (name: string): string => String(error?.metadata.get(name)[0] ?? "");
  const code = ERROR_CODES.find((each) => each === trailer("claimd-reason"));
  if (error === null || code === undefined) {
    const { message, retryAfterMs } = REFUSED.storageUnavailable;
    return new ClaimdError("STORAGE_UNAVAILABLE", message, { cause: error, retryAfterMs });
  }
  const retryAfterMs = Number(trailer("claimd-retry-after-ms"));
  return new ClaimdError(code, error.details, { cause: error, retryAfterMs });
}
