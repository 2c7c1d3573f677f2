/**
 * The peer port: streams that other nodes open, with the Peers service and nothing else on it.
 *
 * Never listens beyond loopback without certificates on both sides. Listens to one stream of each
 * store: the newest, because the one before may be dead without a sign of it.
 */
import { loadPeers } from "@claimd/proto";
import { type ChannelOptions, Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { Certificates } from "../../certificates.ts";
import { isLoopback } from "../../config-refusals.ts";
import { ClaimdError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import type { Log } from "../../log.ts";
import type { PeerIdentity } from "./handshake.ts";
import { type IncomingCall, type IncomingOwner, IncomingStream } from "./incoming-stream.ts";
import type { PeerListener } from "./peer-message.ts";

export interface PeerServerOptions {
  readonly self: PeerIdentity;
  /** With the authority of the cluster's nodes; undefined = plaintext, on loopback only. */
  readonly certificates: Certificates | undefined;
  readonly onMessage: PeerListener;
  readonly log: Log;
}

const { default: KEEPALIVE_MS } = LIMITS.peerKeepaliveMs;
/** How long connections may take to end once their streams have. */
const CLOSE_MS = 500;

const CHANNEL: ChannelOptions = {
  "grpc.enable_channelz": 0,
  "grpc.max_receive_message_length": LIMITS.messageBytes.max,
  "grpc.max_send_message_length": LIMITS.messageBytes.max,
  "grpc.max_concurrent_streams": LIMITS.peerStreams.max,
  "grpc.keepalive_time_ms": KEEPALIVE_MS,
  "grpc.keepalive_timeout_ms": KEEPALIVE_MS,
  // Nobody has a connection here without a stream on it.
  "grpc.max_connection_idle_ms": LIMITS.handshakeMs.max,
};

export class PeerServer implements IncomingOwner {
  readonly self: PeerIdentity;
  readonly mutual: boolean;
  readonly onMessage: PeerListener;
  readonly #certificates: Certificates | undefined;
  readonly #log: Log;
  readonly #server = new Server(CHANNEL);
  readonly #streams = new Set<IncomingStream>();
  /** Those that are listened to, by store. */
  readonly #admitted = new Map<string, IncomingStream>();
  #address: string | undefined;
  #closed: Promise<void> | undefined;

  constructor({ self, certificates, onMessage, log }: PeerServerOptions) {
    this.self = self;
    this.mutual = certificates !== undefined;
    this.onMessage = onMessage;
    this.#certificates = certificates;
    this.#log = log;
    this.#server.addService(loadPeers().Peers.service, {
      Connect: (call: IncomingCall) => {
        const stream = new IncomingStream(this, call);
        this.#streams.add(stream);
        if (this.#closed !== undefined) stream.end(status.UNAVAILABLE, CLOSING);
      },
    });
  }

  /** Stores that are listened to. */
  get stores(): readonly string[] {
    return [...this.#admitted.keys()];
  }

  /** Resolves with the port, another one when asked for 0. Rejects with INVALID_CONFIGURATION. */
  async listen(host: string, port: number): Promise<number> {
    if (!this.mutual && !isLoopback(host)) {
      const shown = JSON.stringify(host);
      throw new ClaimdError(
        "INVALID_CONFIGURATION",
        `peer port on ${shown}: plaintext is for loopback only, nodes beyond it need certificates`,
      );
    }
    const credentials = this.#certificates?.credentials ?? ServerCredentials.createInsecure();
    const address = (at: number) => (host.includes(":") ? `[${host}]:${at}` : `${host}:${at}`);
    const bound = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(address(port), credentials, (error, found) => {
        if (error === null) resolve(found);
        else reject(error);
      });
    });
    this.#address = address(bound);
    return bound;
  }

  admit(stream: IncomingStream, peer: PeerIdentity): string | undefined {
    const { store, boot, node } = peer;
    const before = this.#admitted.get(store);
    if (before?.peer !== undefined && before.peer.boot > boot) {
      return `boot: ${boot} at ${node}, ${store} has been here with ${before.peer.boot}`;
    }
    this.#admitted.set(store, stream);
    before?.end(status.ABORTED, `${store} has opened another stream`);
    this.#log.info({ node, store, boot, address: stream.address }, "peer: listening to it");
    return undefined;
  }

  ended(stream: IncomingStream, problem: string | undefined): void {
    this.#streams.delete(stream);
    const { peer, address } = stream;
    if (peer !== undefined && this.#admitted.get(peer.store) === stream) {
      this.#admitted.delete(peer.store);
    }
    if (problem !== undefined && this.#closed === undefined) {
      this.#log.warn({ node: peer?.node, address, problem }, "peer: no longer listened to");
    }
  }

  /** Ends all streams and connections. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // Not forceShutdown: without channelz it cuts nothing.
    if (this.#address !== undefined) this.#server.drain(this.#address, CLOSE_MS);
    const closed = new Promise<void>((resolve) => {
      this.#server.tryShutdown(() => {
        resolve();
      });
    });
    for (const stream of [...this.#streams]) stream.end(status.UNAVAILABLE, CLOSING);
    await closed;
  }
}

const CLOSING = "the node is closing";
