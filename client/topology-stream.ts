/**
 * One WatchTopology stream: messages in, and one end. Never retries; after `ended` nothing more
 * comes.
 */
import type { Topology__Output as TopologyMessage } from "@claimd/proto";
import type { ClientReadableStream, StatusObject } from "@grpc/grpc-js";
import { type ClaimdError, errorOfStatus } from "./errors.ts";

export interface TopologyListener {
  topology(message: TopologyMessage): void;
  ended(error: ClaimdError): void;
}

export class TopologyStream {
  readonly #stream: ClientReadableStream<TopologyMessage>;
  #ended = false;

  constructor(stream: ClientReadableStream<TopologyMessage>, listener: TopologyListener) {
    this.#stream = stream;
    stream.on("data", (message: TopologyMessage) => {
      if (!this.#ended) listener.topology(message);
    });
    // The end is told by "status", which comes in every case; an "error" nobody hears would throw.
    stream.on("error", () => undefined);
    stream.on("status", (status: StatusObject) => {
      if (this.#ended) return;
      this.#ended = true;
      listener.ended(errorOfStatus(status));
    });
  }

  /** Ends the stream from this side. Says nothing more. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stream.cancel();
  }
}
