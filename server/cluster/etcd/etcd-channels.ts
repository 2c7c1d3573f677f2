/**
 * A connection to each member of an etcd cluster, and which of them is asked.
 *
 * One is asked until it fails; then the next one is. It never sends anything by itself, and a call
 * is put on a connection only when it stands: without one, nothing was sent.
 *
 * A connection that failed is given up for a new one. grpc-js keeps one that is dead without a sign
 * of it (the other side's machine is gone) until the system notices, minutes later; its pings would
 * tell, but etcd, as it comes, ends connections that ping more often than every 5 s.
 */
import {
  type ChannelCredentials,
  Client,
  type ClientOptions,
  connectivityState,
} from "@grpc/grpc-js";
import type { TimeSource } from "../../clock.ts";

const OPTIONS: ClientOptions = {
  "grpc.enable_channelz": 0,
  "grpc.use_local_subchannel_pool": 1,
  // Members are reached directly, whatever the environment says of the way outside.
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
  // Nothing is ever sent twice behind our back.
  "grpc.enable_retries": 0,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.min_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1000,
};

export interface EtcdChannel {
  readonly endpoint: string;
  readonly client: Client;
}

export class EtcdChannels {
  readonly #credentials: ChannelCredentials;
  readonly #time: TimeSource;
  readonly #channels: EtcdChannel[];
  #current = 0;
  #closed = false;

  /** Endpoints as `host:port`, in the order in which they are tried. */
  constructor(endpoints: readonly string[], credentials: ChannelCredentials, time: TimeSource) {
    this.#credentials = credentials;
    this.#time = time;
    this.#channels = endpoints.map((endpoint) => this.#open(endpoint));
  }

  get count(): number {
    return this.#channels.length;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /**
   * Whose connection stands: the one asked last, or the next that can be reached. Undefined = none
   * within `withinMs`, of which each has its share.
   */
  async connected(withinMs: number): Promise<EtcdChannel | undefined> {
    const endAtMs = this.#time.monotonicMs() + withinMs;
    const first = this.#current;
    for (let tried = 0; tried < this.count && !this.#closed; tried++) {
      const at = (first + tried) % this.count;
      const channel = this.#channels[at];
      const nowMs = this.#time.monotonicMs();
      const shareMs = (endAtMs - nowMs) / (this.count - tried);
      if (channel !== undefined && (await this.#stands(channel.client, nowMs + shareMs))) {
        if (this.#channels[at] === channel) this.#current = at;
        return channel;
      }
    }
    return undefined;
  }

  /** It failed: others are asked before it, and then by a new connection. */
  giveUp(channel: EtcdChannel): void {
    const at = this.#channels.indexOf(channel);
    if (at < 0 || this.#closed) return;
    this.#channels[at] = this.#open(channel.endpoint);
    // Ends when the calls on it have ended.
    channel.client.close();
    if (this.#current === at) this.#current = (at + 1) % this.count;
  }

  close(): void {
    this.#closed = true;
    for (const { client } of this.#channels) client.close();
  }

  #open(endpoint: string): EtcdChannel {
    return { endpoint, client: new Client(endpoint, this.#credentials, OPTIONS) };
  }

  /** A connection that was refused is not waited for: it is tried again in the background. */
  async #stands(client: Client, endAtMs: number): Promise<boolean> {
    const channel = client.getChannel();
    for (;;) {
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) return true;
      if (state !== connectivityState.IDLE && state !== connectivityState.CONNECTING) return false;
      // grpc-js takes the wall clock's word, and makes it a duration at once.
      const untilMs = this.#time.wallMs() + (endAtMs - this.#time.monotonicMs());
      const isLate = await new Promise<boolean>((resolve) => {
        channel.watchConnectivityState(state, untilMs, (error) => {
          resolve(error !== undefined);
        });
      });
      if (isLate) return false;
    }
  }
}
