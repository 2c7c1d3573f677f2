/**
 * One attempt to speak to another store: a connection, a stream on it, a handshake each way.
 *
 *   connecting ── both handshakes fit ──▶ open ──▶ ended (lost, refused, closed)
 *       └── refused, or not in time ──▶ ended
 *
 * Never says anything but its handshake before it knows to whom, and never holds frames for longer
 * than an attempt takes. Ends once, and tells it once; tries nothing again.
 */
import { loadPeers, type PeerFrame, type PeerFrame__Output } from "@claimd/proto";
import {
  type ChannelCredentials,
  type ClientDuplexStream,
  type ClientOptions,
  Metadata,
  type StatusObject,
} from "@grpc/grpc-js";
import { LIMITS } from "../../limits.ts";
import { handshakeOf, type PeerIdentity, peerOf } from "./handshake.ts";
import type { OutgoingFrame } from "./outbox.ts";
import { certificateProblem } from "./peer-certificate.ts";

const { default: KEEPALIVE_MS } = LIMITS.peerKeepaliveMs;

const OPTIONS: ClientOptions = {
  "grpc.enable_channelz": 0,
  // A connection of its own: closing it must close it.
  "grpc.use_local_subchannel_pool": 1,
  // Nodes are reached directly, whatever the environment says of the way outside.
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
  "grpc.enable_retries": 0,
  // grpc-js calls a message written as long as it fits this buffer, sent or not: unsent bytes would
  // be counted too low. The handshake has to fit.
  "grpc.per_rpc_retry_buffer_size": 4096,
  "grpc.keepalive_time_ms": KEEPALIVE_MS,
  "grpc.keepalive_timeout_ms": KEEPALIVE_MS,
  "grpc.max_receive_message_length": LIMITS.messageBytes.max,
  "grpc.max_send_message_length": LIMITS.messageBytes.max,
  // The certificate is checked against the handshake; TLS takes no address for a name.
  "grpc.ssl_target_name_override": "claimd",
};

/** In what grpc-js says of a connection that failed: the same failure must read the same. */
const MOMENT = / \(\d{4}-\d\d-\d\dT[\d:.]+Z\)/g;

/** A frame's own objects, as long as it waits. */
const FRAME_BYTES = 2048;

export interface OutgoingOptions {
  readonly address: string;
  /** Who must be there. */
  readonly store: string;
  readonly self: PeerIdentity;
  readonly credentials: ChannelCredentials;
  /** Whether the other side must show a certificate of its node. */
  readonly mutual: boolean;
}

export interface OutgoingListener {
  ready(peer: PeerIdentity): void;
  /** Another store is at the address; the end follows. */
  stranger(): void;
  /** With messages that were never put on the connection. */
  ended(problem: string, dropped: number): void;
}

type Stream = ClientDuplexStream<PeerFrame, PeerFrame__Output>;

export class OutgoingStream {
  readonly #options: OutgoingOptions;
  readonly #listener: OutgoingListener;
  readonly #client: InstanceType<ReturnType<typeof loadPeers>["Peers"]>;
  readonly #stream: Stream;
  readonly #deadline: NodeJS.Timeout;
  #state: "connecting" | "open" | "ended" = "connecting";
  /** Until it is known to whom. */
  #held: OutgoingFrame[] = [];
  #unsentBytes = 0;
  #unsentMessages = 0;

  constructor(options: OutgoingOptions, listener: OutgoingListener) {
    this.#options = options;
    this.#listener = listener;
    this.#client = new (loadPeers().Peers)(options.address, options.credentials, OPTIONS);
    this.#stream = this.#client.Connect(new Metadata({ waitForReady: false }));
    this.#deadline = setTimeout(() => {
      this.#end(`no handshake within ${LIMITS.peerConnectMs.max} ms`);
    }, LIMITS.peerConnectMs.max);
    this.#stream.on("data", (frame: PeerFrame__Output) => {
      this.#receive(frame);
    });
    // The end is told by "status", which comes in every case; an "error" nobody hears would throw.
    this.#stream.on("error", () => undefined);
    this.#stream.on("status", ({ code, details }: StatusObject) => {
      this.#end(details === "" ? `status ${code}` : details.replace(MOMENT, ""));
    });
    this.#stream.write({ handshake: handshakeOf(options.self) });
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** What was written and is not yet on its way. */
  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  write(frame: OutgoingFrame): void {
    if (this.#state === "ended") return;
    this.#unsentBytes += frame.bytes + FRAME_BYTES;
    this.#unsentMessages += frame.messages;
    if (this.#state === "connecting") this.#held.push(frame);
    else this.#put(frame);
  }

  close(): void {
    this.#end("closed");
  }

  #put({ frame, bytes, messages }: OutgoingFrame): void {
    this.#stream.write(frame, () => {
      this.#unsentBytes -= bytes + FRAME_BYTES;
      this.#unsentMessages -= messages;
    });
  }

  #receive({ handshake, messages }: PeerFrame__Output): void {
    if (this.#state === "ended") return;
    if (this.#state === "open" || messages.length > 0) {
      this.#end("the other side spoke where it has to listen");
      return;
    }
    const { self, store, mutual } = this.#options;
    const peer = peerOf(handshake, self);
    if (typeof peer === "string") {
      this.#end(peer);
      return;
    }
    const certificate = this.#stream.getAuthContext()?.sslPeerCertificate;
    const stranger =
      peer.store === store ? undefined : `store: ${store} expected, ${peer.store} at ${peer.node}`;
    const problem = stranger ?? (mutual ? certificateProblem(certificate, peer) : undefined);
    if (stranger !== undefined) this.#listener.stranger();
    if (problem !== undefined) {
      this.#end(problem);
      return;
    }
    clearTimeout(this.#deadline);
    this.#state = "open";
    for (const frame of this.#held.splice(0)) this.#put(frame);
    this.#listener.ready(peer);
  }

  #end(problem: string): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    clearTimeout(this.#deadline);
    this.#held = [];
    this.#stream.cancel();
    this.#client.close();
    this.#listener.ended(problem, this.#unsentMessages);
  }
}
