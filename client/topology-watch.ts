/**
 * Keeps one WatchTopology stream open, at another node when it is lost.
 *
 *   resting ─ start ─▶ open ─ ended ─▶ paused ─ wanted ─▶ open
 *      ▲                 │                │
 *      └───── rest ──────┴── not wanted ──┘
 *
 * Costs nothing before a node has answered, and never keeps the process alive: it rests where no
 * Session is open and no call waits. What it tells is a hint: nothing waits for it.
 */
import type { Topology__Output as TopologyMessage } from "@claimd/proto";
import type { Environment, Timer } from "./environment.ts";
import { backoffMs, isRetryable } from "./retry.ts";
import type { TopologyListener, TopologyStream } from "./topology-stream.ts";

export interface TopologyWatchNeeds {
  readonly environment: Environment;
  /** From 0 up to 1, for jitter. */
  readonly fraction: () => number;
  /** At another node than before where there are more; `tries` have failed since the last word. */
  readonly open: (tries: number, listener: TopologyListener) => Pick<TopologyStream, "close">;
  /** Something of the client is alive without the watch. */
  readonly wanted: () => boolean;
  readonly topology: (message: TopologyMessage) => void;
}

/** A stream that lived as long was no failure. */
const STEADY_MS = 5000;
/** After an end that a new stream would meet again, as from a server that knows no topology. */
const LASTING_PAUSE_MS = 30_000;
/** What made one caller doubt what is known makes thousands: they share one look elsewhere. */
const REFRESH_MS = 1000;

export class TopologyWatch {
  readonly #needs: TopologyWatchNeeds;
  #stream: Pick<TopologyStream, "close"> | undefined;
  #pause: Timer | undefined;
  #openedAtMs = Number.NEGATIVE_INFINITY;
  #refreshedAtMs = Number.NEGATIVE_INFINITY;
  /** Streams opened since the last word of any. */
  #tries = 0;
  /** Streams in a row that did not live long. */
  #failures = 0;
  #closed = false;

  constructor(needs: TopologyWatchNeeds) {
    this.#needs = needs;
  }

  start(): void {
    if (this.#stream === undefined && this.#pause === undefined) this.#open();
  }

  /** What is known seems wrong: asks another node, unless this one is about to speak. */
  refresh(): void {
    const nowMs = this.#needs.environment.nowMs();
    const awaitsWord = this.#stream !== undefined && this.#tries > 0;
    if (awaitsWord && nowMs - this.#openedAtMs < REFRESH_MS) return;
    if (nowMs - this.#refreshedAtMs < REFRESH_MS) return;
    this.#refreshedAtMs = nowMs;
    this.rest();
    this.#open();
  }

  /** Leaves the node it is at for another. */
  moveOn(): void {
    if (this.#stream === undefined) return;
    this.rest();
    this.#open();
  }

  rest(): void {
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#stream?.close();
    this.#stream = undefined;
  }

  close(): void {
    this.#closed = true;
    this.rest();
  }

  #open(): void {
    if (this.#closed) return;
    this.#openedAtMs = this.#needs.environment.nowMs();
    const stream = this.#needs.open(this.#tries++, {
      topology: (message) => {
        if (stream !== this.#stream) return;
        this.#tries = 0;
        this.#needs.topology(message);
      },
      ended: (error) => {
        if (stream === this.#stream) this.#ended(isRetryable(error));
      },
    });
    this.#stream = stream;
  }

  #ended(maySoonBeThere: boolean): void {
    const { environment, fraction } = this.#needs;
    const steady = environment.nowMs() - this.#openedAtMs >= STEADY_MS;
    this.#stream = undefined;
    this.#failures = steady ? 1 : this.#failures + 1;
    const pauseMs = maySoonBeThere ? backoffMs(this.#failures, fraction()) : LASTING_PAUSE_MS;
    this.#pause = environment.setTimer(() => {
      this.#pause = undefined;
      if (this.#needs.wanted()) this.#open();
    }, pauseMs);
  }
}
