/**
 * What a node says to one other store, over one stream at a time. It connects when there is
 * something to say.
 *
 *   idle ── send ──▶ connecting ──▶ open ── lost ──▶ waiting (not long) ──▶ idle
 *                        └── failed ──▶ waiting (longer each time) ──▶ idle
 *
 * Never holds more than it may: beyond `peerUnsentBytes`, and while it waits, messages are dropped
 * and counted. The protocol asks again; what is old by then is better not sent.
 */
import type { ChannelCredentials } from "@grpc/grpc-js";
import { LIMITS } from "../../limits.ts";
import type { Log } from "../../log.ts";
import type { PeerIdentity } from "./handshake.ts";
import { Outbox } from "./outbox.ts";
import { OutgoingStream } from "./outgoing-stream.ts";
import type { PeerMessage } from "./peer-message.ts";
import { wireBytes } from "./peer-messages.ts";
import { splitAppend } from "./split-append.ts";

export interface PeerLinkOptions {
  readonly store: string;
  readonly self: PeerIdentity;
  /** host:port of its peer port, asked for at each attempt; undefined = not known at the moment. */
  readonly address: () => string | undefined;
  /** To an address; throws INVALID_CONFIGURATION where it must not be spoken to. */
  readonly credentials: (address: string) => ChannelCredentials;
  readonly mutual: boolean;
  readonly log: Log;
  /** 0 ≤ x < 1 */
  readonly random: () => number;
}

export interface PeerLinkStats {
  readonly store: string;
  readonly connected: boolean;
  /** How often it has been connected. */
  readonly connects: number;
  readonly sentMessages: number;
  /** That never left: not connected, or too much unsent. */
  readonly droppedMessages: number;
  readonly unsentBytes: number;
}

const { max: MAX_APPEND_BYTES } = LIMITS.peerAppendBytes;
const { max: MAX_UNSENT_BYTES } = LIMITS.peerUnsentBytes;
const { min: FIRST_WAIT_MS, max: LONGEST_WAIT_MS } = LIMITS.peerReconnectMs;

export class PeerLink {
  readonly #options: PeerLinkOptions;
  readonly #outbox = new Outbox();
  #stream: OutgoingStream | undefined;
  #waiting: NodeJS.Timeout | undefined;
  /** Until a connection counts as good: one that is lost at once must not be made again at once. */
  #proving: NodeJS.Timeout | undefined;
  #waitMs = 0;
  #lastAddress: string | undefined;
  /** Why it is not connected, as it was logged. */
  #problem: string | undefined;
  #closed = false;
  #connects = 0;
  #sent = 0;
  #dropped = 0;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
  }

  get stats(): PeerLinkStats {
    return {
      store: this.#options.store,
      connected: this.#stream?.isOpen === true,
      connects: this.#connects,
      sentMessages: this.#sent,
      droppedMessages: this.#dropped,
      unsentBytes: this.#unsentBytes,
    };
  }

  /** What may still be given before messages are dropped; 0 while it is not connected. */
  get roomBytes(): number {
    if (this.#stream?.isOpen !== true) return 0;
    return Math.max(0, MAX_UNSENT_BYTES - this.#unsentBytes);
  }

  /** Leaves with the next `flush`; until then key and record must stay as they are. */
  send(partition: number, message: PeerMessage): void {
    if (this.#stream === undefined && this.#waiting === undefined) this.#connect();
    const bytes = wireBytes(message);
    if (message.type !== "append" || bytes <= MAX_APPEND_BYTES) {
      this.#add(partition, message, bytes);
      return;
    }
    for (const part of splitAppend(message, MAX_APPEND_BYTES)) {
      this.#add(partition, part, wireBytes(part));
    }
  }

  flush(): void {
    for (const frame of this.#outbox.take()) {
      this.#sent += frame.messages;
      this.#stream?.write(frame);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#waiting);
    this.#stream?.close();
  }

  #add(partition: number, message: PeerMessage, bytes: number): void {
    const fits = this.#unsentBytes + bytes <= MAX_UNSENT_BYTES;
    if (this.#stream === undefined || !fits) this.#dropped += 1;
    else this.#outbox.add(partition, message, bytes);
  }

  get #unsentBytes(): number {
    return this.#outbox.bytes + (this.#stream?.unsentBytes ?? 0);
  }

  #connect(): void {
    if (this.#closed) return;
    const { store, self, mutual } = this.#options;
    // An address that is no longer known may still be right: what tells it is a hint.
    this.#lastAddress = this.#options.address() ?? this.#lastAddress;
    const address = this.#lastAddress;
    if (address === undefined) {
      this.#wait("its address is not known", undefined);
      return;
    }
    try {
      const credentials = this.#options.credentials(address);
      this.#stream = new OutgoingStream(
        { address, store, self, credentials, mutual },
        {
          ready: (peer) => {
            this.#connects += 1;
            this.#problem = undefined;
            this.#proving = setTimeout(() => {
              this.#waitMs = 0;
            }, LONGEST_WAIT_MS);
            this.#proving.unref();
            const { node, boot } = peer;
            this.#options.log.info({ store, node, boot, address }, "peer: connected");
          },
          // Asked once more, it would take this stream for the one that is meant for it.
          stranger: () => {
            this.#lastAddress = undefined;
          },
          ended: (problem, dropped) => {
            clearTimeout(this.#proving);
            this.#stream = undefined;
            this.#dropped += dropped + this.#outbox.clear();
            this.#sent -= dropped;
            this.#wait(problem, address);
          },
        },
      );
    } catch (error) {
      this.#wait(error instanceof Error ? error.message : String(error), address);
    }
  }

  #wait(problem: string, address: string | undefined): void {
    if (this.#closed) return;
    if (problem !== this.#problem) {
      const { store } = this.#options;
      this.#problem = problem;
      this.#options.log.warn({ store, address, problem }, "peer: not connected");
    }
    this.#waitMs = Math.min(Math.max(FIRST_WAIT_MS, 2 * this.#waitMs), LONGEST_WAIT_MS);
    // Between half of it and all: those who lost the same node must not come back as one.
    const waitMs = this.#waitMs * (1 - this.#options.random() / 2);
    this.#waiting = setTimeout(() => {
      this.#waiting = undefined;
    }, waitMs);
    this.#waiting.unref();
  }
}
