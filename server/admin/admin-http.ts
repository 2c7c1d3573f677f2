/**
 * The admin port: what Kubernetes and Prometheus ask for, over plain HTTP.
 *
 *   GET  /metrics  Prometheus' text form
 *   GET  /livez    200 as long as the event loop turns
 *   GET  /readyz   200 while the node serves, 503 while it starts or drains
 *   POST /drain    from this machine only: begins the drain, answers 202; 503 before it serves
 *
 * Never tells or takes anything about keys. Requests have no bodies, few headers and little time.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";

export interface AdminHttpOptions {
  readonly metrics: Pick<Metrics, "text" | "contentType">;
  readonly log: Log;
}

/** What can be asked of a node once it serves. */
export interface ServingNode {
  readonly ready: () => boolean;
  /** Begins the drain; called by POST /drain. */
  readonly drain: () => void;
}

type Respond = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

const MAX_HEADER_BYTES = 8 * 1024;
const REQUEST_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 64;
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

export class AdminHttp {
  readonly #options: AdminHttpOptions;
  readonly #server: Server;
  readonly #routes: Readonly<Record<string, { readonly method: string; readonly to: Respond }>>;
  /** Undefined while it starts. */
  #node: ServingNode | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: AdminHttpOptions) {
    this.#options = options;
    this.#routes = {
      "/metrics": { method: "GET", to: (_request, response) => this.#metrics(response) },
      "/livez": { method: "GET", to: (_request, response) => send(response, 200, "ok\n") },
      "/readyz": { method: "GET", to: (_request, response) => this.#ready(response) },
      "/drain": { method: "POST", to: (request, response) => this.#drain(request, response) },
    };
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: REQUEST_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: 1_000,
      },
      (request, response) => {
        void this.#respond(request, response);
      },
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Resolves with the port, which is another one when asked for 0. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** The start is over. */
  serves(node: ServingNode): void {
    this.#node = node;
  }

  /** At once: nobody who asks here has work in hand. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      this.#server.closeAllConnections();
    });
    return this.#closed;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const [path = ""] = (request.url ?? "").split("?");
    const route = Object.hasOwn(this.#routes, path) ? this.#routes[path] : undefined;
    try {
      if (route === undefined) send(response, 404, "not found\n");
      else if (!allows(route.method, request.method)) {
        response.setHeader("allow", route.method);
        send(response, 405, `${route.method} only\n`);
      } else await route.to(request, response);
    } catch (error) {
      this.#options.log.error({ err: error, path }, "admin request failed");
      if (!response.headersSent) send(response, 500, "failed\n");
    }
  }

  async #metrics(response: ServerResponse): Promise<void> {
    const { metrics } = this.#options;
    const text = await metrics.text();
    response.setHeader("content-type", metrics.contentType);
    response.end(text);
  }

  #ready(response: ServerResponse): void {
    if (this.#node?.ready() === true) send(response, 200, "ready\n");
    else send(response, 503, "not ready\n");
  }

  #drain(request: IncomingMessage, response: ServerResponse): void {
    const { remoteAddress = "" } = request.socket;
    const line = { audit: true, act: "drain", peer: remoteAddress };
    // A page in a browser on this machine is not its operator.
    if (!LOOPBACK.test(remoteAddress) || request.headers.origin !== undefined) {
      this.#options.log.warn({ ...line, refused: "PERMISSION_DENIED" }, "drain: refused");
      send(response, 403, "from this machine only\n");
      return;
    }
    if (this.#node === undefined) {
      send(response, 503, "it does not serve yet\n");
      return;
    }
    this.#options.log.info(line, "drain: done");
    send(response, 202, "draining\n");
    this.#node.drain();
  }
}

function allows(method: string, asked: string | undefined): boolean {
  return asked === method || (method === "GET" && asked === "HEAD");
}

function send(response: ServerResponse, code: number, text: string): void {
  response.statusCode = code;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end(text);
}
