/**
 * The way to one address: streams are opened on it. Connects by itself when a stream is opened.
 *
 * Never retries and never waits.
 */
import { loadClaimd } from "@claimd/proto";
import { type CallCredentials, Metadata } from "@grpc/grpc-js";
import { SessionStream, type StreamListener } from "./session-stream.ts";
import { type TopologyListener, TopologyStream } from "./topology-stream.ts";
import type { TransportSecurity } from "./transport-security.ts";

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
    return new SessionStream(this.#stub.Session(promptly(), this.#options()), listener);
  }

  watchTopology(listener: TopologyListener): TopologyStream {
    const stream = this.#stub.WatchTopology({}, promptly(), this.#options());
    return new TopologyStream(stream, listener);
  }

  close(): void {
    this.#stub.close();
  }

  #options(): { readonly credentials?: CallCredentials } {
    return this.#credentials === undefined ? {} : { credentials: this.#credentials };
  }
}

/** Where nobody can be reached a stream ends at once: another address may be tried. */
function promptly(): Metadata {
  return new Metadata({ waitForReady: false });
}
