/**
 * The gRPC server: Claims, Admin and the standard health service behind one port.
 *
 *   opening → serving → draining (health NOT_SERVING, streams ended) → closed
 *
 * Never closes a connection with work in hand before the drain's time is over.
 */
import { ChannelCredentials, type ChannelOptions, Server, ServerCredentials } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { adminDefinition, adminMethods } from "./admin-service.ts";
import { Calls } from "./calls.ts";
import { CLAIMS, claimsDefinition, claimsMethods } from "./claims-service.ts";
import { Forwarding } from "./forwarding.ts";
import type { NodeService } from "./node.ts";
import { Sessions } from "./sessions.ts";
import { TopologyWatchers } from "./watch-topology.ts";

export interface RpcServerOptions {
  readonly node: NodeService;
  readonly metrics: Pick<Metrics, "rpcHandled">;
  readonly log: Log;
  readonly monotonicMs: () => number;
  readonly wallClockMs: () => number;
  /** Keys as they are in the audit log, instead of a short hash. */
  readonly logKeys: boolean;
  readonly credentials?: ServerCredentials;
}

const CHANNEL: ChannelOptions = {
  // Bookkeeping on the hot path that nobody reads.
  "grpc.enable_channelz": 0,
  "grpc.max_receive_message_length": LIMITS.messageBytes.max,
  "grpc.max_send_message_length": LIMITS.messageBytes.max,
  "grpc.max_concurrent_streams": LIMITS.callsPerConnection.max,
  // A client that vanished without a word frees its parked claims within half a minute.
  "grpc.keepalive_time_ms": 20_000,
  "grpc.keepalive_timeout_ms": 10_000,
  // Without any call for so long: the client opens another when it needs one.
  "grpc.max_connection_idle_ms": 30 * 60_000,
};

export class RpcServer {
  readonly #server = new Server(CHANNEL);
  readonly #health = new HealthImplementation({ "": "NOT_SERVING", [CLAIMS]: "NOT_SERVING" });
  readonly #credentials: ServerCredentials;
  readonly #sessions: Sessions;
  readonly #watchers: TopologyWatchers;
  readonly #forwarding: Forwarding;
  #address: string | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: RpcServerOptions) {
    const calls = new Calls(options);
    this.#credentials = options.credentials ?? ServerCredentials.createInsecure();
    this.#sessions = new Sessions(options);
    this.#watchers = new TopologyWatchers(options.node);
    // The other nodes' ports speak what this one speaks; trusted is whom Node trusts.
    this.#forwarding = new Forwarding(
      options.credentials === undefined
        ? ChannelCredentials.createInsecure()
        : ChannelCredentials.createSsl(),
    );
    const parts = {
      ...{ ...options, calls, sessions: this.#sessions },
      ...{ watchers: this.#watchers, forwarding: this.#forwarding },
    };
    this.#server.addService(claimsDefinition(), claimsMethods(parts));
    this.#server.addService(adminDefinition(), adminMethods(parts));
    this.#health.addToServer(this.#server);
  }

  /** Open sessions. */
  get sessions(): number {
    return this.#sessions.count;
  }

  /** Serves from now on; resolves with the port, which is another one when asked for 0. */
  async listen(host: string, port: number): Promise<number> {
    const address = (at: number) => (host.includes(":") ? `[${host}]:${at}` : `${host}:${at}`);
    const bound = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(address(port), this.#credentials, (error, found) => {
        if (error === null) resolve(found);
        else reject(error);
      });
    });
    this.#address = address(bound);
    this.#serving("SERVING");
    return bound;
  }

  /**
   * Tells whoever balances load to go elsewhere, and ends every stream once its work in hand is
   * answered. The node must refuse new work by then, and answer what is parked.
   */
  endSessions(): void {
    this.#serving("NOT_SERVING");
    this.#sessions.drain();
    this.#watchers.drain();
  }

  /** Lets open calls end for at most `graceMs`, then cuts them. */
  close(graceMs: number = LIMITS.drainMs.max): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    this.endSessions();
    // Not forceShutdown: without channelz it cuts nothing.
    if (this.#address !== undefined) this.#server.drain(this.#address, graceMs);
    await new Promise<void>((resolve) => {
      this.#server.tryShutdown(() => {
        resolve();
      });
    });
    this.#forwarding.close();
  }

  #serving(status: "SERVING" | "NOT_SERVING"): void {
    this.#health.setStatus("", status);
    this.#health.setStatus(CLAIMS, status);
  }
}
