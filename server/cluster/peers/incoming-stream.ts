/**
 * A stream that another node has opened: its handshake, then what it says.
 *
 *   greeting ── it belongs here ──▶ open ──▶ ended (by either side, lost, replaced by a newer one)
 *       └── it does not, or says nothing ──▶ ended
 *
 * Must stay true: nothing is handed on before the handshake fits and the certificate names the
 * node, and all of it under the store and boot of that handshake. What is damaged ends the stream,
 * and nothing of its frame is handed on.
 */
import type { PeerFrame, PeerFrame__Output } from "@claimd/proto";
import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import { ClaimdError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import { handshakeOf, type PeerIdentity, peerOf } from "./handshake.ts";
import { certificateProblem } from "./peer-certificate.ts";
import type { PeerListener, Received } from "./peer-message.ts";
import { messagesOf } from "./peer-messages.ts";

export type IncomingCall = ServerDuplexStream<PeerFrame__Output, PeerFrame>;

export interface IncomingOwner {
  readonly self: PeerIdentity;
  /** Whether the other side must show a certificate of its node. */
  readonly mutual: boolean;
  readonly onMessage: PeerListener;
  /** It belongs here. Undefined = it is listened to; a text says why it is not. */
  admit(stream: IncomingStream, peer: PeerIdentity): string | undefined;
  /** Of any stream, once. */
  ended(stream: IncomingStream, problem: string | undefined): void;
}

export class IncomingStream {
  readonly #owner: IncomingOwner;
  readonly #call: IncomingCall;
  readonly #deadline: NodeJS.Timeout;
  #peer: PeerIdentity | undefined;
  #ended = false;

  constructor(owner: IncomingOwner, call: IncomingCall) {
    this.#owner = owner;
    this.#call = call;
    this.#deadline = setTimeout(() => {
      this.end(status.DEADLINE_EXCEEDED, `no handshake within ${LIMITS.handshakeMs.max} ms`);
    }, LIMITS.handshakeMs.max);
    call.on("data", (frame: PeerFrame__Output) => {
      if (this.#ended) return;
      if (this.#peer === undefined) this.#greet(frame);
      else this.#receive(frame, this.#peer);
    });
    call.on("end", () => {
      this.end(status.OK, "");
    });
    call.on("cancelled", () => {
      this.#finish(undefined);
    });
  }

  get peer(): PeerIdentity | undefined {
    return this.#peer;
  }

  /** Where it comes from, for the log. */
  get address(): string {
    return this.#call.getPeer();
  }

  end(code: status, details: string): void {
    if (this.#ended) return;
    this.#finish(code === status.OK ? undefined : details);
    if (code === status.OK) this.#call.end();
    else this.#call.emit("error", { code, details });
  }

  #finish(problem: string | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    this.#owner.ended(this, problem);
  }

  #greet({ handshake, messages }: PeerFrame__Output): void {
    const { self, mutual } = this.#owner;
    const peer = messages.length === 0 ? peerOf(handshake, self) : "handshake: with messages";
    if (typeof peer === "string") {
      this.end(status.FAILED_PRECONDITION, peer);
      return;
    }
    const certificate = mutual ? this.#call.getAuthContext().sslPeerCertificate : undefined;
    const stranger = mutual ? certificateProblem(certificate, peer) : undefined;
    if (stranger !== undefined) {
      this.end(status.PERMISSION_DENIED, stranger);
      return;
    }
    const refusal = this.#owner.admit(this, peer);
    if (refusal !== undefined) {
      this.end(status.FAILED_PRECONDITION, refusal);
      return;
    }
    clearTimeout(this.#deadline);
    this.#peer = peer;
    this.#call.write({ handshake: handshakeOf(self) });
  }

  #receive(frame: PeerFrame__Output, peer: PeerIdentity): void {
    const received = this.#decoded(frame, peer);
    for (const { partition, message } of received ?? []) {
      this.#owner.onMessage({ store: peer.store, boot: peer.boot }, partition, message);
    }
  }

  #decoded({ handshake, messages }: PeerFrame__Output, peer: PeerIdentity) {
    const { store, boot } = peer;
    const { partitions } = this.#owner.self;
    try {
      if (handshake !== null) throw new ClaimdError("INVALID_ARGUMENT", "handshake: a second one");
      return messages.flatMap((each): readonly Received[] =>
        messagesOf(each, { store, boot }, partitions),
      );
    } catch (error) {
      if (!(error instanceof ClaimdError && error.code === "INVALID_ARGUMENT")) throw error;
      this.end(status.INVALID_ARGUMENT, error.message);
      return undefined;
    }
  }
}
