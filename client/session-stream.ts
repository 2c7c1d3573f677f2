/**
 * One Session stream over one channel: requests in, responses out, and one end.
 *
 * Never retries and never waits. After `ended` nothing more comes; answers that were under way are
 * lost, and their commands may have been applied.
 */
import { loadClaimd, type SessionRequest, type SessionResponse__Output } from "@claimd/proto";
import { type CallCredentials, Metadata, type StatusObject } from "@grpc/grpc-js";
import { type ClaimdError, errorOfStreamEnd } from "./errors.ts";
import type { TransportSecurity } from "./transport-security.ts";

export interface StreamListener {
  response(response: SessionResponse__Output): void;
  /** There is room again, after `blocked`. */
  drained(): void;
  ended(error: ClaimdError): void;
}

/**
 * Own connection per client, quick to come back: our own backoff stands before each stream.
 * Keepalive finds a half-open connection in at most 8 s; its timer does not keep a process alive.
 */
const CHANNEL_OPTIONS = {
  "grpc.enable_channelz": 0,
  "grpc.enable_retries": 0,
  "grpc.use_local_subchannel_pool": 1,
  "grpc.initial_reconnect_backoff_ms": 50,
  "grpc.max_reconnect_backoff_ms": 500,
  "grpc.keepalive_time_ms": 5000,
  "grpc.keepalive_timeout_ms": 3000,
  "grpc.max_receive_message_length": 16 * 1024 * 1024,
} as const;

type ClaimsStub = InstanceType<ReturnType<typeof loadClaimd>["Claims"]>;

/** How long the server may take to end a stream we have ended. */
const GOODBYE_MS = 1000;

/** One node's channel. Connects by itself when a stream is opened. */
export class Channel {
  readonly #stub: ClaimsStub;
  readonly #credentials: CallCredentials | undefined;

  constructor(address: string, { channel, call, serverName }: TransportSecurity) {
    const { Claims } = loadClaimd();
    this.#credentials = call;
    this.#stub = new Claims(address, channel, {
      ...CHANNEL_OPTIONS,
      ...(serverName === undefined ? {} : { "grpc.ssl_target_name_override": serverName }),
    });
  }

  open(listener: StreamListener): SessionStream {
    return new SessionStream(this.#stub, this.#credentials, listener);
  }

  close(): void {
    this.#stub.close();
  }
}

export class SessionStream {
  readonly #stream: ReturnType<ClaimsStub["Session"]>;
  #ended = false;
  #goodbye: (() => void) | undefined;

  constructor(
    stub: ClaimsStub,
    credentials: CallCredentials | undefined,
    listener: StreamListener,
  ) {
    const metadata = new Metadata({ waitForReady: false });
    this.#stream =
      credentials === undefined ? stub.Session(metadata) : stub.Session(metadata, { credentials });
    this.#stream.on("data", (response: SessionResponse__Output) => {
      if (!this.#ended) listener.response(response);
    });
    this.#stream.on("drain", () => {
      if (!this.#ended) listener.drained();
    });
    // The end is told by "status", which comes in every case; an "error" nobody hears would throw.
    this.#stream.on("error", () => undefined);
    this.#stream.on("status", ({ code, details, metadata }: StatusObject) => {
      if (this.#goodbye !== undefined) this.#goodbye();
      if (this.#ended) return;
      this.#ended = true;
      const [reason = ""] = metadata.get("claimd-reason");
      const [retryAfterMs = "0"] = metadata.get("claimd-retry-after-ms");
      listener.ended(errorOfStreamEnd(code, details, reason.toString(), Number(retryAfterMs) || 0));
    });
  }

  /** The transport has enough: write again after `drained`. */
  get blocked(): boolean {
    return this.#stream.writableNeedDrain;
  }

  write(request: SessionRequest): void {
    this.#stream.write(request);
  }

  /** Ends the stream from this side and waits, not long, for the other. Says nothing more. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const goodbye = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GOODBYE_MS);
      this.#goodbye = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#stream.end();
    await goodbye;
    this.#stream.cancel();
  }
}
