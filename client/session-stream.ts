/**
 * One Session stream over one channel: requests in, responses out, and one end.
 *
 * Never retries and never waits. After `ended` nothing more comes; answers that were under way are
 * lost, and their commands may have been applied.
 */
import type { SessionRequest, SessionResponse__Output } from "@claimd/proto";
import type { ClientDuplexStream, StatusObject } from "@grpc/grpc-js";
import { type ClaimdError, errorOfStatus } from "./errors.ts";

export interface StreamListener {
  response(response: SessionResponse__Output): void;
  /** There is room again, after `blocked`. */
  drained(): void;
  ended(error: ClaimdError): void;
}

type Stream = ClientDuplexStream<SessionRequest, SessionResponse__Output>;

/** How long the server may take to end a stream we have ended. */
const GOODBYE_MS = 1000;

export class SessionStream {
  readonly #stream: Stream;
  #ended = false;
  #goodbye: (() => void) | undefined;

  constructor(stream: Stream, listener: StreamListener) {
    this.#stream = stream;
    this.#stream.on("data", (response: SessionResponse__Output) => {
      if (!this.#ended) listener.response(response);
    });
    this.#stream.on("drain", () => {
      if (!this.#ended) listener.drained();
    });
    // The end is told by "status", which comes in every case; an "error" nobody hears would throw.
    this.#stream.on("error", () => undefined);
    this.#stream.on("status", (status: StatusObject) => {
      if (this.#goodbye !== undefined) this.#goodbye();
      if (this.#ended) return;
      this.#ended = true;
      listener.ended(errorOfStatus(status));
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
