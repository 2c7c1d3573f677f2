/**
 * How a node speaks with the others: what it has to say goes over a link to each store, what they
 * have to say comes in at the peer port.
 *
 *     send, send, … flush ──▶ one frame per store ──▶ ─── ──▶ onMessage, per partition in order
 *
 * Never promises that a message arrives: it may be lost with its connection, or dropped where there
 * is none or too much waits. What arrives was said by the incarnation under whose name it is told.
 */
import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import type { Certificates } from "../../certificates.ts";
import { isLoopback } from "../../config-refusals.ts";
import { assert, ClaimdError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { MemberReply } from "../core/messages.ts";
import type { Incarnation } from "../partition-record.ts";
import type { PeerIdentity } from "./handshake.ts";
import { PeerLink, type PeerLinkStats } from "./peer-link.ts";
import type { ChunkWanted, PeerListener, PeerMessage } from "./peer-message.ts";
import { PeerServer } from "./peer-server.ts";

export interface PeerNetworkOptions {
  readonly self: PeerIdentity;
  /**
   * host:port of a store's peer port, asked for at each attempt to connect. A hint: who is there
   * must say that it is that store. Undefined = not known now; the last one is tried.
   */
  readonly addressOf: (store: string) => string | undefined;
  /** What it throws is not caught. */
  readonly onMessage: PeerListener;
  /**
   * With the authority that signs the nodes' certificates, which must be good for both ends of a
   * connection. Undefined = plaintext, to and from loopback only.
   */
  readonly certificates: Certificates | undefined;
  readonly log: Log;
  /** 0 ≤ x < 1 */
  readonly random: () => number;
}

export class PeerNetwork implements AsyncDisposable {
  readonly #options: PeerNetworkOptions;
  readonly #server: PeerServer;
  readonly #links = new Map<string, PeerLink>();
  #closed = false;

  constructor(options: PeerNetworkOptions) {
    const { certificates } = options;
    assert(certificates?.mutual !== false, "nodes show each other certificates, or none at all");
    this.#options = options;
    this.#server = new PeerServer(options);
  }

  /** Resolves with the port, another one when asked for 0. Rejects with INVALID_CONFIGURATION. */
  listen(host: string, port: number): Promise<number> {
    return this.#server.listen(host, port);
  }

  /**
   * Leaves with the next `flush`; until then keys and records must stay as they are. Larger appends
   * leave as several. Dropped where the store is not connected or `roomBytes` is used up.
   */
  send(store: string, partition: number, message: PeerMessage): void {
    if (this.#closed) return;
    const link = this.#linkTo(store);
    const { self } = this.#options;
    const mine = !isReply(message) || sameIncarnation(message.from, self);
    assert(mine, "a node replies for itself");
    link.send(partition, message);
  }

  /** What was given since the last time leaves now: a frame for each store, several if large. */
  flush(): void {
    for (const link of this.#links.values()) link.flush();
  }

  /** What may be given before messages are dropped; 0 while the store is not connected. */
  roomBytes(store: string): number {
    return this.#links.get(store)?.roomBytes ?? 0;
  }

  /** Of each store that was ever spoken to. */
  links(): readonly PeerLinkStats[] {
    return [...this.#links.values()].map(({ stats }) => stats);
  }

  /** Stores whose streams are open here. */
  listeningTo(): readonly string[] {
    return this.#server.stores;
  }

  /** Ends every connection; idempotent, takes at most some tenths of a second. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const link of this.#links.values()) link.close();
    await this.#server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #linkTo(store: string): PeerLink {
    let link = this.#links.get(store);
    if (link === undefined) {
      const { self, addressOf, certificates, log, random } = this.#options;
      assert(store !== self.store, "a node has nothing to say to itself");
      link = new PeerLink({
        store,
        self,
        address: () => addressOf(store),
        credentials: (address) => this.#credentials(address),
        mutual: certificates !== undefined,
        log,
        random,
      });
      this.#links.set(store, link);
    }
    return link;
  }

  #credentials(address: string): ChannelCredentials {
    const { certificates } = this.#options;
    if (certificates !== undefined) return certificates.channel;
    if (isLoopback(hostOf(address))) return credentials.createInsecure();
    throw new ClaimdError(
      "INVALID_CONFIGURATION",
      `${address}: plaintext is for loopback only, nodes beyond it need certificates`,
    );
  }
}

function isReply(message: PeerMessage): message is MemberReply | ChunkWanted {
  switch (message.type) {
    case "hello":
    case "append":
    case "cut":
    case "chunk":
      return false;
    default:
      return true;
  }
}

function sameIncarnation(a: Incarnation, b: Incarnation): boolean {
  return a.store === b.store && a.boot === b.boot;
}

/** Of `host:port` or `[host]:port`. */
function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1");
}
