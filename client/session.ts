/**
 * The Session with one node: a stream that is opened when there is something to send, and another
 * one after it was lost, behind a pause that grows.
 *
 *   none ─ send ─▶ open ─ lost ─▶ none, or paused where something waits ─▶ none
 *
 * Knows nothing of commands: what was under way on a lost stream is its owner's matter.
 */
import type { SessionRequest, SessionResponse__Output } from "@claimd/proto";
import type { Channel } from "./channel.ts";
import type { Environment, Timer } from "./environment.ts";
import type { ClaimdError } from "./errors.ts";
import { backoffMs } from "./retry.ts";
import type { SessionStream } from "./session-stream.ts";
import type { TopologyListener, TopologyStream } from "./topology-stream.ts";

export interface SessionNeeds {
  /** One per address of the node, tried in turn. */
  readonly channels: readonly Channel[];
  readonly environment: Environment;
  /** From 0 up to 1, for jitter. */
  readonly fraction: () => number;
}

export interface SessionListener {
  /** The first answer of a stream has come: the node is there. */
  heard(): void;
  response(response: SessionResponse__Output): void;
  /** There is room again. */
  drained(): void;
  lost(error: ClaimdError): void;
  /** The pause before the next stream is over. */
  resumed(): void;
}

export class Session {
  readonly #needs: SessionNeeds;
  readonly #listener: SessionListener;
  #stream: SessionStream | undefined;
  /** Of the newest stream. */
  #channel: Channel | undefined;
  #heard = false;
  #failures = 0;
  #pause: Timer | undefined;

  constructor(needs: SessionNeeds, listener: SessionListener) {
    this.#needs = needs;
    this.#listener = listener;
  }

  get isOpen(): boolean {
    return this.#stream !== undefined;
  }

  /** The node has answered on the newest stream: what was sent on it may have arrived. */
  get heard(): boolean {
    return this.#heard;
  }

  /** Streams lost since the last answer. */
  get failures(): number {
    return this.#failures;
  }

  /** A stream is open or may be opened, and it has room. */
  get canSend(): boolean {
    return this.#pause === undefined && this.#stream?.blocked !== true;
  }

  send(request: SessionRequest): void {
    this.#stream ??= this.#open();
    this.#stream.write(request);
  }

  /** No further stream for a while. */
  pause(): void {
    this.#pause?.cancel();
    this.#pause = this.#needs.environment.setTimer(
      () => {
        this.#pause = undefined;
        this.#listener.resumed();
      },
      backoffMs(this.#failures, this.#needs.fraction()),
      "keep-alive",
    );
  }

  /** Loses the stream, if there is one, whether or not the node would still answer on it. */
  drop(error: ClaimdError): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    void stream.close();
    this.#lose(error);
  }

  /** On the connection of the stream; where there is none, at the address whose turn it is. */
  watchTopology(listener: TopologyListener, turn: number): TopologyStream {
    const channel = this.isOpen ? this.#channel : undefined;
    return (channel ?? this.#channelAt(turn)).watchTopology(listener);
  }

  /** Says nothing more. */
  async close(): Promise<void> {
    this.#pause?.cancel();
    await this.#stream?.close();
    this.#stream = undefined;
    for (const channel of this.#needs.channels) channel.close();
  }

  #channelAt(turn: number): Channel {
    const { channels } = this.#needs;
    return channels[turn % channels.length] as Channel;
  }

  #open(): SessionStream {
    this.#heard = false;
    this.#channel = this.#channelAt(this.#failures);
    return this.#channel.open({
      response: (response) => {
        this.#failures = 0;
        if (!this.#heard) {
          this.#heard = true;
          this.#listener.heard();
        }
        this.#listener.response(response);
      },
      drained: () => {
        this.#listener.drained();
      },
      ended: (error) => {
        this.#lose(error);
      },
    });
  }

  #lose(error: ClaimdError): void {
    this.#stream = undefined;
    this.#failures++;
    this.#listener.lost(error);
  }
}
